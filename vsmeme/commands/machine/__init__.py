"""What is installed here: networks, plugins, scripts."""
