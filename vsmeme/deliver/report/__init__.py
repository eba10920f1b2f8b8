"""One page about a project."""
