"""BT.2020 in PQ, HLG or SDR to BT.709 SDR by the standards alone, on arrays of colours.

Tone mapping is that of ITU-R BT.2390-11 section 5.4, on the intensity of ICtCp (BT.2100), down to
the 203 cd/m2 of an SDR white among HDR (BT.2408). What BT.709 can't hold is compressed towards
grey, not clipped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...pixels.bt709 import KB, KG, KR
from ...source.tone_plan import Light, Transfer

Colours = NDArray[np.floating[Any]]

WHITE_NITS = 203.0
PQ_NITS = 10000.0
M1, M2, C1, C2, C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128  # SMPTE ST 2084
HLG_A, HLG_B, HLG_C = 0.17883277, 0.28466892, 0.55991073  # ITU-R BT.2100
GAMMA = 2.4  # of a reference display, ITU-R BT.1886
HLG_PEAK_NITS = 1000.0
HLG_SYSTEM_GAMMA = 1.2
KNEE_SHARE = 0.8  # of the way from grey to the border of BT.709, where compression begins
LUMA_2020 = np.array([0.2627, 0.6780, 0.0593])
LUMA_709 = np.array([KR, KG, KB])
TO_709 = np.array(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349],
     [-0.018151, -0.100579, 1.118730]]
)  # fmt: skip
"""Linear BT.2020 to linear BT.709, ITU-R BT.2407."""
TO_LMS = np.array([[1688, 2146, 262], [683, 2951, 462], [99, 309, 3688]]) / 4096
TO_ICTCP = np.array([[2048, 2048, 0], [6610, -13613, 7003], [17933, -17390, -543]]) / 4096


def sdr_colours(colours: Colours, light: Light) -> Colours:
    """Map colours to BT.709 SDR.

    Args:
        colours: ``... x 3``, R'G'B' of BT.2020 primaries as the source codes them, 0..1.
        light: How it codes them, and its peak.

    Returns:
        ``... x 3``, R'G'B' of BT.709, 0..1.
    """
    nits = to_nits(colours, light.transfer)
    if light.transfer != "bt2020" and light.peak_nits > WHITE_NITS:
        nits = _toned(nits, light.peak_nits)
    white = WHITE_NITS if light.transfer != "bt2020" else 100.0
    linear = _in_gamut(nits / white @ TO_709.T)
    return np.asarray(np.clip(linear, 0, 1) ** (1 / GAMMA))


def to_nits(colours: Colours, transfer: Transfer) -> Colours:
    """Return what a display shows, cd/m2, of coded colours ``... x 3``, 0..1."""
    if transfer == "pq":
        return pq_to_nits(colours)
    if transfer == "bt2020":
        return np.asarray(100.0 * np.maximum(colours, 0) ** GAMMA)
    low = colours**2 / 3
    scene = np.where(colours <= 0.5, low, (np.exp((colours - HLG_C) / HLG_A) + HLG_B) / 12)
    luma = np.maximum(scene @ LUMA_2020, 1e-9)[..., None]
    return np.asarray(HLG_PEAK_NITS * scene * luma ** (HLG_SYSTEM_GAMMA - 1))


def pq_to_nits(code: Colours) -> Colours:
    """Decode SMPTE ST 2084, 0..1 to cd/m2."""
    root = np.maximum(code, 0) ** (1 / M2)
    return np.asarray(PQ_NITS * (np.maximum(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1))


def nits_to_pq(nits: Colours) -> Colours:
    """Encode by SMPTE ST 2084, cd/m2 to 0..1."""
    share = (np.maximum(nits, 0) / PQ_NITS) ** M1
    return np.asarray(((C1 + C2 * share) / (1 + C3 * share)) ** M2)


def tone_curve(intensity: Colours, peak_nits: float) -> Colours:
    """Compress intensities in PQ from a peak to that of SDR, by BT.2390's spline."""
    top = float(nits_to_pq(np.array(peak_nits)))
    most = float(nits_to_pq(np.array(WHITE_NITS))) / top
    share = np.clip(intensity / top, 0, 1)
    knee = 1.5 * most - 0.5
    t = np.clip((share - knee) / (1 - knee), 0, 1)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    return np.asarray(np.where(share < knee, share, bent) * top)


def _toned(nits: Colours, peak_nits: float) -> Colours:
    """Compress the intensity and take as much off the colour as BT.2390 says."""
    code = nits_to_pq(nits @ TO_LMS.T) @ TO_ICTCP.T
    before = np.maximum(code[..., :1], 1e-6)
    after = tone_curve(before, peak_nits)
    kept = np.minimum(before / np.maximum(after, 1e-6), after / before)
    code = np.concatenate((after, code[..., 1:] * kept), axis=-1)
    lms = pq_to_nits(code @ np.linalg.inv(TO_ICTCP).T)
    return np.asarray(lms @ np.linalg.inv(TO_LMS).T)


def _in_gamut(linear: Colours) -> Colours:
    """Pull colours beyond BT.709 towards the grey of their luminance, softly."""
    grey = np.clip(linear @ LUMA_709, 0, 1)[..., None]
    away = linear - grey
    room = np.where(away > 0, 1 - grey, grey)
    reach = np.max(np.abs(away) / np.maximum(room, 1e-6), axis=-1, keepdims=True)
    beyond = np.maximum(reach - KNEE_SHARE, 0) / (1 - KNEE_SHARE)
    # one at the knee with slope one, never above the border
    held = KNEE_SHARE + (1 - KNEE_SHARE) * beyond / (1 + beyond)
    factor = np.where(reach > KNEE_SHARE, held / np.maximum(reach, 1e-6), 1.0)
    return np.asarray(grey + away * factor)
