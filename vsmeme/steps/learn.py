"""Bands that learn from the film: fit an upscaler on the overlap, and choose what upscales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .. import readers
from ..artifact import write_json
from ..bands.prepare.comparison import Score, best, compare, parts_compared
from ..bands.prepare.learning.film_pair import FilmPair
from ..bands.prepare.learning.ingredients import (
    UnlearnableError,
    choose_ingredients,
    describe_ingredients,
    refit,
    write,
)
from ..bands.prepare.learning.normal_equations import Measured, NormalSums, sound_frames
from ..bands.prepare.learning.training_frames import (
    TrainingFilm,
    gather_still,
    held_frames,
    held_rows,
    spread_frames,
    sum_up_film,
)
from ..bands.prepare.memory_ladder import climb
from ..bands.prepare.overlap_rows import kept_bytes, overlap_rows
from ..bands.upscale_plan import BICUBIC, Plan
from ..colour.prepare.measure_texture import measure_texture
from ..colour.transform import apply_colour
from ..errors import MissingError, UsageError
from ..memory import forget_frames, room_for
from ..networks.model import Model
from ..networks.prepare.convert_models import bring
from ..placement.layout import THIN_BAND_DVD_PX, Layout
from ..progress import log
from ..project import Project

LEARNED = "learned"
OTHERS = ("span", "animevideov3")
NETWORK = "span"  # whose features the filters may look at
CONTEST_FRAMES = 6
MOST_DRIFT_PX = 0.1  # canvas px; frames that lie further off their layout teach a blur


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What upscales, and how the ways compared.

    Attributes:
        model: The network; ``None`` for interpolation.
        scores: By name, on the held-out rows.
        report: More for ``upscale.json``.
    """

    model: Model | None
    scores: dict[str, Score] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)


def run_learn(project: Project) -> Path:
    """Decide how the bands are upscaled, learning from the film where that helps.

    Args:
        project: The project; its films are matched.

    Returns:
        ``upscale.json``. A learned network lies in ``model/`` beside it.

    Raises:
        ArtifactError: The match is missing or stale.
        UsageError: The model that the configuration asks for can't be had.
        MissingError: It must be fetched, or runs nowhere.
    """
    settings = project.config.upscale
    layouts = [run.layout for run in readers.placements(project)]
    thickest = max((layout.thickest_band for layout in layouts), default=0.0)
    choice = _choice(project, thickest)
    plan = Plan(model=None, rung=BICUBIC)
    if choice.model is not None and thickest:
        plan = climb(
            max(layouts, key=_band_area),
            choice.model,
            overlap_px=project.config.seam.width,
            backend=settings.backend,
            tile=settings.tile,
            fp16=settings.fp16,
        )
    path = project.work / "upscale.json"
    scores = {
        name: {key: round(value, 3) for key, value in asdict(score).items()}
        for name, score in choice.scores.items()
    }
    forget_frames()
    film = open_film(project)
    with room_for(kept_bytes(film)):
        lack = measure_texture(
            overlap_rows(film, plan), readers.stock(project), shots=len(film.shots.shots)
        )
    more = {"scores": scores, **choice.report, "texture": lack.to_json()}
    more["made_from"] = project.stamp("learn")
    write_json(path, {**plan.to_json(work=project.work), **more})
    return path


def _choice(project: Project, thickest: float) -> Choice:
    """Take the model that the settings name, else what measures best.

    Args:
        project: The project.
        thickest: Of all bands, DVD px.
    """
    wanted = project.config.upscale.model
    if wanted not in ("auto", LEARNED):
        return Choice(model=None if wanted == BICUBIC else bring(wanted))
    reason = ""
    if thickest < THIN_BAND_DVD_PX:
        reason = f"the DVD adds nothing: its thickest band has {thickest:.1f} DVD px"
    elif not taught_by_layout(project):
        reason = "no frame is matched with confidence, so nothing can be compared"
    if not reason:
        choice = decide(
            open_film(project), project.work / "model", backend=project.config.upscale.backend
        )
        reason = choice.report["reason"]
    else:
        log.warning("learn: %s; bands are interpolated", reason)
        choice = Choice(model=None, report={"reason": reason, "not_learned": reason})
    if wanted == LEARNED and (choice.model is None or choice.model.name != LEARNED):
        raise UsageError(f"upscale.model: nothing better was learned: {reason}")
    return choice


