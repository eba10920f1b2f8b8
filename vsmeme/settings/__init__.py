"""Sections of the settings that are long, and what all sections are made of."""
