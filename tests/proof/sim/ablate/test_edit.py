"""An edit breaks the function that everybody holds, and nothing is left of it afterwards."""

from __future__ import annotations

import pytest

from proof.sim.ablate import reach
from proof.sim.ablate.edit import Edit, Misfit, fits, in_place
from retail.money import split
from sync import accept, plan
from sync.machine import _TABLE, State, UpMachine
from sync.moves import Failed

AT_LEAST_ONE = Edit("sync.plan:cut", "plain_max and count > 0:", "plain_max and planted(count > 0, True):")


def test_everybody_who_holds_the_function_runs_the_broken_code_until_the_end() -> None:
    held, before = plan.cut, plan.cut.__code__

    with in_place([AT_LEAST_ONE]):
        assert held([9_999], 10, 100) == 0

    assert held([9_999], 10, 100) == 1
    assert plan.cut.__code__ is before
    assert "planted" not in vars(plan)


def test_a_method_in_a_table_is_broken_too() -> None:
    edit = Edit("sync.machine:UpMachine._on_failed", "self.tries += 1", "self.tries += planted(1, 7)")
    machine = UpMachine(lambda low, _high: low)

    with in_place([edit]):
        _TABLE[(None, Failed)](machine, Failed())

    assert (machine.tries, machine.state) == (7, State.WAITING)


def test_what_a_fault_changes_is_counted_and_what_it_leaves_alone_is_not() -> None:
    edit = Edit("retail.money:split", "parts[i] += 1", "parts[planted(i, 0)] += 1")
    reach.forget()
    with in_place([edit]):
        assert split(10, [1, 1]) == [5, 5]
        assert reach.count() == 0
        assert split(3, [1, 9]) == [1, 2]
    assert reach.count() == 1
    reach.forget()


def test_broken_code_is_whole_again_after_an_exception() -> None:
    before = accept.decide.__code__
    edit = Edit("sync.accept:decide", "return Gap()", "return missing_name")

    with pytest.raises(NameError), in_place([edit]):
        accept.decide(1, 9, b"", [b""], {})

    assert accept.decide.__code__ is before


@pytest.mark.parametrize("text", ["count > 1:", "total"])
def test_an_edit_that_does_not_stand_there_exactly_once_is_refused(text: str) -> None:
    with pytest.raises(Misfit):
        fits([Edit("sync.plan:cut", text, "")])
