"""Benchmarks of masks."""
