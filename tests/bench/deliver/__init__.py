"""Benchmarks of deliver."""
