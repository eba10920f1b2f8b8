"""How a film can be written: one file a format, all of them in one table."""
