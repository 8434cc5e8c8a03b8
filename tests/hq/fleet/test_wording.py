"""Words of the health board."""

from __future__ import annotations

import pytest

from hq.fleet.wording import offset_words


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0.0 s"), (-40, "0.0 s"), (40, "0.0 s"), (1234, "+1.2 s"), (-61_900, "−61.9 s")]
)
def test_a_clock_s_offset_has_a_sign_only_when_it_shows(ms: int, words: str) -> None:
    assert offset_words(ms) == words
