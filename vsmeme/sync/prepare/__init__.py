"""Finding the pairs: proxies, search, path, confidence."""
