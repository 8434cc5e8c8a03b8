"""What screens are told, without losing a word over a reconnect or a restart of the node."""

from __future__ import annotations

import json

from edge.bus import HISTORY, Bus


def read(bus: Bus, terminal: str, last: str = "", frames: int = 1) -> list[tuple[str, str, object]]:
    """(id, event, data) of the first frames after the greeting, without waiting."""
    stream = bus.stream(terminal, last)
    assert next(stream) == ": connected\n\n"
    found = []
    for _ in range(frames):
        for part in next(stream).split("\n\n"):
            if part.startswith("id:"):
                lines = dict(line.split(": ", 1) for line in part.split("\n"))
                found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


def test_a_terminal_hears_its_own_events_and_those_for_all() -> None:
    bus = Bus()
    start = bus.last_id()
    bus.publish("scan", {"code": "茶\n"}, "01")
    bus.publish("scan", {"code": "b"}, "02")
    bus.publish("state", {"version": 3})

    heard = read(bus, "01", start)

    assert [(kind, data) for _, kind, data in heard] == [
        ("scan", {"code": "茶\n"}),
        ("state", {"version": 3}),
    ]


def test_a_reconnect_goes_on_where_it_was() -> None:
    bus = Bus()
    bus.publish("a", {})
    seen = bus.last_id()
    bus.publish("b", {})

    assert [kind for _, kind, _ in read(bus, "01", seen)] == ["b"]


def test_a_number_of_an_earlier_life_of_the_node_asks_for_a_fresh_state() -> None:
    old = Bus()
    for _ in range(5):
        old.publish("a", {})
    new = Bus()
    new.publish("b", {})

    for unknown in (old.last_id(), "500", "garbage", "-1"):
        assert [kind for _, kind, _ in read(new, "01", unknown)] == ["state"]


def test_who_was_away_too_long_is_asked_to_look_again() -> None:
    bus = Bus()
    bus.publish("a", {})
    seen = bus.last_id()
    for _ in range(HISTORY + 1):
        bus.publish("b", {})

    assert [kind for _, kind, _ in read(bus, "01", seen)] == ["state"]


def test_a_new_page_hears_only_what_is_new() -> None:
    bus = Bus()
    bus.publish("a", {})
    bus.close()

    assert list(bus.stream("01", "")) == [": connected\n\n"]
