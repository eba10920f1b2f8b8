"""Claims about a project, checked by arithmetic of their own."""
