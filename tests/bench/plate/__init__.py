"""Benchmarks of plate."""
