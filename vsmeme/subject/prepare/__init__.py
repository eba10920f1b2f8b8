"""Following the subject and preparing the face picture."""
