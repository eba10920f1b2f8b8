"""Benchmarks of whole."""
