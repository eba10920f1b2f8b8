"""Layers of a project as pictures, made once."""
