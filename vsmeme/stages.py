"""The one place that turns a project into clips: every stage of the graph, assembled once.

Nothing is rendered or written here. Each stage refuses artifacts that are missing or stale and
names the command that makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import vapoursynth as vs

from .bands.correction import correct_bands, overlap_to_upscale
from .bands.upscale_bands import upscale_fast, upscale_planned
from .canvas.composite import assembled, missing_mask
from .colour import grain
from .colour.transform import apply_colour
from .errors import DamagedError, UsageError
from .masks.mask import feather, load_mask
from .memory import shared
from .pixels.rect import Rect
from .placement.layout import Layout
from .plate.background import backgrounds
from .plate.ledger import Ledger
from .project import Project
from .readers import colours, layouts, match_record, shots, timeline, track, upscale_plan
from .source.facts import SourceFacts
from .source.files import Role, open_video, undo_telecine, with_siting
from .source.formats import conform, from_working, to_working_part
from .subject.apply_look import Look, Masks, apply_look
from .subject.insert_face import load_picture
from .subject.restored_detail import load_detail
from .sync.apply_match import apply_match
from .sync.shots import Shots

core = vs.core

Until = Literal["composite", "background", "foreground", "face", "final"]
Bands = Literal["model", "fast"]


class Sources(NamedTuple):
    """Both sources, matched frame by frame, colour props set, nothing resampled.

    Attributes:
        film: The wide as decoded, its own format.
        dvd: The DVD as decoded, its own format.
        active: Active picture of the wide, px of ``film``.
    """

    film: vs.VideoNode
    dvd: vs.VideoNode
    active: Rect

    @property
    def wide(self) -> vs.VideoNode:
        """Active picture of the wide, working format."""
        return self.wide_part(Rect(x=0, y=0, w=self.active.w, h=self.active.h))

    def wide_part(self, part: Rect) -> vs.VideoNode:
        """Return a part of the wide's active picture, px of it, in the working format."""
        return to_working_part(self.film, part.shifted(self.active.x, self.active.y))


def parse_until(text: str) -> Until:
    """Check the name of a stage."""
    for name in get_args(Until):
        if text == name:
            found: Until = name
            return found
    raise UsageError(f"until: expected one of {', '.join(get_args(Until))}, got {text}")


def sources(project: Project) -> Sources:
    """Open both releases and match them: frame n of either is pair n."""
    table = timeline(project)
    record = match_record(project)
    wide = _open(project, "wide", record.wide.facts)
    dvd = _open(project, "dvd", record.dvd.facts)
    return Sources(
        film=shared(apply_match(wide, table, side="wide")),
        dvd=shared(apply_match(dvd, table, side="dvd")),
        active=record.wide.facts.active,
    )


def _open(project: Project, role: Role, facts: SourceFacts) -> vs.VideoNode:
    path: Path = getattr(project.config.sources, role)
    clip = open_video(path, role=role, cache=project.index)
    clip = with_siting(clip, facts.chroma_location)
    if facts.cadence == "telecine":
        clip = undo_telecine(clip, top_field_first=facts.top_field_first)
    return clip


def composite(
    project: Project, bands: Bands = "model", *, pair: Sources | None = None
) -> vs.VideoNode:
    """Build the full picture of real samples, before any generation.

    Args:
        project: The project.
        bands: ``model`` upscales as ``upscale.json`` says; ``fast`` is bicubic and needs no model.
        pair: Other clips in the place of the project's matched sources.

    Returns:
        YUV444P16, BT.709 limited, canvas size, one frame a pair; black where neither source
        reaches.
    """
    pair = pair or sources(project)
    cuts = shots(project)
    built = {}
    for index, layout in enumerate(layouts(project)):
        if any(shot.layout == index for shot in cuts.shots):
            built[index] = _compose(project, pair, layout, cuts, bands)
    return shared(_by_shot(built, cuts))


def _by_shot(made: Mapping[int, vs.VideoNode], cuts: Shots) -> vs.VideoNode:
    """Join what was made for each layout, by its number, as the shots use them."""
    if len(made) == 1:
        return next(iter(made.values()))
    return core.std.Splice([made[s.layout][s.first : s.last + 1] for s in cuts.shots])


