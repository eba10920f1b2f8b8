"""What finds and fits a section: by a reference still, by the moments of fields."""
