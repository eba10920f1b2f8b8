"""The steps that make a meme, and the one that runs them all."""
