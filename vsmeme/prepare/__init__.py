"""Measures and generates: decodes frames and writes artifacts. Only scripts import it."""
