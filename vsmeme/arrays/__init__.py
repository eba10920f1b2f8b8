"""Pictures as NumPy arrays."""
