"""Benchmarks of subject."""
