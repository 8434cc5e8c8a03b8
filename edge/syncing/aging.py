"""Since when HQ has what of a log, by HQ's own clock: how old an event must be that was written by a clock ahead.

What HQ has confirmed on a day was written before it, whatever date it bears. `receipted` has the newest receipt of a
log; of those that it replaces about one a week is remembered: `aging:<inc>` in meta, the epoch, then `seq@time` each. A
new epoch begins anew, for a restored HQ has it only since it was sent again; a time behind the one that HQ says now was
of a clock that was ahead.
"""

from __future__ import annotations

from edge.journal.repository import get_meta, set_meta
from kit.db import Connection, Row
from schemas.wire.up import Receipt

WEEK_MS = 7 * 86_400_000
AGING = "aging:"


def note(tx: Connection, before: Row, said: Receipt) -> None:
    """A receipt, as it stood in `receipted`, gives way to a newer one; what was deleted meanwhile is forgotten."""
    if before["epoch"] != said.epoch or before["hq_at"] > said.at or not before["seq"]:
        return
    marks = [(seq, at) for seq, at in _known(tx, said.inc, said.epoch) if at <= before["hq_at"]]
    if marks and said.at - marks[-1][1] < WEEK_MS:
        return
    row = tx.execute("SELECT purged_seq FROM inc WHERE inc = ?", (said.inc,)).fetchone()
    marks.append((before["seq"], before["hq_at"]))
    words = [f"{seq}@{at}" for seq, at in marks if seq > row["purged_seq"]]
    set_meta(tx, AGING + said.inc, " ".join([said.epoch, *words]))


def had(tx: Connection, inc: str, epoch: str, before_ms: int) -> int:
    """Up to which seq HQ had a log at that time of its clock, at least; 0 when it has not said so in this epoch."""
    newest = tx.execute(
        "SELECT seq, hq_at FROM receipted WHERE inc = ? AND epoch = ?", (inc, epoch)
    ).fetchone()
    if newest is None:
        return 0
    marks = [*_known(tx, inc, epoch), (newest["seq"], newest["hq_at"])]
    return max((seq for seq, at in marks if at <= before_ms), default=0)


def _known(tx: Connection, inc: str, epoch: str) -> list[tuple[int, int]]:
    of, *words = (get_meta(tx, AGING + inc) or "").split() or [""]
    if of != epoch:
        return []
    marks = (word.partition("@") for word in words)
    return [(int(seq), int(at)) for seq, _, at in marks if seq.isdecimal() and at.isdecimal()]
