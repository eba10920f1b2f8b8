"""Sample codes of the working format, in expressions."""

from __future__ import annotations

import vapoursynth as vs

# Rec. ITU-R BT.709-6, item 3.2 and 3.3.
KR, KB = 0.2126, 0.0722
KG = 1.0 - KR - KB
RED_PER_CR = 2.0 * (1.0 - KR)
BLUE_PER_CB = 2.0 * (1.0 - KB)


BLACK = (4096, 32768, 32768)
"""Limited-range black in the working format."""
LIMITS = ((4096, 60160), (4096, 61440), (4096, 61440))
"""Lowest and highest nominal code of Y, Cb and Cr in the working format."""


def span(clip: vs.VideoNode, codes: int) -> int:
    """Return 8-bit codes on a clip's own integer grid."""
    return codes << (clip.format.bits_per_sample - 8)


def luma_of(clip: vs.VideoNode) -> str:
    """Return the words that turn a limited luma code into 0..1."""
    return f"{span(clip, 16)} - {span(clip, 219)} /"


def alpha_of(name: str, mask: vs.VideoNode) -> str:
    """Return the words for a mask's sample of 0..1; ``name`` is its clip in the expression."""
    return f"{name} {(1 << mask.format.bits_per_sample) - 1} /"
