import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray
from scipy import fft

from vsmeme.canvas.seam import SMOOTH_PX, seam_membrane

core = vs.core
CODES = 256.0


def exact(row: NDArray[np.float64], height: int, rows: int, seam: str) -> NDArray[np.float64]:
    """The discrete harmonic surface for the smoothed seam row, mode by mode."""
    omega = np.pi * np.arange(row.size) / row.size
    modes = fft.dct(row, norm="ortho") * np.exp(-((omega * SMOOTH_PX) ** 2) / 2)
    mu = np.arccosh(2 - np.cos(omega))
    y = np.arange(height) + 0.5
    away = np.maximum(rows - y if seam == "below" else y - (height - rows), 0)[:, None]
    decay = (np.exp(-mu * away) + np.exp(-mu * (2 * rows - away))) / (1 + np.exp(-2 * mu * rows))
    return np.asarray(fft.idct(modes * decay, norm="ortho", axis=1))


@pytest.mark.parametrize("seam", ["above", "below"])
@pytest.mark.parametrize(("width", "rows"), [(768, 73), (192, 19), (1000, 11), (40, 5)])
def test_membrane_is_the_harmonic_surface(width: int, rows: int, seam: str) -> None:
    rng = np.random.default_rng(width)
    x = np.arange(width) + 0.5
    row = np.full(width, 4.0)
    for k in range(1, 12):
        row += rng.normal() * 8 / k * np.cos(np.pi * k * x / width)
    blank = core.std.BlankClip(format=vs.YUV444PS, width=width, height=16, length=1, keep=True)

    def draw(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[:] = row * CODES * (plane + 1)
        return out

    difference = core.std.ModifyFrame(blank, blank, draw)
    height = rows + 16
    (surface,) = seam_membrane(
        difference, size=(width, height), rows=rows, seam=seam, runs=[(0, height)]
    )
    frame = surface.get_frame(0)
    band = slice(0, rows) if seam == "below" else slice(16, height)
    truth = exact(row, height, rows, seam)
    for plane in range(3):
        got = np.asarray(frame[plane]) / CODES / (plane + 1)
        assert np.abs(got - truth)[band].max() < 0.5
        assert np.abs(got - truth)[band].mean() < 0.1
