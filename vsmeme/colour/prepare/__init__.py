"""Fitting colours and measuring grain on the overlap."""
