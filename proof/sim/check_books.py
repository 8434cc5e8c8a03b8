"""The invariants of the ledger and of the rows that go down (SYNC §11), each by its name."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from edge.node import SQL
from edge.syncing.inbox import Inbox
from hq.ingest.projector import Projector
from hq.publish import actions as publishing
from hq.publish import queries as published
from kit.db import Database, migrate
from kit.sql import Connection, bulk
from proof.sim.check_up import named_as_lost
from proof.sim.checking import Check, noted, verdict
from proof.sim.look import changed, look_at
from proof.sim.programs import old_poison_cured
from proof.sim.record import Finding
from proof.sim.world import World, fingerprint_of
from retail.civil import civil_to_ms
from retail.pricing import Price, price_at
from schemas.rows.catalogue import PriceRow
from schemas.rows.registry import decode
from schemas.wire import down
from sync.digest import of_rows

STAGE_2 = ("applied", "event_seen", "posting", "balance", "parked", "parked_key", "sale", "sale_line", "sale_tender",
           "sale_return", "shift", "cash_move", "stock_document", "till_note")  # fmt: skip
BOOKS = ("posting", "balance", "sale", "sale_line", "sale_tender", "shift", "stock_document")
WHERE_FROM = frozenset(
    {"inc", "seq", "recv_at"}
)  # which copy of an event came first; an event may stand in two logs
ZONE = "Asia/Hong_Kong"


def l1(world: World) -> Iterator[Finding]:
    """The postings of an event sum to zero."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in look_at(world).hq_rows("SELECT id, commodity, quantity FROM posting"):
        sums[(row[0], row[1])] += row[2]
    for key, total in sums.items():
        yield verdict(total == 0, f"{key}: {total}")


def l2(world: World) -> Iterator[Finding]:
    """Balance = Σ booked, at HQ and on every disk that has deleted no postings."""
    look = look_at(world)
    yield from _balances(
        "HQ", look.hq_rows("SELECT account, commodity, quantity FROM posting"),
        look.hq_rows("SELECT account, commodity, quantity FROM balance"),
    )  # fmt: skip
    purged = {name for name, _ in look.purged}
    for disk in (disk for disk in world.disks if disk.name not in purged):
        yield from _balances(
            disk.name, disk.node.db.rows("SELECT account, commodity, quantity FROM posting"),
            disk.node.db.rows("SELECT account, commodity, quantity FROM balance"),
        )  # fmt: skip


def _balances(name: str, postings: Iterable[Any], live: Iterable[Any]) -> Iterator[Finding]:
    sums: Counter[tuple[str, str]] = Counter()
    for account, commodity, quantity in postings:
        sums[(account, commodity)] += quantity
    held = {(account, commodity): quantity for account, commodity, quantity in live}
    for key in sums.keys() | held.keys():
        yield verdict(sums[key] == held.get(key, 0), f"{name} {key}: {held.get(key)} is not {sums[key]}")


def u15(world: World) -> Iterator[Finding]:
    """Applying the same logs from nothing, origins in another order and in other batches, gives the same books."""
    before = fingerprint_of(world.centre, BOOKS, WHERE_FROM)
    kept = _save(world)
    with world.centre.hq.db.write() as connection:
        for table in STAGE_2:
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("UPDATE inc SET first_seen_at = -first_seen_at")
    Projector(world.centre.hq, old_poison_cured()).drain() if world.seed % 2 else _slowly(world)
    after = fingerprint_of(world.centre, BOOKS, WHERE_FROM)
    _put_back(world, kept)
    changed()
    yield verdict(before == after, "the books depend on the order in which logs were applied")


def _slowly(world: World) -> None:
    projector = Projector(world.centre.hq, old_poison_cured())
    while projector.run_once(batch=3):
        pass


def _save(world: World) -> dict[str, list[tuple[object, ...]]]:
    tables = (*STAGE_2, "inc", "alarm")
    return {
        table: [tuple(row) for row in world.centre.hq.db.rows(f"SELECT * FROM {table}")] for table in tables
    }


def _put_back(world: World, kept: dict[str, list[tuple[object, ...]]]) -> None:
    with world.centre.hq.db.write() as connection:
        for table, rows in kept.items():
            connection.exec_driver_sql(f"DELETE FROM {table}")
            marks = ", ".join("?" * len(rows[0])) if rows else ""
            bulk(connection, f"INSERT INTO {table} VALUES ({marks})", rows)


