"""What becomes of a fault: caught, not caught, not reached, unsound, raised, hanging; each in a process of its own."""

from __future__ import annotations

import os

import pytest

from proof.sim.ablate import runner
from proof.sim.ablate.edit import Edit
from proof.sim.ablate.model import Outcome, Planted, Scene
from proof.sim.ablate.runner import order, play, play_all
from sync import plan

EDIT = Edit("sync.plan:cut", "plain_max and count > 0:", "plain_max and planted(count > 0, True):")


def _empty(seed: int) -> list[str]:
    """From seed 3 on a body is larger than a batch may be."""
    return [f"seed {seed} X1: nothing is sent"] if plan.cut([9 if seed < 3 else 999], 5, 100) == 0 else []


def _blind(_seed: int) -> list[str]:
    plan.cut([999], 5, 100)
    return []


def _never(_seed: int) -> list[str]:
    return []


def _always(seed: int) -> list[str]:
    plan.cut([999], 5, 100)
    return [f"seed {seed} X1: always"]


def _raises(_seed: int) -> list[str]:
    if plan.cut([999], 5, 100) == 0:
        raise KeyError("sizes")
    return []


def _spins(_seed: int) -> list[str]:
    while plan.cut([999], 5, 100) == 0:
        pass
    return []


def fault(run: object, name: str = "f") -> Planted:
    return Planted(name, "a rule", Scene(name, run), (EDIT,))  # type: ignore[arg-type]


def all_of(*faults: Planted) -> list[Outcome]:
    return play_all(faults, 4, {}, 2, lambda _outcome: None)


def test_a_fault_is_caught_at_the_first_seed_that_shows_it() -> None:
    found = play(fault(_empty), range(1, 9))

    assert (found.state, found.by, found.seed) == ("caught", ["X1"], 3)
    assert found.reached == 1


def test_nobody_noticed_is_not_the_same_as_never_reached() -> None:
    assert [play(fault(run), [1, 2]).state for run in (_blind, _never)] == ["not caught", "not reached"]


def test_an_exception_is_noticed_and_named() -> None:
    found = play(fault(_raises), [1])

    assert (found.state, found.by) == ("raised", ["KeyError"])


def test_a_seed_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CPU_SECONDS_MAX", 0.2)

    assert play(fault(_spins), [1]).state == "hangs"


def test_what_the_whole_code_does_too_proves_nothing() -> None:
    unsound, caught = all_of(fault(_always, "one"), fault(_empty, "two"))

    assert (unsound.state, caught.state) == ("unsound", "caught")


def test_each_fault_has_a_process_of_its_own() -> None:
    before = plan.cut.__code__

    found = all_of(fault(_raises, "x"), fault(_blind, "y"))

    assert plan.cut.__code__ is before
    assert [one.state for one in found] == ["raised", "not caught"]


def test_a_process_that_dies_is_an_outcome() -> None:
    (found,) = all_of(fault(lambda _seed: os._exit(3), "dead"))

    assert found.by == ["process died"]


def test_the_seed_that_caught_last_time_comes_first() -> None:
    assert order(4, None) == [1, 2, 3, 4]
    assert order(4, 3) == [3, 1, 2, 4]
    assert order(4, 90) == [90, 1, 2, 3]