def _compose(
    project: Project, pair: Sources, layout: Layout, cuts: Shots, bands: Bands
) -> vs.VideoNode:
    seam = project.config.seam
    dvd = conform(pair.dvd, active=layout.active, size=layout.dvd_size, window=layout.window)
    if not layout.bands():
        return assembled(pair.wide_part, None, layout, width=seam.width)
    strips = _upscaled(project, dvd, layout, bands)
    strips = correct_bands(strips, layout, overlap_px=seam.width)
    if project.config.colour.match:
        strips = apply_colour(strips, colours(project), shots=cuts)
    return assembled(pair.wide_part, strips, layout, blend=seam.blend, width=seam.width)


def _upscaled(project: Project, dvd: vs.VideoNode, layout: Layout, bands: Bands) -> vs.VideoNode:
    overlap = overlap_to_upscale(layout, project.config.seam.width)
    if bands == "fast":
        return upscale_fast(dvd, layout, overlap_px=overlap)
    return upscale_planned(dvd, layout, upscale_plan(project), overlap_px=overlap)


def missing(project: Project) -> vs.VideoNode:
    """Return the mask of what neither source reaches: GRAY8 full range, canvas size."""
    table = timeline(project)
    like = core.std.BlankClip(
        length=len(table), fpsnum=table.fps.numerator, fpsden=table.fps.denominator
    )
    made = {n: missing_mask(layout, like=like) for n, layout in enumerate(layouts(project))}
    return _by_shot(made, shots(project))


def _lacking(project: Project) -> list[Rect]:
    """Every rectangle of the canvas that some layout leaves empty."""
    return [area for layout in layouts(project) for area in layout.missing()]


def masks(project: Project) -> Masks:
    """Load the masks of the subject and of its face."""
    project.artifact("segment")
    table = timeline(project)
    loaded = []
    for name in Masks._fields:
        path = project.work / "masks" / f"{name}.mkv"
        mask = load_mask(path, cache=project.index)
        if mask.num_frames != len(table):
            found = f"{mask.num_frames} frames for {len(table)} pairs"
            raise DamagedError(f"{path}: {found}; run: {project.command('segment')}")
        mask = mask.std.AssumeFPS(fpsnum=table.fps.numerator, fpsden=table.fps.denominator)
        loaded.append(shared(mask))
    return Masks(*loaded)


def background(
    project: Project, *, base: vs.VideoNode | None = None, seen: Masks | None = None
) -> vs.VideoNode:
    """Put the plate where the canvas lacks picture, or behind the subject.

    Args:
        project: The project.
        base: Its composite, if that is built already.
        seen: Its masks, if they are open already.

    Returns:
        YUV444P16, canvas size: ``live`` keeps every real sample; ``still`` replaces the whole
        background by the plate and lays the frame's own subject over it.
    """
    base = base or composite(project)
    ledger = project.parsed("inpaint", Ledger.from_json)
    mode = project.config.background.mode
    empty, areas = missing(project), _lacking(project)
    filled = backgrounds(base, empty, ledger, project.work, mode=mode, areas=areas)
    modes = {key.mode if mode == "auto" else mode for key in ledger.keys}
    if modes == {"live"}:
        return shared(filled)
    # The soft edge may reach over missing area, where the plate lies under it, not black.
    live = backgrounds(base, empty, ledger, project.work, mode="live", areas=areas)
    soft = feather((seen or masks(project)).foreground, px=project.config.segment.feather)
    deep = core.akarin.Expr(soft, "x 257 *", format=vs.GRAY16)
    return shared(core.std.MaskedMerge(filled, live, deep, first_plane=True))


def plate(project: Project) -> vs.VideoNode:
    """Return the plate as it lies behind every frame: YUV444P16, canvas size."""
    ledger = project.parsed("inpaint", Ledger.from_json)
    return backgrounds(
        composite(project, bands="fast"), missing(project), ledger, project.work, mode="still"
    )


