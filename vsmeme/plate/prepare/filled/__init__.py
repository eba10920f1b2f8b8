"""Plates of real pixels, before anything is generated."""
