"""From masks of key frames to masks of every frame."""

from .propagate_masks import propagate_masks

__all__ = ["propagate_masks"]
