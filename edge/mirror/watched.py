"""A place whose calls are timed: one that hangs, as a dying stick does, raises nothing and cannot say so itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from edge.mirror.model import Life, Place, Record, Standing
from retail.clock import Clock


class Watched:
    """`place`, one call at a time. What raises there raises here."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self._place = place
        self._clock = clock
        self._since: int | None = None

    @property
    def waited_ms(self) -> int:
        """How long the call has lasted that goes on now; 0 without one. A piece that was taken begins it anew."""
        since = self._since
        return 0 if since is None else self._clock.monotonic_ms() - since

    def standings(self, known: Sequence[Life] = ()) -> list[Standing]:
        """All lives there."""
        with self._timed():
            return self._place.standings(known)

    def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
        """Durable there on return."""
        with self._timed():
            self._place.append(life, prev, records)

    def piece(self, life: Life, after_seq: int) -> list[Record]:
        """The records that follow a seq, some of them."""
        with self._timed():
            return self._place.piece(life, after_seq)

    def forget(self, life: Life, up_to: int) -> None:
        """Delete what lies wholly at or below a seq."""
        with self._timed():
            self._place.forget(life, up_to)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        self._since = self._clock.monotonic_ms()
        try:
            yield
        finally:
            self._since = None
