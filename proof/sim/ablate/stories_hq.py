"""Directed stories of HQ: what no honest store of the world sends, and what two projectors do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import msgspec

from hq.ingest.handlers import HANDLERS, Handler
from hq.ingest.model import Entry, Rows
from hq.ingest.projector import Projector
from hq.publish import actions as publishing
from hq.publish import queries, repository
from kit.sql import Connection
from proof.sim.ablate.model import Scene
from proof.sim.ablate.quiet import Quiet, a_chain, story
from proof.sim.origin import Origin, an_event, an_origin
from schemas.rows.catalogue import PriceRow
from sync import calls
from sync.calls import Request

FUTURE = "future.thing"


def _cash(store: str, amount: int) -> list[tuple[str, str, int]]:
    return [(f"cash:{store}:01", "HKD", amount), (f"safe:{store}", "HKD", -amount)]


def _send(origin: Origin, chain: Quiet, bodies: list[bytes]) -> None:
    origin.add(*bodies)
    origin.push(1, len(bodies))
    chain.centre.projector.drain()


def _odd(chain: Quiet, booked: dict[str, int]) -> list[str]:
    """Ids that are parked, or whose postings are not there so many times."""
    rows = chain.centre.hq.db.rows("SELECT id, COUNT(*) FROM posting GROUP BY id")
    found = {row[0]: row[1] for row in rows}
    balance = {row[0]: row[1] for row in chain.centre.hq.db.rows("SELECT account, quantity FROM balance")}
    sums = {row[0]: row[1] for row in chain.centre.hq.db.rows(
        "SELECT account, SUM(quantity) FROM posting GROUP BY account")}  # fmt: skip
    parked = [row[0] for row in chain.centre.hq.db.rows("SELECT reason FROM parked")]
    problems = [f"parked: {reason}" for reason in parked]
    if found != booked:
        problems.append(
            f"{len(booked)} events are booked as {len(found)}, lines {sorted(found.values())[:5]}"
        )
    if balance != sums:
        problems.append("balances are not their postings")
    return problems


def told_twice(seed: int) -> list[str]:
    """A store tells some of its events once more under its next incarnation: HQ books each id once."""
    rng = random.Random(seed)
    with a_chain() as chain:
        bodies = [an_event(n, post=_cash("001", n + 1)) for n in range(rng.randrange(3, 12))]
        first = an_origin(chain.centre, inc="a" * 32)
        _send(first, chain, bodies)
        second = Origin(chain.centre, "001", first.key, "b" * 32, token=first.token)
        second.hello()
        _send(second, chain, rng.sample(bodies, rng.randrange(1, len(bodies))) + [an_event(99)])
        return story(seed, "U6", _odd(chain, {_id(n): 2 for n in range(len(bodies))}))


def _id(n: int) -> str:
    return str(msgspec.json.decode(an_event(n))["id"])


def strangers(seed: int) -> list[str]:
    """A store speaks, in events of a kind that HQ does not know, of another's drawer; and of what does not add up."""
    rng = random.Random(seed)
    with a_chain() as chain:
        other, amount = _cash("002", rng.randrange(1, 999)), rng.randrange(1, 999)
        lame = [("cash:001:01", "HKD", amount), ("safe:001", "HKD", 1 - amount)]
        events = [
            (FUTURE, other),
            ("clock.corrected", lame),
            (FUTURE, lame),
            ("clock.corrected", _cash("001", 5)),
        ]
        rng.shuffle(events)
        _send(
            an_origin(chain.centre),
            chain,
            [an_event(n, kind, post=post) for n, (kind, post) in enumerate(events)],
        )
        rows = chain.centre.hq.db.rows("SELECT account, quantity FROM posting")
        foreign = [row[0] for row in rows if row[0].split(":")[1] != "001"]
        left = sum(row[1] for row in rows)
        alarms = len(chain.centre.hq.db.rows("SELECT 1 FROM alarm"))
        return (
            story(seed, "P8", [f"001 books on {account}" for account in foreign])
            + story(seed, "L1", [f"postings leave {left}"] if left else [])
            + story(seed, "P8", ["refused without an alarm"] if alarms != 3 else [])
        )


def two_keys(seed: int) -> list[str]:
    """Open e1 of a; e2 of a and b waits for it; e3 of b waits for e2; e4 of c goes on."""
    rng = random.Random(seed)
    with a_chain() as chain:
        plan = [
            (FUTURE, ["sale:a"]),
            ("clock.corrected", ["sale:a", "sale:b"]),
            ("clock.corrected", ["sale:b"]),
        ]
        plan.insert(rng.randrange(4), ("clock.corrected", ["sale:c"]))
        _send(
            an_origin(chain.centre), chain, [an_event(n, kind, agg=agg) for n, (kind, agg) in enumerate(plan)]
        )
        rows = chain.centre.hq.db.rows("SELECT seq, state FROM parked")
        found = {row[0]: row[1] for row in rows}
        problems = []
        for seq, (kind, agg) in enumerate(plan, 1):
            wanted = "parked" if kind == FUTURE else None if agg == ["sale:c"] else "waiting"
            if found.get(seq) != wanted:
                problems.append(f"the event of {agg} is {found.get(seq)}, not {wanted}")
        return story(seed, "U10", problems)


