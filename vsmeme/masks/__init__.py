"""Masks of the subject in the graph."""
