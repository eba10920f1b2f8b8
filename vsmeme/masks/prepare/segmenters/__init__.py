"""What makes a mask of one picture: one backend a file."""
