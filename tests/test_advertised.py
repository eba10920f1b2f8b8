"""What the documents advertise can be imported by the names they give."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vsmeme

ADVERTISED = (
    "from vsmeme.masks.prepare.propagation import propagate_masks as it",
    "import vsmeme.masks.prepare.propagation as p; it = p.propagate_masks",
    "from vsmeme.masks.prepare.propagation.propagate_masks import propagate_masks as it",
    "import vsmeme.masks.prepare.propagation.between_keys\n"
    "from vsmeme.masks.prepare.propagation import propagate_masks as it",
)


@pytest.mark.parametrize("line", ADVERTISED)
def test_propagate_masks_is_a_function_by_every_path(line: str) -> None:
    code = f"{line}\nassert callable(it) and it.__name__ == 'propagate_masks'"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["correct_bands", "unify"])
def test_filters_are_exported(name: str) -> None:
    assert getattr(vsmeme, name).__name__ == name
