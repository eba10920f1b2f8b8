"""Who makes which part: neighbours by one worker, long ones first, nobody idle at the end."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from vsmeme.commands.cluster.deal import Deal


def taken(deal: Deal, worker: str, count: int) -> list[str | None]:
    return [deal.next(worker) for _ in range(count)]


def test_each_worker_gets_neighbours() -> None:
    deal = Deal({str(n): 10 for n in range(8)}, 2)
    assert taken(deal, "a", 2) == ["0", "1"]
    assert taken(deal, "b", 3) == ["4", "5", "6"]
    assert taken(deal, "a", 2) == ["2", "3"]


def test_who_is_through_takes_half_of_what_is_left() -> None:
    deal = Deal({str(n): 10 for n in range(12)}, 2)
    deal.next("a")
    assert taken(deal, "b", 6) == [str(n) for n in range(6, 12)]
    assert taken(deal, "b", 3) == ["3", "4", "5"]
    assert taken(deal, "a", 2) == ["1", "2"]
    assert len(deal) == 0
    assert deal.next("a") is None


def test_a_long_part_comes_first_and_one_that_failed_before_it() -> None:
    deal = Deal({**{str(n): 10 for n in range(9)}, "long": 60}, 2)
    deal.put_back("again")
    assert taken(deal, "a", 3) == ["again", "long", "0"]


def test_what_a_worker_leaves_is_made_by_another() -> None:
    deal = Deal({str(n): 10 for n in range(6)}, 2)
    assert [deal.next("a"), deal.next("b")] == ["0", "3"]
    deal.stay({"b", "c"})
    assert taken(deal, "c", 2) == ["1", "2"]
    assert taken(deal, "b", 3) == ["4", "5", None]


@given(
    st.lists(st.integers(1, 500), max_size=40), st.integers(0, 9), st.randoms(use_true_random=False)
)
def test_every_part_is_made_once(lengths: list[int], workers: int, chance: random.Random) -> None:
    parts = {str(n): length for n, length in enumerate(lengths)}
    deal, made = Deal(parts, workers), []
    while deal:
        worker = str(chance.randrange(max(1, workers) + 2))
        name = deal.next(worker)
        assert name is not None
        made.append(name)
        if chance.random() < 0.1:
            deal.stay({worker})
    assert sorted(made) == sorted(parts)
