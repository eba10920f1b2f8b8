import pytest
from scenes.shapes import Rebuilt, rebuild, rms

SIZE, PLAIN = "small", (96, 72)


@pytest.fixture(scope="module")
def plain() -> Rebuilt:
    return rebuild(SIZE, PLAIN)


@pytest.mark.parametrize(
    "stored",
    [
        (96, 64),  # as 720x480, anamorphic
        (96, 80),  # between 720x576 and 720x600, anamorphic
        (84, 64),  # as 640x480, nearly square
        (108, 80),  # as 768x576, nearly square
    ],
)
def test_every_shape_ends_with_the_same_picture(plain: Rebuilt, stored: tuple[int, int]) -> None:
    made = rebuild(SIZE, stored)
    assert made.layout.canvas == plain.layout.canvas
    assert made.layout.dvd == plain.layout.dvd
    assert made.layout.dvd_size == PLAIN
    assert made.layout.fit.max_misfit_px < 0.1
    # a coarser grid holds less; what one resample costs is less than what any DVD's grid does
    assert made.error < plain.error * max(1.02, (PLAIN[1] / stored[1]) ** 1.5)
    assert rms(made.bands, plain.bands) < plain.error / 2


def test_the_plain_shape_is_not_resampled(plain: Rebuilt) -> None:
    assert plain.layout.window is None
    assert plain.layout.dvd_size == PLAIN
    assert plain.layout.fit.max_misfit_px < 0.1
