"""Checks that the ablations asked for: mistakes that the others could not see.

Some of these repeat a rule of the protocol in their own words (hashes, digests, which price holds): a check that
asks the product's own function would agree with every mistake in it.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from edge.mirror.keeper import READY
from hq.fleet.queries import refunded_too_much
from proof.sim.check_up import numbers_lost
from proof.sim.checking import Check, verdict
from proof.sim.disks import Disk
from proof.sim.look import Link, look_at
from proof.sim.record import Finding
from proof.sim.world import World
from retail.pricing import Price, price_at

TRIES = 3
ZONE, HOURS_AHEAD = "Asia/Hong_Kong", 8
NUMBERED = ("sale.completed", "return.completed")
FAMILIES = {
    "sale.completed": "sale:", "return.completed": "sale:", "shift.opened": "shift:", "shift.closed": "shift:",
    "cash.moved": "shift:",
}  # fmt: skip


def u2(world: World) -> Iterator[Finding]:
    """Each link is the hash that SYNC §3 says, worked out here and not by the code that made it."""
    look = look_at(world)
    for logs in (look.hq, *look.disks.values()):
        for place, links in logs.items():
            yield verdict(
                all(_hash(place, link) == link.hash for link in links), f"{place}: hashed otherwise"
            )


def _hash(place: tuple[str, str], link: Link) -> bytes:
    text = b"lianpu-link/1\0"
    for part in place:
        text += len(part.encode()).to_bytes(4, "big") + part.encode()
    return hashlib.sha256(text + link.seq.to_bytes(8, "big") + link.prev + link.bh).digest()


def u3(world: World) -> Iterator[Finding]:
    """HQ writes a fork down before it answers so: no evidence is older than its record.

    An HQ that was put back may know a fork from the store's word alone, by the store's clock.
    """
    if world.faults["hq_older"]:
        return
    look = look_at(world)
    found = {(row[0], row[1]): row[2] for row in look.hq_rows("SELECT node, inc, found_at FROM fork")}
    rows = look.hq_rows("SELECT node, inc, MIN(at) FROM fork_evidence GROUP BY node, inc")
    for node, inc, at in rows:
        yield verdict(
            found.get((node, inc), at + 1) <= at, f"{node}/{inc}: shown at {at}, written down later"
        )


def u4(world: World) -> Iterator[Finding]:
    """What a node keeps as acknowledged in this epoch is at HQ, link for link."""
    look = look_at(world)
    epoch = look.hq_rows("SELECT value FROM hq_meta WHERE name = 'epoch'")[0][0]
    for disk in world.disks:
        rows = disk.node.db.rows("SELECT i.node, r.* FROM receipted r JOIN inc i ON i.inc = r.inc")
        for row in rows:
            if row["epoch"] != epoch or not row["seq"]:
                continue
            links = look.hq.get((row["node"], row["inc"]), [])
            there = len(links) >= row["seq"] and links[row["seq"] - 1].hash == row["hash"]
            yield verdict(there, f"{disk.name}: calls {row['inc'][:6]}/{row['seq']} acknowledged")


def u5(world: World) -> Iterator[Finding]:
    """After a fair time a disk has again what HQ has of its incarnations; of forked ones it keeps its own part."""
    look = look_at(world)
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (node, inc, _), body in look.hq_bodies.items():
        ids[(node, inc)].add(msgspec.json.decode(body)["id"])
    for disk in world.disks:
        here = disk.bodies().keys()
        for row in disk.node.db.rows("SELECT node, inc, purged_seq FROM inc"):
            place = (row["node"], row["inc"])
            lost = 0 if row["purged_seq"] or place in look.forked else len(ids[place] - here)
            yield verdict(lost == 0, f"{disk.name}: {lost} own events of {row['inc'][:6]} are at HQ only")
        if disk.stick is not None:
            state = disk.stick.state
            yield verdict(state == READY, f"{disk.name}: its mirror, which has what it sold, is {state}")


def p7(world: World) -> Iterator[Finding]:
    """After a fair time every store is at rest: nothing that it asks of HQ goes on failing, nor did what it told."""
    for disk in world.disks:
        tries = disk.links.up.machine.tries
        yield verdict(tries < TRIES, f"{disk.name}: its uplink has failed {tries} times in a row")
    yield from world.record.notes["P7"]


def u10(world: World) -> Iterator[Finding]:
    """Keys order changes of one document: a sale never waits for its shift, and no log stops for one event."""
    look = look_at(world)
    for id_, event in look.events.items():
        family = FAMILIES.get(event["type"])
        wrong = [key for key in event["agg"] if family and not key.startswith(family)]
        yield verdict(not wrong, f"{id_}: a {event['type']} is ordered by {wrong}")
    for row in look.hq_rows("SELECT subject FROM alarm WHERE code = 'ingest.stopped'"):
        yield f"the log {row[0]} stood still for what an event holds"


# -- the ledger --------------------------------------------------------------------------------------------


def l4(world: World) -> Iterator[Finding]:
    """What an event says of goods is what it does to the stock, once."""
    look = look_at(world)
    booked: dict[str, Counter[str]] = defaultdict(Counter)
    for id_, commodity, quantity in look.hq_rows(
        "SELECT id, commodity, quantity FROM posting WHERE account LIKE :held", held="stock:%:on_hand"
    ):
        booked[id_][commodity.removeprefix("sku:")] += quantity
    for id_, event in look.events.items():
        sign = {"sale.completed": -1, "return.completed": 1, "stock.received": 1}.get(event["type"])
        if sign is None:
            continue
        said: Counter[str] = Counter()
        for line in event["p"]["lines"]:
            said[line["sku"]] += sign * int(line["quantity"])
        yield verdict(said == booked[id_], f"{id_}: says {dict(said)}, moves {dict(booked[id_])}")


def l9(world: World) -> Iterator[Finding]:
    """Refunded ≤ sold per line, else HQ shows it as an exception; worked out from the events alone."""
    look = look_at(world)
    sold: dict[tuple[str, int], int] = {}
    back: Counter[tuple[str, int]] = Counter()
    open_ids = {row.id for row in look.unsettled.values()}
    for id_, event in look.events.items():
        if id_ in open_ids:
            continue
        for line in event["p"]["lines"] if event["type"] in NUMBERED else ():
            if event["type"] == "sale.completed":
                sold[(id_, int(line["line"]))] = int(line["quantity"])
            else:
                back[(event["p"]["original"], int(line["original_line"]))] += int(line["quantity"])
    shown = {(row.id, row.line) for row in refunded_too_much(world.centre.hq.db)}
    for place, quantity in back.items():
        too_much = place in sold and quantity > sold[place]
        yield verdict(too_much == (place in shown), f"{place}: {quantity} back of {sold.get(place)}")


def n1(world: World) -> Iterator[Finding]:
    """Receipt numbers of a terminal and series are 1..n, each once; twice only from clones that were found.

    None is missing but those of receipts that HQ names as lost.
    """
    look = look_at(world)
    used: dict[tuple[str, str, str], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    cloned: set[tuple[str, str, str]] = set()
    lost = {number for disk in world.disks for number in numbers_lost(world, disk)}
    for (node, _inc, _), body in look.hq_bodies.items():
        event = msgspec.json.decode(body)
        if event["type"] in NUMBERED:
            facts = event["p"]
            key = (node, facts["terminal"], facts["series"])
            used[key][int(facts["n"])].add(event["id"])  # one that was written anew may stand in two logs
            cloned |= {key} if _ever_forked(look.forked, node) else set()
            whole = f"{node}-{facts['terminal']}/{facts['series']}-{facts['n']}"
            yield verdict(facts["number"] == whole, f"{event['id']}: is printed as {facts['number']}")
    for key, numbers in used.items():
        missing = set(range(1, max(numbers) + 1)) - numbers.keys()
        gaps = {n for n in missing if f"{key[0]}-{key[1]}/{key[2]}-{n}" not in lost}
        yield verdict(not gaps or key in cloned, f"{key}: no number {sorted(gaps)[:3]}")
        twice = [n for n, ids in numbers.items() if len(ids) > 1]
        yield verdict(not twice or key in cloned, f"{key}: twice {twice[:3]}")


def _ever_forked(forked: Iterable[tuple[str, str]], node: str) -> bool:
    return any(place[0] == node for place in forked)


# -- down --------------------------------------------------------------------------------------------------


def d3(world: World) -> Iterator[Finding]:
    """Digests are the sums that SYNC §6 says, at HQ and on every disk, worked out here."""
    look = look_at(world)
    rows: dict[str, int] = defaultdict(int)
    for scope, kind, key, data in look.hq_rows("SELECT scope, kind, key, bytes FROM scope_row"):
        rows[scope] += _row_hash(kind, key, bytes(data))
    for scope, digest in look.hq_rows("SELECT scope, digest FROM scope"):
        yield verdict(_total(rows[scope]) == bytes(digest), f"{scope}: HQ's digest is not of its rows")
    for disk in world.disks:
        here: dict[str, int] = defaultdict(int)
        for row in disk.node.reference.db.rows("SELECT scope, kind, key, bytes FROM row"):
            here[row["scope"]] += _row_hash(row["kind"].removeprefix("~"), row["key"], row["bytes"])
        for cursor in disk.links.down.inbox.cursors():
            same = _total(here[cursor.scope]) == cursor.digest
            yield verdict(same, f"{disk.name} {cursor.scope}: a digest that is not of its rows")


def _row_hash(kind: str, key: str, data: bytes) -> int:
    text = b"".join(len(part).to_bytes(4, "big") + part for part in (kind.encode(), key.encode(), data))
    return int.from_bytes(hashlib.sha256(text).digest(), "big")


def _total(sum_: int) -> bytes:
    return (sum_ % 2**256).to_bytes(32, "big")


def d5(world: World) -> Iterator[Finding]:
    """At rest the till's table of prices is what the rows of its scopes say, row for row."""
    look = look_at(world)
    for disk in world.disks:
        held = {cursor.scope for cursor in disk.links.down.inbox.cursors()}
        said = set()
        for scope, data in look.hq_rows("SELECT scope, bytes FROM scope_row WHERE kind = 'price'"):
            facts = msgspec.json.decode(bytes(data))
            if scope in held:
                said.add((scope, facts["sku"], facts["id"], facts["price_minor"], facts["from_civil"]))
        rows = disk.node.reference.db.rows("SELECT scope, sku, key, price_minor, from_civil FROM price")
        odd = {tuple(row) for row in rows} ^ said
        yield verdict(not odd, f"{disk.name}: prices that the rows do not say: {sorted(odd)[:2]}")