def decide(film: TrainingFilm, folder: Path, *, backend: str = "auto") -> Choice:
    """Learn an upscaler, and take whatever is best on rows that it hasn't seen.

    Args:
        film: The films.
        folder: Where the learned network goes.
        backend: What runs the networks.
    """
    others = networks()
    network = others.get(NETWORK)
    ways: dict[str, Model | None] = {BICUBIC: None, **others}
    source, own = film.sources[film.largest], film.frames[film.largest]
    tested, held = spread_frames(own, CONTEST_FRAMES), held_frames(film)
    report: dict[str, Any] = {}
    final: Model | None = None
    try:
        contest = parts_compared(source, held, held_rows(source))
        measured, inputs = sum_up_film(film, network, also=contest)
        kept, report = _sound(measured)
        tested = tuple(m.frame for m in kept if m.frame in held)
        learnt = [m for m in kept if m.frame not in held]
        still = gather_still(film, inputs)
        chosen = choose_ingredients(learnt, inputs, shots=film.shots.index, still=still)
        trial = write(chosen, inputs, folder / "trial.onnx", network=network)
        final = write(
            refit(NormalSums.total(p for m in kept for p in (m.inner, m.outer)), chosen),
            inputs,
            folder / "learned.onnx",
            network=network,
        )
        ways[LEARNED] = trial
        report |= {
            "learned": describe_ingredients(chosen),
            "ridge": chosen.ridge,
            "calm": chosen.calm,
        }
    except UnlearnableError as error:
        report["not_learned"] = str(error)
        log.warning("learn: not learned: %s", error)
    frames = spread_frames(tested, CONTEST_FRAMES)
    scores = compare(source, ways, frames, held_rows(source), backend=backend)
    if final is not None:
        (folder / "trial.onnx").unlink()
        ways[LEARNED] = final
    return _settled(ways, scores, report)


def networks() -> dict[str, Model]:
    """Return the ready-made networks that are here or can be made without a download."""
    found = {}
    for name in OTHERS:
        try:
            found[name] = bring(name)
        except MissingError as error:
            log.warning("learn: without %s: %s", name, error)
    return found


def _settled(
    ways: dict[str, Model | None], scores: dict[str, Score], report: dict[str, Any]
) -> Choice:
    name = best(scores)
    over = ", ".join(
        f"{scores[name].luma_db - score.luma_db:+.2f} dB over {other}"
        for other, score in scores.items()
        if other != name
    )
    reason = f"{name} is best on the held-out rows: {over}"
    log.info("learn: %s", reason)
    gains = {
        other: round(scores[name].luma_db - score.luma_db, 3)
        for other, score in scores.items()
        if other != name
    }
    more = {"reason": reason, "gain_db": gains, **report}
    return Choice(model=ways[name], scores=scores, report=more)


def _sound(measured: Sequence[Measured]) -> tuple[tuple[Measured, ...], dict[str, Any]]:
    """Leave out strange frames and say so."""
    kept = sound_frames(measured)
    names = {m.frame for m in kept}
    strange = [m.frame for m in measured if m.frame not in names]
    if strange:
        log.warning("learn: frames left out, the sources differ there: %s", strange)
    return kept, {"frames": sorted(names), "frames_left_out": strange}


def _band_area(layout: Layout) -> int:
    return sum(band.area for band in layout.bands())


def open_film(project: Project) -> TrainingFilm:
    """Open a project's films for learning, over the frames that teach something."""
    from .. import stages

    pair, shots = stages.sources(project), readers.shots(project)
    colours = readers.colours(project) if project.config.colour.match else ()
    found, frames = [], []
    for layout, numbers in taught_by_layout(project).items():
        found.append(
            FilmPair(
                wide=pair.active_wide(layout.wide_active),
                dvd=pair.conformed(layout),
                layout=layout,
                grade=lambda clip: apply_colour(clip, colours, shots=shots) if colours else clip,
                cutter=partial(pair.wide_part, active=layout.wide_active),
            )
        )
        frames.append(numbers)
    return TrainingFilm(sources=tuple(found), frames=tuple(frames), shots=shots)


def taught_by_layout(project: Project) -> dict[Layout, tuple[int, ...]]:
    """Return the pairs that teach, by their layout.

    Those are the confident ones whose bands are shown, where they lie to a fraction of a px.
    """
    pairs = readers.timeline(project).pairs
    taught: dict[Layout, list[int]] = {}
    for run in readers.placements(project):
        if not run.layout.bands():
            continue
        for n in run.frames:
            step = run.drift[n - run.first] if run.drift else (0.0, 0.0)
            if pairs[n].confident and max(map(abs, step)) <= MOST_DRIFT_PX:
                taught.setdefault(run.layout, []).append(n)
    return {layout: tuple(numbers) for layout, numbers in taught.items()}
