"""From masks of key frames to masks of every frame."""
