"""Fetching, converting, measuring and checking networks."""
