"""What fills a hole in one picture: one backend a file."""
