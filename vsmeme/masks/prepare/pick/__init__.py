"""The page on which a person points at the subject."""
