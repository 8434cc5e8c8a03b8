"""A printer made of software: the operator's side of the engine, safe to use from any thread.

The device side (`attach`, `receive`) is what a server feeds; the operator's side sets switches, closes the
drawer, reads papers and waits for them. A server asks `line` how the wire behaves.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from drivers.printer.engine import Engine, Model
from drivers.printer.paper import Paper
from drivers.printer.render import paper_png

Send = Callable[[bytes], None]
Wire = Literal["up", "going", "gone"]


@dataclass
class Line:
    """How the wire behaves: `speed` in bytes a second; the link breaks after `reset_after` more bytes."""

    offline: bool = False
    half_open: bool = False
    reset_after: int | None = None
    speed: int | None = None


ENGINE_SWITCHES = (
    "paper_out",
    "paper_after",
    "near_end",
    "cover_open",
    "cutter_next",
    "overheated",
    "mute",
    "no_gsh",
    "drawer_jam",
    "drawer_sensor",
    "drawer_high_when_open",
)
LINE_SWITCHES = ("offline", "half_open", "reset_after", "speed")
NUMBERS = ("paper_after", "reset_after", "speed")


class PrinterEmulator:
    """One emulated printer with a drawer behind it."""

    def __init__(self, name: str, model: Model | None = None) -> None:
        self.name = name
        self.line = Line()
        self.wire: Wire = "gone"
        self._engine = Engine(model)
        self._changed = threading.Condition(threading.RLock())
        self._send: Send | None = None
        self._on_line: list[Callable[[], None]] = []

    # The device side

    def attach(self, send: Send | None) -> None:
        """Say where answers go; None when the host hung up."""
        with self._changed:
            self._send = send

    def reach(self, wire: Wire) -> None:
        """A server says whether a host can reach the printer, and that it is about to hang up."""
        with self._changed:
            self.wire = wire
            self._changed.notify_all()

    def on_line_change(self, call: Callable[[], None]) -> None:
        """A server asks to be woken when `line` changes."""
        self._on_line.append(call)

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        with self._changed:
            self._engine.feed(data)
            self._answer()

    def take_until_reset(self, data: bytes) -> tuple[bytes, bool]:
        """What of these bytes still arrives, and whether the link breaks after it; the switch works once."""
        with self._changed:
            if self.line.reset_after is None or len(data) < self.line.reset_after:
                if self.line.reset_after is not None:
                    self.line.reset_after -= len(data)
                return data, False
            kept, self.line.reset_after = data[: self.line.reset_after], None
            return kept, True

    # The operator's side

    def set(self, switch: str, value: Any) -> None:
        """Turn a switch; numbers are counts or None, all others are on or off."""
        if switch in NUMBERS:
            value = None if value in (None, "", False) else int(value)
        elif switch in ENGINE_SWITCHES or switch in LINE_SWITCHES:
            value = bool(value)
        else:
            raise KeyError(switch)
        with self._changed:
            setattr(self._engine.switches if switch in ENGINE_SWITCHES else self.line, switch, value)
            self._engine.settle()
            self._answer()
        for call in self._on_line:
            call()

    def switches(self) -> dict[str, Any]:
        """All switches and their positions."""
        with self._changed:
            state = {name: getattr(self._engine.switches, name) for name in ENGINE_SWITCHES}
            return state | {name: getattr(self.line, name) for name in LINE_SWITCHES}

    def new_roll(self) -> None:
        """Put in a new roll and close the cover."""
        with self._changed:
            for name in ("paper_out", "near_end", "cover_open"):
                setattr(self._engine.switches, name, False)
            self._engine.switches.paper_after = None
            self._engine.settle()
            self._answer()

    def clear_cutter(self) -> None:
        """Free a jammed cutter."""
        with self._changed:
            self._engine.clear_cutter()
            self._answer()

    def tear_off(self) -> None:
        """Tear off an uncut paper."""
        with self._changed:
            self._engine.tear_off()
            self._changed.notify_all()

    def close_drawer(self) -> None:
        """Push the drawer in."""
        with self._changed:
            self._engine.close_drawer()
            self._answer()

    def open_drawer_by_key(self) -> None:
        """Open the drawer with its key, without a pulse."""
        with self._changed:
            self._engine.drawer_open = True
            self._engine.settle()
            self._answer()

    @property
    def drawer_open(self) -> bool:
        """Whether the drawer stands open."""
        return self._engine.drawer_open

    def papers(self) -> list[Paper]:
        """Papers that were cut off, oldest first."""
        with self._changed:
            return list(self._engine.papers)

    def hanging(self) -> Paper:
        """What of a paper still hangs in the printer, as it is now."""
        with self._changed:
            paper = self._engine.typesetter.paper
            return Paper(paper.number, paper.dots, list(paper.rows))

    def png(self, number: int) -> bytes | None:
        """The picture of a paper by its number, the hanging one included."""
        with self._changed:
            for paper in [*self._engine.papers, self._engine.typesetter.paper]:
                if paper.number == number:
                    return paper_png(paper)
        return None

    def counts(self) -> dict[str, int]:
        """Papers, pulses, openings, bytes and bytes nobody understood."""
        with self._changed:
            counters = self._engine.counters
            return {
                "papers": len(self._engine.papers),
                "pulses": counters.pulses,
                "drawer_openings": counters.drawer_openings,
                "bytes": counters.bytes,
                "unknown": counters.unknown,
            }

    def wait_for(self, claim: Callable[["PrinterEmulator"], bool], timeout: float = 60.0) -> bool:
        """Wait until a claim about this printer holds; False when it did not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: claim(self), timeout)

    def wait_for_papers(self, count: int, timeout: float = 60.0) -> list[Paper]:
        """Wait for at least so many papers and return them all."""
        self.wait_for(lambda printer: len(printer.papers()) >= count, timeout)
        return self.papers()

    def _answer(self) -> None:
        """Send what the engine answers; an answer to nobody is lost, as on a real wire."""
        out = self._engine.take_output()
        if out and self._send is not None and not self.line.half_open:
            self._send(out)
        self._changed.notify_all()
