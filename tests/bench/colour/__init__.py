"""Benchmarks of colour."""
