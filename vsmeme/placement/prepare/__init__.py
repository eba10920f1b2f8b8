"""Measuring where the DVD lies: search, alignment, the simplest map that holds."""
