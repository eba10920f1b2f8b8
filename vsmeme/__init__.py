"""Rebuild a film's full picture from two releases and make a meme of it, in VapourSynth."""
