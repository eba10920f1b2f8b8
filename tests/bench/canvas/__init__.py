"""Benchmarks of canvas."""
