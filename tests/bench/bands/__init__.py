"""Benchmarks of bands."""
