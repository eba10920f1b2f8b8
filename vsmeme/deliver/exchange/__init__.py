"""Shots, placement, colours and tracks as other programs read them."""
