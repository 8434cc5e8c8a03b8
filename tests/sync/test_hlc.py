"""The hybrid clock: M4, it increases over restarts and clock jumps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.hlc import Hlc, parse, render


def test_text_is_fixed_width_hex():
    assert Hlc().tick(1_783_674_000_000) == "019f4b4152800000"
    assert parse("019f4b4152800003") == (1_783_674_000_000, 3)


@given(st.lists(st.tuples(st.sampled_from(["tick", "restart", "merge"]), st.integers(0, 2**41)), max_size=60))
def test_ticks_increase_whatever_the_wall_clock_does(steps):
    clock, seen = Hlc(), []

    for step, ms in steps:
        if step == "tick":
            seen.append(clock.tick(ms))
        elif step == "merge":
            other = render(ms, 5)
            clock.merge(other)
            seen.append(max(other, seen[-1]) if seen else other)
            seen.append(clock.tick(0))
        else:
            clock = Hlc(clock.last)

    ticks = [text for i, text in enumerate(seen) if i == 0 or text != seen[i - 1]]
    assert ticks == sorted(ticks)


def test_a_full_counter_borrows_a_millisecond():
    clock = Hlc(render(1000, 0xFFFF))

    assert clock.tick(5) == render(1001, 0)


def test_a_text_of_another_shape_is_refused():
    with pytest.raises(ValueError):
        parse("12")
