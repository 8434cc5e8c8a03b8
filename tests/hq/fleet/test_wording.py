"""Words of the health board."""

from __future__ import annotations

import pytest

from edge.devices.chips import BLOCKS, WORST_FIRST
from hq.fleet.wording import offset_words
from kit.i18n import LANGUAGES
from tests.builders.hq import House


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0.0 s"), (-40, "0.0 s"), (40, "0.0 s"), (1234, "+1.2 s"), (-61_900, "−61.9 s")]
)
def test_a_clock_s_offset_has_a_sign_only_when_it_shows(ms: int, words: str) -> None:
    assert offset_words(ms) == words


@pytest.mark.parametrize("state", WORST_FIRST)
def test_every_state_that_a_store_tells_of_a_device_has_words(house: House, state: str) -> None:
    for language in LANGUAGES:
        assert house.hq.texts.text(language, f"device_state.{state}") != f"device_state.{state}"


def test_the_states_of_a_blocked_printer_are_among_them() -> None:
    assert set(BLOCKS.values()) <= set(WORST_FIRST)
