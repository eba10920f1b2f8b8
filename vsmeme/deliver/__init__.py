"""Renders the graph into files for people and proofs for machines. Only scripts import it."""
