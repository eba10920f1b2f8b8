"""Opening, tagging and converting the two releases."""
