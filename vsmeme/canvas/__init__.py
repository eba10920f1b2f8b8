"""The composite and its seams."""
