"""What HQ is told of the devices of a store with several terminals: per kind, the one that needs somebody most."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from edge.devices.chips import WORST_FIRST
from edge.syncing.running import device_states


def told(*states: str) -> str:
    """The printers of T1, T2, … are in these states."""
    at = {f"T{n}": state for n, state in enumerate(states, 1)}
    settings = SimpleNamespace(terminals=dict.fromkeys(at))
    node = SimpleNamespace(
        reference=SimpleNamespace(settings=settings),
        chips=lambda terminal: {"printer": {"state": at[terminal]}},
    )
    return device_states(node)["printer"]  # type: ignore[arg-type]


@pytest.mark.parametrize("place", range(len(WORST_FIRST) - 1))
def test_the_worse_of_two_is_told_whichever_terminal_it_is(place: int) -> None:
    worse, better = WORST_FIRST[place], WORST_FIRST[place + 1]

    assert told(worse, better) == told(better, worse) == worse


def test_a_state_that_is_new_is_worse_than_none_and_hides_nothing_known() -> None:
    assert told("near_end", "humming") == "near_end"
    assert told("ready", "humming") == told("humming", "none") == "humming"
