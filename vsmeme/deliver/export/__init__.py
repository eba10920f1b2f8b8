"""MP4, GIF, sound, kept intermediates."""
