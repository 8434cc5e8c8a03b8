"""What is missing, as ranges of numbers, also behind a slip of the finger."""

from __future__ import annotations

from edge.rebuild.report import gaps


def test_gaps_are_ranges_and_end_at_the_last_number() -> None:
    assert gaps([], 0) == []
    assert gaps([1, 2, 3], 3) == []
    assert gaps([], 3) == [(1, 3)]
    assert gaps([5, 2, 2, 3], 7) == [(1, 1), (4, 4), (6, 7)]
    assert gaps([4, 9], 6) == [(1, 3), (5, 6)]


def test_a_number_with_too_many_digits_is_answered_at_once() -> None:
    """A printed number has up to twelve; the work is that of what is there, not of what was typed."""
    assert gaps([1, 2], 999_999_999_999) == [(3, 999_999_999_999)]