def foreground(
    project: Project, *, on: vs.VideoNode | None = None, seen: Masks | None = None
) -> vs.VideoNode:
    """Recolour the subject's clothes, give them the lens's fringes, and sharpen the face.

    Args:
        project: The project.
        on: Its background, if that is built already.
        seen: Its masks, if they are open already.

    Returns:
        YUV444P16, canvas size.
    """
    seen = seen or masks(project)
    return _subject(project, on or background(project, seen=seen), seen, inserted=False)


def face(
    project: Project, *, on: vs.VideoNode | None = None, seen: Masks | None = None
) -> vs.VideoNode:
    """Insert the silly face, if there is one, on top of what ``foreground`` does.

    Args and result are those of ``foreground``.
    """
    seen = seen or masks(project)
    inserted = project.config.face.enable
    return _subject(project, on or background(project, seen=seen), seen, inserted=inserted)


def _subject(project: Project, clip: vs.VideoNode, seen: Masks, *, inserted: bool) -> vs.VideoNode:
    config, tracked = project.config, track(project)
    look = Look(
        colour=config.foreground.colour,
        aberration=config.foreground.aberration,
        sharpen=config.foreground.sharpen,
        restore=config.foreground.restore,
        feather_px=config.segment.feather,
        blend=config.face.blend,
    )
    detail, picture = None, None
    if tracked.detail and look.restore:
        detail = load_detail(project.work / tracked.detail, cache=project.index)
    if tracked.picture and inserted:
        files = (project.work / tracked.picture[name] for name in ("picture", "alpha"))
        picture = load_picture(*files)
    return apply_look(clip, seen, tracked, look, detail=detail, picture=picture)


def result(project: Project) -> vs.VideoNode:
    """Build the whole meme.

    Returns:
        YUV444P16, BT.709 limited, canvas size, one frame a pair.
    """
    return stage(project, "final")


def finished(project: Project, clip: vs.VideoNode, *, seen: Masks | None = None) -> vs.VideoNode:
    """Give grain to what has none of its own, and tie the colours.

    Args:
        project: The project.
        clip: What ``face`` returns.
        seen: The masks, if they are open already.

    Returns:
        YUV444P16, canvas size.
    """
    stock = project.parsed(
        "match", lambda data: grain.Stock.from_json(data.get("stock", {})), "colour.json"
    )
    placed = layouts(project)
    marks = {n: grain.fresh_mask(clip, layout.wide) for n, layout in enumerate(placed)}
    fresh = _by_shot(marks, shots(project))
    size = (clip.width, clip.height)
    areas = [area for each in placed for area in grain.fresh_areas(each.wide, size)]
    tracked = track(project)
    if tracked.picture and project.config.face.enable:
        fresh = core.akarin.Expr([fresh, (seen or masks(project)).face], "x y max")
        head = tracked.regions.get("face")
        areas.append((head and head.extent) or Rect(x=0, y=0, w=size[0], h=size[1]))
    settings = project.config.finish
    return grain.unify(clip, fresh, stock, grain=settings.grain, tie=settings.tie, areas=areas)


def stage(project: Project, until: Until, *, base: vs.VideoNode | None = None) -> vs.VideoNode:
    """Build up to a stage, in the working format.

    Args:
        project: The project.
        until: Name of the stage.
        base: The composite, if it is built already.

    Returns:
        YUV444P16, BT.709 limited, canvas size.
    """
    base = base or composite(project)
    if until == "composite":
        return base
    seen = masks(project)
    under = background(project, base=base, seen=seen)
    if until == "background":
        return under
    if until == "foreground":
        return foreground(project, on=under, seen=seen)
    made = face(project, on=under, seen=seen)
    return made if until == "face" else finished(project, made, seen=seen)


def delivered(
    project: Project, until: Until = "final", *, base: vs.VideoNode | None = None
) -> vs.VideoNode:
    """Build up to a stage, in the format of delivery.

    Args:
        project: The project.
        until: Name of the stage.
        base: The composite, if it is built already.

    Returns:
        YUV420P8, or P10 as ``[output] depth`` says, BT.709 limited, dithered.
    """
    made = stage(project, until, base=base)
    return shared(from_working(made, depth=project.config.output.depth))
