"""I5: a branch that is trusted up to a place counts up to there; tried on the finished world and undone.

No device is lost while a world is played: its store would fall silent and take the other checks along. Instead every
world is asked, at its end, what a person's word would do to its books, whatever forks, parked events and amendments it
has; the transaction in which they follow is rolled back.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import msgspec

from hq.ingest import trust
from hq.ingest.apply import apply, read_entry
from hq.ingest.handlers import HANDLERS
from hq.ingest.trusted import EVERYTHING
from kit.sql import Connection, run
from proof.sim.checking import Check, verdict
from proof.sim.look import Look, look_at
from proof.sim.record import Finding
from proof.sim.world import World

BRANCHES = 2
LATER_ID = "00000000-0000-7000-8000-000000000005"
Books = Counter[tuple[str, str]]


class _Undone(Exception):
    """Ends the transaction without a trace."""


def i5(world: World) -> Iterator[Finding]:
    """Untrusted ⇒ stored, nothing booked; what was booked is reversed, and books again when it is trusted."""
    look, rng = look_at(world), random.Random(world.seed)
    told = sorted(place for place, links in look.hq.items() if links and place[0] != "hq")
    for place in rng.sample(told, min(BRANCHES, len(told))):
        found: list[Finding] = []
        try:
            with world.centre.hq.db.write() as connection:
                found += _tried(world, look, connection, place, rng.randrange(len(look.hq[place]) + 1))
                raise _Undone
        except _Undone:
            yield from found


def _tried(
    world: World, look: Look, connection: Connection, place: tuple[str, str], end: int
) -> list[Finding]:
    hq, now = world.centre.hq, world.centre.hq.clock.now_ms()
    branch = trust.Branch(*place, "", "sim")
    before, behind = _held(connection), _behind(connection, place, end)

    trust.name(hq, connection, branch, end, now)
    between = _held(connection)
    trust.name(hq, connection, branch, len(look.hq[place]), now)
    again = _held(connection)
    later = look.hq_bodies[(*place, 1)]
    event = msgspec.json.decode(later) | {
        "id": LATER_ID,
        "post": [["safe:x", "HKD", 5], ["petty:x", "HKD", -5]],
    }
    entry = read_entry(
        place[0], "x", place[1], len(look.hq[place]) + 1, b"later", now, msgspec.json.encode(event)
    )
    apply(connection, [entry], HANDLERS, now)
    told = _held(connection)
    trust.name(hq, connection, branch, EVERYTHING, now)
    posted = _held(connection, "posting")
    where = f"{place[0]}/{place[1]} up to {end}"
    return [
        verdict(between == _less(before, behind), f"{where}: the books are not those of what is trusted"),
        verdict(again == before, f"{where}: trusted again, it does not count as before"),
        verdict(told == again, f"{where}: an event that came later was booked"),
        verdict(posted == _held(connection), f"{where}: balances are not the sums of postings"),
    ]


def _held(connection: Connection, table: str = "balance") -> Books:
    rows = run(
        connection, f"SELECT account, commodity, sum(quantity) FROM {table} GROUP BY account, commodity"
    )
    return Counter({(row[0], row[1]): int(row[2]) for row in rows if row[2]})


def _behind(connection: Connection, place: tuple[str, str], end: int) -> Books:
    """What the events behind a place of a branch have in the balances."""
    rows = run(
        connection,
        "SELECT p.account, p.commodity, sum(p.quantity) FROM posting p JOIN event_seen e ON e.id = p.id"
        " WHERE e.node = :node AND e.inc = :inc AND e.seq > :end GROUP BY p.account, p.commodity",
        {"node": place[0], "inc": place[1], "end": end},
    )
    return Counter({(row[0], row[1]): int(row[2]) for row in rows})


def _less(books: Books, part: Books) -> Books:
    left = Counter(books)
    left.subtract(part)
    return Counter({key: quantity for key, quantity in left.items() if quantity})


CHECKS: dict[str, Check] = {"I5": i5}
