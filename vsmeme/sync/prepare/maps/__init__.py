"""How the wide and the DVD are laid over each other at proxy size, shot by shot."""
