"""A reference still: its picture, and where films show it."""
