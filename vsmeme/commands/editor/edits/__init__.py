"""Changes of a `meme.toml` that a person wrote."""