def l5(world: World) -> Iterator[Finding]:
    """Drawer = float + in − out, and a Z expects the sum of its shift: from the facts, not from the postings."""
    look = look_at(world)
    expected: Counter[str] = Counter()
    shifts: Counter[tuple[str, str]] = Counter()
    copies = Counter(disk.store for disk in world.disks)
    plain = {disk.store for disk in world.disks if copies[disk.store] == 1 and not disk.replacements}
    plain -= {
        disk.store for disk in world.disks if named_as_lost(world, disk)
    }  # the drawer knows that sale, HQ not
    for event in look.events.values():
        store, cash = look.owners[event["id"]], _cash(event)
        expected[f"cash:{store}:{event['actor']['terminal']}"] += cash
        shifts[(store, event["shift"] or "")] += cash
    for event in look.events.values():
        store = look.owners[event["id"]]
        if event["type"] == "shift.closed" and store in plain:
            left = shifts[(store, event["shift"])]
            yield verdict(left == 0, f"{store}: the Z of {event['shift']} is off by {left}")
    rows = look.hq_rows("SELECT account, quantity FROM balance WHERE account LIKE 'cash:%'")
    for account, quantity in rows:
        yield verdict(expected[account] == quantity, f"{account}: {quantity} is not {expected[account]}")


def _cash(event: dict[str, Any]) -> int:
    """What an event says about the drawer; a Z takes out what it expected to be in it."""
    kind, facts = event["type"], event["p"]
    if kind in ("sale.completed", "return.completed"):
        paid = sum(int(tender["amount_minor"]) for tender in facts["tenders"] if tender["kind"] == "cash")
        return paid if kind == "sale.completed" else -paid
    if kind == "shift.opened":
        return int(facts["float_minor"])
    if kind == "shift.closed":
        return -int(facts["expected_minor"])
    if kind == "cash.moved":
        return int(facts["amount_minor"]) * (1 if facts["direction"] == "in" else -1)
    return 0


def l7(world: World) -> Iterator[Finding]:
    """Σ tenders = what was to be paid, and Σ lines = total."""
    look = look_at(world)
    tenders: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for id_, amount in look.hq_rows("SELECT id, amount_minor FROM sale_tender"):
        tenders[id_] += amount
    for id_, amount in look.hq_rows("SELECT id, total_minor FROM sale_line"):
        lines[id_] += amount
    for id_, total, payable in look.hq_rows("SELECT id, total_minor, payable_minor FROM sale"):
        yield verdict(
            tenders[id_] == payable and lines[id_] == total, f"{id_}: tenders or lines do not add up"
        )


# -- down --------------------------------------------------------------------------------------------------


def d1(world: World) -> Iterator[Finding]:
    """A version that is visible has everything below it visible: no gap, and each digest follows.

    The history of a scope that was released after a restore begins at that release.
    """
    look = look_at(world)
    for scope, head, digest in look.hq_rows("SELECT scope, version, digest FROM scope"):
        versions = [row[0] for row in look.hq_rows(
            "SELECT version FROM scope_version WHERE scope = :s ORDER BY version", s=scope)]  # fmt: skip
        first = versions[0] if versions else head + 1
        yield verdict(
            versions == list(range(first, head + 1)), f"{scope}: versions {versions[-3:]} of {head}"
        )
        if first != 1:
            continue
        rows: dict[tuple[str, str], bytes] = {}
        for kind, key, data in look.hq_rows(
            "SELECT kind, key, bytes FROM scope_change WHERE scope = :s ORDER BY version", s=scope
        ):
            rows.pop((kind, key), None)
            if data is not None:
                rows[(kind, key)] = bytes(data)
        found = of_rows((kind, key, data) for (kind, key), data in rows.items())
        yield verdict(found == bytes(digest), f"{scope}: its changes do not lead to its head")


def d5(world: World) -> Iterator[Finding]:
    """At rest a node has exactly HQ's rows of the scopes it is subscribed to, and nothing else."""
    look = look_at(world)
    for disk in world.disks:
        with world.centre.hq.db.read() as connection:
            wanted = publishing.scopes_of_store(connection, disk.store)
        held = {cursor.scope for cursor in disk.links.down.inbox.cursors()}
        yield verdict(held == wanted, f"{disk.name}: holds {sorted(held)}, should {sorted(wanted)}")
        here = {(row[0], row[1], row[2]): row[3] for row in
                disk.node.reference.db.rows("SELECT scope, kind, key, bytes FROM row")}  # fmt: skip
        there = {(row[0], row[1], row[2]): bytes(row[3]) for row in
                 look.hq_rows("SELECT scope, kind, key, bytes FROM scope_row") if row[0] in wanted}  # fmt: skip
        yield verdict(here == there, f"{disk.name}: rows differ from HQ's at rest")


