"""Benchmarks of sync."""
