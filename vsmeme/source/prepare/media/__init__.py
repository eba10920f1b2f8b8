"""Releases of several files, discs and images brought into one file, once."""