def d9(world: World) -> Iterator[Finding]:
    """The till's price is the rule's, around each instant at which one begins or ends: narrower, later, greater."""
    look = look_at(world)
    published = [
        (row[0], msgspec.json.decode(bytes(row[1])))
        for row in look.hq_rows("SELECT scope, bytes FROM scope_row WHERE kind = 'price'")
    ]
    for disk in world.disks:
        zone = world.zones[disk.store]
        ranks = {"chain": 0, f"zone:{zone}": 1, f"store:{disk.store}": 2}
        rows = [(ranks[scope], facts) for scope, facts in published if scope in ranks]
        yield from _prices(disk, zone, rows)


def _prices(disk: Disk, zone: str, rows: list[tuple[int, dict[str, Any]]]) -> Iterator[Finding]:
    here = [
        Price(row["scope"], row["sku"], row["key"], row["price_minor"], row["from_civil"], row["until_civil"])
        for row in disk.node.reference.db.rows("SELECT * FROM price")
    ]
    for sku in sorted({facts["sku"] for _, facts in rows}):
        mine = [(rank, facts) for rank, facts in rows if facts["sku"] == sku]
        edges = {
            _instant(facts[end])
            for _, facts in mine
            for end in ("from_civil", "until_civil")
            if facts.get(end)
        }
        for at in sorted({edge + shift for edge in edges for shift in (-1, 0)}):
            found = price_at(here, sku=sku, store=disk.store, zone=zone, tz=ZONE, at_ms=at)
            wanted = _in_force(mine, at)
            same = (None if found is None else found.price_minor) == wanted
            yield verdict(
                same, f"{disk.name}: {sku} costs {found and found.price_minor}, the rule says {wanted}"
            )


def _in_force(rows: list[tuple[int, dict[str, Any]]], at: int) -> int | None:
    """The price of the rule of SYNC §6, spelled out."""
    holding = [
        (rank, _instant(facts["from_civil"]), str(facts["id"]), int(facts["price_minor"]))
        for rank, facts in rows
        if _instant(facts["from_civil"]) <= at
        and (not facts.get("until_civil") or at < _instant(facts["until_civil"]))
    ]
    return max(holding)[3] if holding else None


def _instant(civil: str) -> int:
    """Milliseconds UTC of a civil time in a zone without a change of clocks."""
    since = (
        datetime.fromisoformat(civil) - timedelta(hours=HOURS_AHEAD) - datetime.fromisoformat("1970-01-01")
    )
    return since // timedelta(milliseconds=1)


CHECKS: dict[str, Check] = {
    "U2": u2, "U3": u3, "U4": u4, "U5": u5, "U10": u10, "P7": p7, "L4": l4, "L9": l9, "N1": n1, "D3": d3,
    "D5": d5, "D9": d9,
}  # fmt: skip