def d7(world: World) -> Iterator[Finding]:
    """Snapshot + delta = delta from nothing."""
    rng = random.Random(world.seed)
    one, other = _fresh(), _fresh()
    for scope, versions in world.record.versions.items():
        if not versions:
            continue
        stands = {(row[0], bytes(row[1])) for row in look_at(world).hq_rows(
            "SELECT version, digest FROM scope_version WHERE scope = :s", s=scope)}  # fmt: skip
        known = sorted(versions.keys() & stands)
        if not known:
            continue  # an older HQ was put back and has published nothing since
        middle, start = rng.choice(known)
        with world.centre.hq.db.read() as connection:
            head = published.head(connection, scope)
            begins = published.digest_at(connection, scope, 1) is not None
            whole = published.delta(connection, scope, 0, head) if begins else _all(connection, scope, head)
            rest = published.delta(connection, scope, middle, head)
        content = versions[(middle, start)]
        rows: list[down.RowChange] = [(kind, key, data.decode()) for (kind, key), data in content.items()]
        first = down.Changes(scope=scope, epoch="e", since=0, to=middle, digest=start, head=middle, rows=rows)
        good = one.apply(first, now_ms=0, in_force=True)
        if rest is not None:
            good &= one.apply(_changes(scope, middle, rest), now_ms=0, in_force=True)
        if whole is not None:
            good &= other.apply(_changes(scope, 0, whole), now_ms=0, in_force=True)
        same = good and _rows(one, scope) == _rows(other, scope)
        yield verdict(same, f"{scope}: snapshot {middle} + delta differs")


def _all(connection: Connection, scope: str, head: published.Head) -> published.Delta:
    """Every row at once, where no path leads from nothing."""
    rows: list[tuple[str, str, bytes | None]] = list(published.rows(connection, scope))
    return published.Delta(head.version, head.digest, rows)


def _fresh() -> Inbox:
    database = Database(":memory:")
    migrate(database, SQL / "reference", "reference")
    return Inbox(database)


def _changes(scope: str, since: int, found: published.Delta) -> down.Changes:
    rows = [(kind, key, None if data is None else data.decode()) for kind, key, data in found.rows]
    return down.Changes(
        scope=scope, epoch="e", since=since, to=found.to, digest=found.digest, head=found.to, rows=rows
    )


def _rows(inbox: Inbox, scope: str) -> list[tuple[object, ...]]:
    sql = "SELECT kind, key, bytes FROM row WHERE scope = ? ORDER BY kind, key"
    prices = (
        "SELECT sku, key, price_minor, from_civil, until_civil FROM price WHERE scope = ? ORDER BY sku, key"
    )
    return [tuple(row) for select in (sql, prices) for row in inbox.db.rows(select, (scope,))]


def d9(world: World) -> Iterator[Finding]:
    """price(sku, store, t) is the same from the till's table as from HQ's rows in any order."""
    rng = random.Random(world.seed)
    look = look_at(world)
    rows = look.hq_rows("SELECT scope, kind, bytes FROM scope_row WHERE kind = 'price'")
    by_scope: dict[str, list[PriceRow]] = defaultdict(list)
    for scope, kind, data in rows:
        by_scope[scope].append(decode(kind, bytes(data)))
    for disk in world.disks:
        zone = world.zones[disk.store]
        mine = [Price(scope, row.sku, row.id, row.price_minor, row.from_civil, row.until_civil)
                for scope in ("chain", f"zone:{zone}", f"store:{disk.store}") for row in by_scope[scope]]  # fmt: skip
        here = [Price(row["scope"], row["sku"], row["key"], row["price_minor"], row["from_civil"], row["until_civil"])
                for row in disk.node.reference.db.rows("SELECT * FROM price")]  # fmt: skip
        for sku in ("A", "B", "C", "D"):
            for hour in (2, 9, 16, 23):
                at = civil_to_ms(f"2026-07-10T{hour:02d}:30", ZONE)
                rng.shuffle(mine)
                find = partial(price_at, sku=sku, store=disk.store, zone=zone, tz=ZONE, at_ms=at)
                same = find(mine) == find(here)
                yield verdict(same, f"{disk.name}: another price of {sku} at {hour}:30")


CHECKS: dict[str, Check] = {
    "U15": u15, "L1": l1, "L2": l2, "L5": l5, "L7": l7, "D1": d1, "D2": noted("D2"), "D3": noted("D3"),
    "D4": noted("D4"), "D5": d5, "D7": d7, "D8": noted("D8"), "D9": d9, "D10": noted("D10"),
}  # fmt: skip