def two_projectors(seed: int) -> list[str]:
    """A second projector carries the same log on while the first is about to: each event is booked once."""
    rng = random.Random(seed)
    with a_chain() as chain:
        count = rng.randrange(2, 20)
        origin = an_origin(chain.centre)
        origin.add(*[an_event(n, post=_cash("001", n + 1)) for n in range(count)])
        origin.push(1, count)
        one, other = Projector(chain.centre.hq), Projector(chain.centre.hq)
        with _first_to_write(chain.centre.hq.db, other):
            one.run_once()
        one.drain()
        return story(seed, "U6", _odd(chain, {_id(n): 2 for n in range(count)}))


@contextmanager
def _first_to_write(database: Any, rival: Projector) -> Iterator[None]:
    """The rival wins the lock at the next transaction."""
    kept, waiting = database.write, [rival]

    def write() -> Any:
        if waiting:
            waiting.pop().drain()
        return kept()

    with patch.object(database, "write", write):
        yield


class Killed(BaseException):
    """The process ends here."""


def killed_projector(seed: int) -> list[str]:
    """HQ dies in the middle of a batch of stage 2; the next process goes on, and nothing is missing or double."""
    rng = random.Random(seed)
    with a_chain() as chain:
        count = rng.randrange(3, 20)
        doomed = rng.randrange(count)
        origin = an_origin(chain.centre)
        origin.add(*[an_event(n, post=_cash("001", n + 1)) for n in range(count)])
        origin.push(1, count)
        kind = HANDLERS["clock.corrected"]

        def rows(entry: Entry, payload: Any) -> Rows:
            if entry.seq == doomed + 1:
                raise Killed
            return kind.rows(entry, payload)

        deadly = {**HANDLERS, "clock.corrected": Handler(kind.version, rows, kind.payload)}
        try:
            Projector(chain.centre.hq, deadly).drain()
        except Killed:
            Projector(chain.centre.hq).drain()
        return story(seed, "U13", _odd(chain, {_id(n): 2 for n in range(count)}))


def prying(seed: int) -> list[str]:
    """A store with a good session asks for what is another store's: its log and its scope."""
    with a_chain() as chain:
        mine, other = an_origin(chain.centre, "001", "a" * 32), an_origin(chain.centre, "002", "b" * 32)
        secret = f"secret-{seed}"
        other.add(an_event(seed, agg=[secret]))
        other.push(1, 1)
        chain.centre.publish({("store:002", "price", "A|p1"): price_row(seed)})
        piece = chain.send(calls.log(mine.token, other.inc, 0))
        seen = piece.status == 200 and calls.logged(piece, chain.centre.hq.key.public)[1] != []
        scope = chain.send(calls.scope(mine.token, "store:002", 0, bytes(32), ""))
        whole = chain.send(
            Request("GET", "/snapshot/store%3A002?version=1", headers=calls.bearer(mine.token))
        )
        problems = ["reads another's log"] if seen else []
        problems += ["reads another's scope"] if 200 in (scope.status, whole.status) else []
        return story(seed, "own-only", problems)


# -- down --------------------------------------------------------------------------------------------------


def price_row(minor: int, sku: str = "A", id_: str = "p1") -> PriceRow:
    return PriceRow(sku=sku, id=id_, price_minor=minor, from_civil="2026-07-10T00:00")


@contextmanager
def small_pages(rows: int) -> Iterator[None]:
    """HQ answers with so few rows at once."""
    with patch.object(queries, "ROWS_MAX", rows):
        yield


def locks(seed: int) -> list[str]:
    """Transactions lock the scopes that they touch in one order, or two of them could wait for each other."""
    rng = random.Random(seed)
    taken: list[list[str]] = []
    kept = repository.lock_scope

    def lock(connection: Connection, scope: str, now_ms: int) -> tuple[int, bytes]:
        taken[-1].append(scope)
        return kept(connection, scope, now_ms)

    scopes = ["chain", "zone:A", "zone:B", "store:001", "store:002"]
    with a_chain() as chain, patch.object(repository, "lock_scope", lock):
        for n in range(6):
            taken.append([])
            touched = [(scope, "price", "A|p1") for scope in rng.sample(scopes, 3)]
            with chain.centre.hq.db.write() as connection:
                publishing.publish(connection, n, touched, lambda *_: None)
    before = {(one, two) for order in taken for i, one in enumerate(order) for two in order[i + 1 :]}
    circles = sorted({(one, two) for one, two in before if (two, one) in before and one < two})
    return story(seed, "deadlock", [f"{one} and {two} are locked in both orders" for one, two in circles])


TOLD_TWICE = Scene("a store tells twice", told_twice)
STRANGERS = Scene("a strange store", strangers)
TWO_KEYS = Scene("events of two documents", two_keys)
TWO_PROJECTORS = Scene("two projectors", two_projectors)
KILLED_PROJECTOR = Scene("HQ dies in stage 2", killed_projector)
PRYING = Scene("a prying store", prying)
LOCKS = Scene("locks of publications", locks)
