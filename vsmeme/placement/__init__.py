"""Where the sources lie on the canvas."""
