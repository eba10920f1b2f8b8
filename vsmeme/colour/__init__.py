"""The DVD in the wide's colours; grain for what has none."""
