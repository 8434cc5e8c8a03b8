"""A place rots in silence: what lies in the mirror is read again, a segment at a time, and holes are filled (N4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from edge.mirror.model import Life, Place, Record
from edge.mirror.reading import OwnLog
from edge.mirror.sealing import Seal
from edge.syncing import outbox
from kit.logs import logger
from sync.calls import Batch

log = logger("lianpu.mirror")
LOOK_EVERY_MS = 60_000
PIECE_EVENTS = 500


def sealed(seal: Seal, batch: Batch) -> list[Record]:
    """A batch of the journal as the mirror keeps it."""
    numbered = zip(count(batch.first_seq), batch.hashes, batch.bodies, strict=False)
    return [seal.close(seq, hash_, body) for seq, hash_, body in numbered]


class Holes:
    """Looks at one piece a minute, round and round. `copied` says up to which seq the mirror has each incarnation."""

    def __init__(self, node: Any) -> None:
        self._node = node
        self.lost: list[tuple[str, int, int]] = []
        self._looked: dict[str, int] = {}
        self._looked_at: int | None = None

    def look(
        self, place: Place, seal: Callable[[], Seal], logs: Sequence[OwnLog], copied: Mapping[str, int]
    ) -> None:
        """When it is time. A hole that the journal cannot fill stands in `lost` until a look finds it filled."""
        now = self._node.clock.now_ms()
        if self._looked_at is not None and 0 <= now - self._looked_at < LOOK_EVERY_MS:
            return
        self._looked_at = now
        ends = {one.life.inc: min(copied.get(one.life.inc, 0), one.seq) for one in logs}
        left = [one for one in logs if self._begin(one) < ends[one.life.inc]]
        if not left:
            self._looked = {}  # once round; the next look begins at the oldest
            return
        self._look_on(place, seal, left[0], ends[left[0].life.inc])

    def _begin(self, one: OwnLog) -> int:
        return max(self._looked.get(one.life.inc, 0), one.purged_seq)

    def _look_on(self, place: Place, seal: Callable[[], Seal], one: OwnLog, end: int) -> None:
        inc, begin = one.life.inc, self._begin(one)
        found = place.piece(one.life, begin)
        hole_to = min(found[0].seq - 1, end) if found else end
        at = self._fill(place, seal, one.life, begin, hole_to)
        upto = found[-1].seq if found else hole_to
        self.lost = [gap for gap in self.lost if gap[0] != inc or not begin < gap[1] <= upto]
        if at < hole_to:
            log.error("mirror.hole", inc=inc, first=at + 1, last=hole_to)
            self.lost.append((inc, at + 1, hole_to))
        self._looked[inc] = upto

    def _fill(self, place: Place, seal: Callable[[], Seal], life: Life, at: int, hole_to: int) -> int:
        """Returns the last seq that is there now."""
        while at < hole_to:
            with self._node.db.read() as tx:
                batch = outbox.batch(tx, life.inc, at, min(PIECE_EVENTS, hole_to - at))
            if batch is None:
                return at
            records = sealed(seal(), batch)
            place.append(life, batch.prev, records)
            log.error("mirror.filled", inc=life.inc, first=at + 1, last=records[-1].seq)
            at = records[-1].seq
        return at
