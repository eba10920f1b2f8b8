"""One local page on which a project is looked at, placed, masked and run."""
