"""Work on several processes and machines."""
