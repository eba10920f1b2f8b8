"""What a ``meme.toml`` holds: one frozen dataclass a section, everything with a default."""

from __future__ import annotations

from .settings.cluster_settings import ClusterSetting
from .settings.output_settings import Output
from .settings.picture_settings import (
    Background,
    ColourSetting,
    Finish,
    Inpaint,
    Seam,
    Upscale,
)
from .settings.setting_values import section
from .settings.source_settings import GeometrySetting, ShotSetting, SourceSetting, Time
from .settings.subject_settings import FaceSetting, Foreground, SegmentSetting, TrackSetting


@section
class Config:
    """The whole of ``meme.toml``."""

    sources: SourceSetting
    """The two releases."""

    shots: tuple[ShotSetting, ...] = ()
    """A person's words on single shots."""

    time: Time = Time()
    """Which part of the film is made."""

    geometry: GeometrySetting = GeometrySetting()
    """The canvas."""

    upscale: Upscale = Upscale()
    """What upscales the bands."""

    colour: ColourSetting = ColourSetting()
    """The DVD in the wide's colours."""

    seam: Seam = Seam()
    """How the bands meet the wide."""

    segment: SegmentSetting = SegmentSetting()
    """Masks of the subject."""

    background: Background = Background()
    """What lies behind the subject."""

    inpaint: Inpaint = Inpaint()
    """The one generation."""

    track: TrackSetting = TrackSetting()
    """Tables of poses."""

    foreground: Foreground = Foreground()
    """What is done to the subject."""

    face: FaceSetting = FaceSetting()
    """The inserted face."""

    finish: Finish = Finish()
    """Grain, texture, tint."""

    output: Output = Output()
    """What is delivered."""

    cluster: ClusterSetting = ClusterSetting()
    """Who else works on it."""
