"""Choosing how the bands are upscaled."""
