"""What begins a project, and what tells about it."""
