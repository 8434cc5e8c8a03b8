"""The only place where the real clock is read."""

from __future__ import annotations

from kit.clock import ManualClock, SystemClock


def test_the_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(1000, 5)

    clock.advance(250)
    clock.set_wall(10)

    assert (clock.now_ms(), clock.monotonic_ms()) == (10, 255)


def test_the_real_clock_is_of_this_century_and_does_not_go_back() -> None:
    clock = SystemClock()
    first = clock.monotonic_ms()
    assert clock.now_ms() > 1_600_000_000_000
    assert clock.monotonic_ms() >= first
