"""An export in pieces: what is rendered, what is there already, and how one is made."""
