"""What was ever promised, what a restored HQ lacks of it, and what of that a person has accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hq.backups import promise
from hq.backups.model import Range


def head(seq: int, inc: str = "a") -> tuple[str, str, int, str]:
    return ("001", inc, seq, "00")


def span(first: int, last: int, inc: str = "a") -> Range:
    return Range("001", inc, first, last)


def test_points_never_fall(tmp_path: Path) -> None:
    for seq in (3, 6, 4):
        promise.note(tmp_path, [head(seq)])

    assert promise.ever(tmp_path) == [head(6)]


@pytest.mark.parametrize(
    ("lacking", "known", "new"),
    [
        ([(5, 6)], [], [(5, 6)]),
        ([(5, 6)], [(5, 6)], []),
        ([(5, 6)], [(3, 8)], []),
        ([(5, 9)], [(5, 6)], [(7, 9)]),
        ([(3, 6)], [(5, 6)], [(3, 4)]),
        ([(1, 9)], [(5, 6)], [(1, 4), (7, 9)]),
        ([(1, 4)], [(5, 6)], [(1, 4)]),
        ([(7, 9)], [(5, 6)], [(7, 9)]),
    ],
)
def test_only_what_nobody_has_accepted_is_named(
    lacking: list[tuple[int, int]], known: list[tuple[int, int]], new: list[tuple[int, int]]
) -> None:
    other = span(1, 2, "b")

    found = promise.unaccepted([*(span(*one) for one in lacking), other], [span(*one) for one in known])

    assert found == [*(span(*one) for one in new), other]


@pytest.mark.parametrize(("seq", "left"), [(4, [(5, 8)]), (6, [(7, 8)]), (8, []), (9, [])])
def test_what_is_promised_anew_is_accepted_no_more(
    tmp_path: Path, seq: int, left: list[tuple[int, int]]
) -> None:
    """The store still had it and sent it again, and may delete it from now on."""
    promise.note(tmp_path, [head(8), head(3, "b")])
    promise.accept(tmp_path, [span(5, 8), span(1, 3, "b")])

    promise.note(tmp_path, [head(seq)])

    assert promise.accepted(tmp_path) == [*(span(*one) for one in left), span(1, 3, "b")]
    assert promise.ever(tmp_path) == [head(max(seq, 8)), head(3, "b")]


def test_a_restore_that_lacks_less_ends_what_was_accepted(tmp_path: Path) -> None:
    promise.note(tmp_path, [head(8)])
    promise.accept(tmp_path, [span(5, 8)])

    promise.accept(tmp_path, [])

    assert promise.accepted(tmp_path) == []
    assert promise.lost(promise.ever(tmp_path), [head(4)]) == [span(5, 8)]
