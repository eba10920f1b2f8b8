"""What a person may give as one release, and how it is opened."""
