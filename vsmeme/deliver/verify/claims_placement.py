"""Claims about where the DVD shows: only where it was placed, only with a partner, without bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .evidence import Claim, Evidence, Numbers

FRAMES_LOOKED_AT = 6  # rendered for a claim
BLACK = (4096, 32768, 32768)
DARK_CODE = 16 + 7  # 8-bit luma: a bar is no brighter, but for the codec's noise
FLAT_CODES = 1.5  # and deviates no more along its row
STEP_CODES = 8  # what lies beyond it is brighter by so much
LEAST_BAR_PX = 2
DEEPEST_BAR = 0.35  # share of the picture in which a bar is looked for


def placed_alone(evidence: Evidence) -> Claim:
    """Bands come from shots alone whose placement was found."""
    frames = [
        n
        for shot in evidence.json("match", "shots.json")["shots"]
        if not shot.get("placed", True)
        for n in (shot["first"], (shot["first"] + shot["last"]) // 2)
    ]
    return _nothing_shown(evidence, frames, "bands only from placed shots", "every shot is placed")


def absent_alone(evidence: Evidence) -> Claim:
    """Where the DVD has no partner for long, it is absent, and such pairs are never sure."""
    name = "absent where there is no partner"
    lonely = [n for n, pair in enumerate(evidence.pairs) if not pair.get("partner", True)]
    sure = [n for n in lonely if evidence.pairs[n]["confident"]]
    if sure:
        note = f"pair {sure[0]} has no partner and counts as sure"
        return Claim(name=name, passed=False, number=len(sure), limit="0 px", note=note)
    frames = [n for n in lonely if evidence.absent(n)]
    held = evidence.project.config.time.gaps == "hold"
    return _nothing_shown(
        evidence, frames, name, "held, as time.gaps says" if held else "no long run without partner"
    )


def _nothing_shown(evidence: Evidence, frames: Sequence[int], name: str, none: str) -> Claim:
    """Count canvas px beyond the wide that show something, or are not said to be missing."""
    picked = _spread(frames)
    worst, note = 0, ""
    for n in picked:
        x, y, w, h = evidence.layout(n)["wide"]
        planes = evidence.frame("composite", n)
        shown = np.zeros(planes[0].shape, np.bool_)
        for plane, black in zip(planes, BLACK, strict=True):
            shown |= plane != black
        shown |= evidence.frame("missing", n)[0] != 255
        shown[y : y + h, x : x + w] = False
        count = int(shown.sum())
        if count > worst:
            worst, note = count, f"pair {n}"
    looked = f"{len(picked)} of {len(set(frames))} frames looked at" if picked else none
    return Claim(name=name, passed=not worst, number=worst, limit="0 px", note=note or looked)


def no_bar(evidence: Evidence) -> Claim:
    """No bar lies along an edge of the wide or of a band."""
    shots = evidence.json("match", "shots.json")["shots"]
    middles = [(shot["first"] + shot["last"]) // 2 for shot in shots]
    picked = _spread(sorted({*evidence.samples, *middles}))
    deepest, note = 0, ""
    for n in picked:
        for where, part in _edges(evidence, n):
            rows = bar_rows(part)
            if rows > deepest:
                deepest, note = rows, f"{where}, pair {n}"
    return Claim(
        name="no bar in the picture",
        passed=not deepest,
        number=deepest,
        limit="0 px",
        note=note or f"edges of {len(picked)} frames looked at",
    )


def bar_rows(luma: Numbers) -> int:
    """Return how many rows from the first on are a bar.

    Args:
        luma: 8-bit codes, limited; the edge is the first row.

    Returns:
        0 where the rows are dark as the picture beyond them is.
    """
    depth = max(LEAST_BAR_PX, int(luma.shape[0] * DEEPEST_BAR))
    near = luma[: depth + LEAST_BAR_PX]
    dark = (near.max(axis=1) <= DARK_CODE) & (near.std(axis=1) <= FLAT_CODES)
    rows = int(np.argmin(dark)) if not dark.all() else len(dark)
    beyond = near[rows : rows + max(LEAST_BAR_PX, rows)]
    if rows < LEAST_BAR_PX or rows > depth or not beyond.size:
        return 0
    return rows if float(beyond.mean() - near[:rows].mean()) >= STEP_CODES else 0


def _edges(evidence: Evidence, n: int) -> list[tuple[str, Numbers]]:
    """The parts of a frame that end at an edge of a picture, each turned so that it comes first."""
    found: list[tuple[str, Numbers]] = []
    a, b, w, h = evidence.wide_part(n)
    wide = evidence.frame("wide", n)[0][b : b + h, a : a + w] / 256
    found += [
        ("top of the wide", wide),
        ("bottom of the wide", wide[::-1]),
        ("left of the wide", wide.T),
        ("right of the wide", wide.T[::-1]),
    ]
    if evidence.absent(n):
        return found
    canvas = evidence.frame("composite", n)[0] / 256
    missing = evidence.frame("missing", n)[0] == 255
    for side, (x, y, w, h) in evidence.layout(n)["bands"].items():
        part = slice(y, y + h), slice(x, x + w)
        real = ~missing[part]
        rows, columns = real.all(axis=1), real.all(axis=0)
        picture = canvas[part][rows] if rows.any() else canvas[part][:, columns]
        if not picture.size:
            continue
        turned = {
            "top": picture,
            "bottom": picture[::-1],
            "left": picture.T,
            "right": picture.T[::-1],
        }
        found.append((f"outer edge of the {side} band", turned[side]))
        if side in ("top", "bottom"):
            found.append((f"left end of the {side} band", picture.T))
            found.append((f"right end of the {side} band", picture.T[::-1]))
    return found


def _spread(frames: Sequence[int]) -> list[int]:
    """At most a few of some frames, first and last among them."""
    if not frames:
        return []
    ordered = sorted(set(frames))
    picks = np.unique(np.linspace(0, len(ordered) - 1, FRAMES_LOOKED_AT).astype(int))
    return [ordered[int(i)] for i in picks]
