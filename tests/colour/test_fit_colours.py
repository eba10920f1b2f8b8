import numpy as np
from numpy.typing import NDArray

from vsmeme import Layout, Rect, Shot, Shots
from vsmeme.colour.prepare.fit_colours import fit_colours, frames_to_sample
from vsmeme.colour.prepare.overlap import Overlap, overlap_rect
from vsmeme.placement.plan_layout import plan_conform, plan_layout

Planes = NDArray[np.uint16]


def layout() -> Layout:
    matrix = ((4.0, 0.0, 128.0), (0.0, 4.0, -73.0))
    conform = plan_conform(matrix, active=Rect(x=0, y=0, w=192, h=144))
    return plan_layout(matrix, conform, wide_size=(1024, 430))


def scene(seed: int) -> tuple[Planes, Planes]:
    """Wide and DVD in 16-bit codes: soft blobs of colour, the DVD area-averaged."""
    rng = np.random.default_rng(seed)
    small = rng.uniform(size=(3, 18, 32)) * [[[170]], [[70]], [[70]]] + [[[30]], [[93]], [[93]]]
    canvas = np.kron(small, np.ones((32, 32)))
    canvas += rng.normal(size=canvas.shape) * 2
    dvd = canvas[:, :, 128:896].reshape(3, 144, 4, 192, 4).mean(axis=(2, 4))
    return (canvas[:, 73:503] * 256).astype(np.uint16), (dvd * 256).astype(np.uint16)


def graded(dvd: Planes, lift: float) -> Planes:
    """Gain, lift, gamma, channel mixing and saturation, in YUV codes."""
    y, u, v = (dvd / 256.0 - np.array([16, 128, 128])[:, None, None]) / 219
    y2 = np.clip(y, 0, 1) ** 1.1 * 0.9 + lift + 0.05 * u
    return (
        (np.stack([y2, 0.8 * u + 0.03 * y, 0.85 * v]) * 219 + [[[16]], [[128]], [[128]]]) * 256
    ).astype(np.uint16)


def corrected_error(colour_index: int, lift: float, seed: int) -> float:
    samples = fitted_samples()
    table, _ = fit_colours(samples, two_shots())
    _, dvd = scene(seed)
    truth = dvd[:, :18].astype(np.float64)
    x = graded(dvd, lift)[:, :18] / 256.0
    norm = (x - np.array([125.5, 128, 128])[:, None, None]) / np.array([109.5, 112, 112])[
        :, None, None
    ]
    got = np.array([table[colour_index].at(*c) for c in norm.reshape(3, -1).T[::7]]).T
    codes = got * np.array([[109.5], [112], [112]]) + np.array([[125.5], [128], [128]])
    return float(np.abs(codes - truth.reshape(3, -1)[:, ::7] / 256).mean())


def two_shots() -> Shots:
    return Shots(shots=(Shot(first=0, last=9), Shot(first=10, last=19)))


def fitted_samples() -> list[Overlap]:
    samples = []
    for shot, lift in ((0, 0.02), (1, 0.06)):
        for seed in (0, 1):
            wide, dvd = scene(seed + 10 * shot)
            sample = overlap_rect(wide, graded(dvd, lift), layout(), shot=shot)
            assert sample is not None
            samples.append(sample)
    return samples


def test_each_shot_gets_its_own_transform() -> None:
    table, shots = fit_colours(fitted_samples(), two_shots())
    assert len(table) == 3
    assert [shot.colour for shot in shots.shots] == [1, 2]
    assert corrected_error(1, 0.02, 5) < 0.5
    assert corrected_error(2, 0.06, 15) < 0.5


def test_a_wide_in_the_dvd_s_grade_keeps_the_dvd_s_colours_where_nothing_is_known() -> None:
    """Beyond the colours of the overlap the fit stays near the identity."""
    samples = []
    for seed in (0, 1):
        wide, dvd = scene(seed)
        off = graded(dvd, 0.02).astype(np.float64)
        near = (0.85 * dvd + 0.15 * off).astype(np.uint16)  # what a tone leaves
        sample = overlap_rect(wide, near, layout(), shot=0)
        assert sample is not None
        samples.append(sample)
    shots = Shots(shots=(Shot(first=0, last=9),))
    free, alike = (fit_colours(samples, shots, alike=told)[0][0] for told in (False, True))
    strange = [(0.9, 0.9, -0.9), (-0.9, -0.9, 0.9), (0.9, -0.9, -0.9), (-0.9, 0.9, 0.9)]
    moved = [
        np.mean([np.abs(np.subtract(fit.at(*c), c)).mean() for c in strange])
        for fit in (free, alike)
    ]
    assert moved[1] < 0.8 * moved[0]
    known = [(-0.2, 0.1, 0.1), (0.3, -0.1, 0.1), (0.0, 0.2, -0.2)]
    assert all(np.abs(np.subtract(alike.at(*c), free.at(*c))).max() < 0.02 for c in known)


def test_a_shot_without_samples_uses_the_films() -> None:
    samples = [sample for sample in fitted_samples() if sample.shot == 0]
    table, shots = fit_colours(samples, two_shots())
    assert len(table) == 2
    assert [shot.colour for shot in shots.shots] == [1, 0]


def test_frames_are_spread_over_every_shot() -> None:
    shots = Shots(shots=tuple(Shot(first=9 * i, last=9 * i + 8) for i in range(30)))
    frames = frames_to_sample(shots)
    assert {shots.index(n) for n in frames} == set(range(30))
    assert frames_to_sample(Shots(shots=(Shot(first=0, last=0),))) == [0]


def textured(seed: int) -> tuple[Planes, Planes]:
    """Strong detail at the DVD's own px; the DVD with gamma, lift and noise."""
    rng = np.random.default_rng(seed)
    fine = np.kron(rng.uniform(20, 230, (144, 256)), np.ones((4, 4)))
    slow = np.kron(rng.uniform(-30, 30, (2, 12, 16)), np.ones((48, 64)))
    canvas = np.stack([fine, 128 + slow[0], 128 + slow[1]])
    dvd = canvas[:, :, 128:896].reshape(3, 144, 4, 192, 4).mean(axis=(2, 4))
    light = np.clip((dvd[0] - 16) / 219, 0, 1)
    dvd[0] = 16 + 219 * (0.03 + 0.93 * light**1.14)
    dvd += rng.normal(size=dvd.shape) * 2
    return (canvas[:, 73:503] * 256).astype(np.uint16), (dvd * 256).astype(np.uint16)


def test_a_curve_is_fitted_to_the_colours_not_to_their_means() -> None:
    pairs = [overlap_rect(*textured(seed), layout()) for seed in range(3)]
    shots = Shots(shots=(Shot(first=0, last=9),))
    table, _ = fit_colours([pair for pair in pairs if pair], shots)
    wide, dvd = textured(7)
    seen = overlap_rect(wide, dvd, layout())
    assert seen is not None
    got = np.array([table[0].at(*c) for c in seen.known.reshape(3, -1).T]).T
    error = (got.mean(1) - seen.wide.reshape(3, -1).mean(1)) * (109.5, 112, 112)
    assert np.abs(error).max() < 0.2
