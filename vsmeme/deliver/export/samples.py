"""Pictures as formats take them, and the words by which ffmpeg knows them."""

from __future__ import annotations

import vapoursynth as vs

from ...source.files import BT709
from ...source.formats import from_working
from .formats.base import Format, Quality
from .stage_pictures import StagePicture

core = vs.core

_YUV = {
    ("422", 10): vs.YUV422P10,
    ("444", 10): vs.YUV444P10,
    ("444", 12): vs.YUV444P12,
    ("444", 16): vs.YUV444P16,
}
TAGS = (
    "setsar=1,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    ":chroma_location=left"
)
RGB_TAGS = "setsar=1,setparams=range=pc:colorspace=gbr:color_primaries=bt709:color_trc={}"
GRAY_TAGS = "setsar=1,setparams=range=pc"


def samples_for(picture: StagePicture, form: Format, quality: Quality) -> StagePicture:
    """Bring a picture to what a format takes.

    Args:
        picture: A stage in the working format, or a mask.
        form: The format.
        quality: Its depth, and whether transparency goes along.

    Returns:
        The clip in the format's own samples, dithered in order where bits are lost; with its
        alpha at the same depth and size, or without.
    """
    clip, depth = picture.clip, quality.depth
    if clip.format.color_family == vs.GRAY:
        if depth in form.gray:
            return StagePicture(_gray(clip, 32 if form.colours == "linear" else depth))
        clip = _as_picture(clip)
    if form.colours == "420":
        made = from_working(clip, depth=10 if depth == 10 else 8)
    elif form.colours == "rgb":
        layout = vs.RGB24 if depth == 8 else vs.RGB48
        made = core.resize.Bicubic(clip, format=layout, dither_type="ordered")
    elif form.colours == "linear":
        made = core.resize.Bicubic(clip, format=vs.RGBS, transfer=vs.TRANSFER_LINEAR)
    elif form.colours == "422":
        made = core.resize.Bicubic(
            clip, format=_YUV["422", depth], dither_type="ordered", chromaloc=vs.CHROMA_LEFT
        )
    else:
        made = core.resize.Point(clip, format=_YUV["444", depth], dither_type="ordered")
    if not quality.alpha or picture.alpha is None:
        return StagePicture(made)
    alpha = core.std.Crop(
        picture.alpha,
        right=picture.alpha.width - made.width,
        bottom=picture.alpha.height - made.height,
    )
    return StagePicture(made, _gray(alpha, made.format.bits_per_sample))


def _as_picture(mask: vs.VideoNode) -> vs.VideoNode:
    """A mask in the working format, for formats that hold no gray."""
    tagged = core.std.SetFrameProps(
        mask, _Matrix=BT709, _Transfer=BT709, _Primaries=BT709, _Range=int(vs.RANGE_FULL)
    )
    return core.resize.Point(tagged, format=vs.YUV444P16, range=vs.RANGE_LIMITED)


def _gray(mask: vs.VideoNode, depth: int) -> vs.VideoNode:
    """A mask at another depth; 255 becomes the highest code, or 1."""
    mask = core.std.SetFrameProps(mask, _Range=int(vs.RANGE_FULL))
    if depth == 8:
        return mask
    if depth == 32:
        return core.akarin.Expr(mask, "x 255 /", format=vs.GRAYS)
    return core.akarin.Expr(mask, f"x {2**depth - 1} * 255 / round", format=_GRAY[depth])


_GRAY = {10: vs.GRAY10, 12: vs.GRAY12, 16: vs.GRAY16}


def tags_of(picture: StagePicture, form: Format) -> str:
    """Return ffmpeg's filters that write down what a picture's samples mean."""
    family = picture.clip.format.color_family
    if family == vs.GRAY:
        return GRAY_TAGS
    if family == vs.RGB:
        return RGB_TAGS.format("linear" if form.colours == "linear" else "bt709")
    return TAGS if form.colours != "444" else TAGS.replace(":chroma_location=left", "")


_ENCODED: dict[str, dict[str, str]] = {
    "png": {
        "gbrp": "rgb24", "gbrap": "rgba", "gbrp16le": "rgb48be", "gbrap16le": "rgba64be",
        "gray16le": "gray16be",
    },
    "tiff": {
        "gbrp": "rgb24", "gbrap": "rgba", "gbrp16le": "rgb48le", "gbrap16le": "rgba64le",
    },
}  # fmt: skip


def encoded_pixels(form: Format, raw: str) -> str:
    """Return the arrangement in which an encoder takes the same samples, as ffmpeg names it."""
    return _ENCODED.get(form.encoder, {}).get(raw, raw)
