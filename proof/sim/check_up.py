"""The invariants of the up log, of identity and of the protocol (SYNC §11), each by its name."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from edge.scrub.look import scrub
from edge.syncing import outbox
from edge.syncing.uplink import NO_COMMON_PROTOCOL
from proof.sim.checking import Check, noted, verdict
from proof.sim.disks import Disk
from proof.sim.facts import NEWER
from proof.sim.look import Link, changed, look_at
from proof.sim.origin import Origin
from proof.sim.record import Finding
from proof.sim.rot import is_rotten
from proof.sim.versions import open_alarms
from proof.sim.world import World
from schemas import wire
from schemas.wire import frame
from schemas.wire.up import PushHeader
from sync import accept, calls, guard
from sync.calls import Request
from sync.chain import body_hash, extend, link_hash

REASONS = {"enrolment", "fork", "rollback", "restore", "hole"}


def u1(world: World) -> Iterator[Finding]:
    """Seqs are 1..n."""
    look = look_at(world)
    for place, links in look.hq.items():
        yield verdict([link.seq for link in links] == list(range(1, len(links) + 1)), f"{place}: not 1..n")
    for row in look.hq_rows("SELECT node, inc, seq FROM origin"):
        yield verdict(len(look.hq[(row[0], row[1])]) == row[2], f"{row[0]}/{row[1]}: head is not n")


def u2(world: World) -> Iterator[Finding]:
    """Each link follows from the one before and carries its body; a shop's own scrub finds what rotted and no more."""
    look = look_at(world)
    for place, links in look.hq.items():
        yield verdict(_chains(place, links, look.genesis(place)), f"{place}: HQ's chain is broken")
        for link in links:
            body = look.hq_bodies.get((*place, link.seq), b"")
            yield verdict(body_hash(body) == link.bh, f"{place}/{link.seq}: another body")
    for name, logs in look.disks.items():
        for place, links in logs.items():
            live = [link for link in links if link.live]
            start = look.purged.get((name, place), look.genesis(place))
            yield verdict(_chains(place, live, start), f"{name} {place}: chain is broken")
    for disk in world.disks:
        wrong = [one for one in scrub(disk.node).findings if one.id not in disk.rotten]
        yield verdict(not wrong, f"{disk.name}: its scrub says {wrong[:1]}")


def _chains(place: tuple[str, str], links: list[Link], prev: bytes) -> bool:
    for link in links:
        if link.prev != prev or link_hash(*place, link.seq, prev, link.bh) != link.hash:
            return False
        prev = link.hash
    return True


def u3(world: World) -> Iterator[Finding]:
    """Two copies of an incarnation are prefix-comparable, or a fork record exists.

    That only where disks parted, or where HQ has heard of places that a log went past: it cannot tell whose they are.
    """
    look = look_at(world)
    copies: dict[tuple[str, str], list[dict[int, bytes]]] = defaultdict(list)
    for logs in (look.hq, *look.disks.values()):
        for place, links in logs.items():
            copies[place].append({link.seq: link.hash for link in links})
    for place, held in copies.items():
        agree = all(
            one[seq] == other[seq] for one in held for other in held for seq in one.keys() & other.keys()
        )
        yield verdict(agree or place in look.forked, f"{place}: two pasts and no fork record")
    parted = {disk.node.journal.inc.node for disk in world.disks if disk.replacements}
    for place in look.forked:
        told = len(look.hq[place])
        past = any(
            not link.live and link.seq <= told for logs in look.disks.values() for link in logs.get(place, ())
        )
        yield verdict(
            place[0] in parted or past, f"{place}: a fork record, and no disk was cloned or put back"
        )


def u5(world: World) -> Iterator[Finding]:
    """After a fair time every event that survived on a disk is at HQ; what rotted is there, or named as a hole.

    A hole is no excuse for what the stick had: its bytes come from there.
    """
    seen = {row[0]: bytes(row[1]) for row in look_at(world).hq_rows("SELECT id, bh FROM event_seen")}
    for disk in world.disks:
        named = named_as_lost(world, disk)
        for id_, bh in disk.bodies().items():
            yield verdict(seen.get(id_) == bh or id_ in named, f"{disk.name}: {id_} never arrived")
        for id_ in disk.promised:
            yield verdict(id_ in seen or id_ in named, f"{disk.name}: promised sale {id_} is gone")


def named_as_lost(world: World, disk: Disk) -> set[str]:
    """Events whose bytes have rotted on this disk, and no stick had, and that HQ names as a hole by their place."""
    holes = look_at(world).holes
    rows = disk.node.db.rows("SELECT id, inc, seq FROM link")
    excused = disk.rotten - disk.mendable
    return {row["id"] for row in rows if row["id"] in excused and (row["inc"], row["seq"]) in holes}


def numbers_lost(world: World, disk: Disk) -> set[str]:
    """The receipt numbers among them."""
    rows = disk.node.db.rows("SELECT id, number FROM document")
    named = named_as_lost(world, disk)
    return {row["number"] for row in rows if row["id"] in named}


def u6(world: World) -> Iterator[Finding]:
    """Each id is booked once, and handled once unless it is parked."""
    look = look_at(world)
    booked: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for row in look.hq_rows("SELECT id, account, commodity, quantity FROM posting ORDER BY id, n"):
        booked[row[0]].append((row[1], row[2], row[3]))
    refused = {row[0] for row in look.hq_rows("SELECT id FROM parked WHERE booked = 0")}
    open_ids = {row.id for row in look.unsettled.values()}
    shown = {row[0] for row in look.hq_rows("SELECT id FROM sale")}
    for id_, event in look.events.items():
        expected = [] if id_ in refused else [tuple(post) for post in event["post"]]
        yield verdict(booked.get(id_, []) == expected, f"{id_}: booked otherwise than once")
        if event["type"] == "sale.completed":
            yield verdict((id_ in shown) != (id_ in open_ids), f"{id_}: handled and parked disagree")


def u7(world: World) -> Iterator[Finding]:
    """Re-homing leaves the body untouched: one id, one content, wherever it is linked."""
    look = look_at(world)
    hashes: dict[str, set[bytes]] = defaultdict(set)
    for (node, inc, seq), body in look.hq_bodies.items():
        hashes[msgspec.json.decode(body)["id"]].add(look.hq[(node, inc)][seq - 1].bh)
    for disk in world.disks:
        for row in disk.node.db.rows(
            "SELECT b.id, b.bh, b.body, l.bh AS linked FROM body b JOIN link l USING (id)"
        ):
            rotten = row["id"] in disk.rotten and is_rotten(disk.node, row["id"])
            same = rotten or body_hash(row["body"]) == row["bh"] == row["linked"]
            hashes[row["id"]].add(row["bh"] if same else b"changed")
    for id_, found in hashes.items():
        yield verdict(len(found) == 1, f"{id_}: {len(found)} contents")


def u10(world: World) -> Iterator[Finding]:
    """What waits shares a key with an earlier open event, and nothing that shares one has passed it."""
    yield from world.record.notes["U10"]
    look = look_at(world)
    open_keys: dict[tuple[str, str, int], set[str]] = {}
    for place, row in look.unsettled.items():
        open_keys[place] = set(look.events[row.id]["agg"]) if row.id else set()
    for place, row in look.unsettled.items():
        others = [keys for other, keys in open_keys.items() if other != place]
        shares = any(open_keys[place] & keys for keys in others)
        yield verdict(row.state != "waiting" or shares, f"{place}: waits for nothing")
    keys = {row[0] for row in look.hq_rows("SELECT agg FROM parked_key")}
    allowed = set().union(*open_keys.values()) if open_keys else set()
    yield verdict(keys <= allowed, f"keys blocked by nobody: {sorted(keys - allowed)[:3]}")


def u12(world: World) -> Iterator[Finding]:
    """Incarnations grow only by enrolment, fork, rollback, restore or hole: never a loop of mints.

    One that a mirror brought from another life of the disk may stand before the enrolment.
    """
    for disk in world.disks:
        rows = disk.node.db.rows("SELECT reason FROM inc ORDER BY ordinal")
        reasons = [row["reason"] for row in rows]
        yield verdict(set(reasons) <= REASONS and reasons.count("enrolment") == 1, f"{disk.name}: {reasons}")
        clones = sum(other.store == disk.store for other in world.disks) - 1
        limit = 1 + 2 * disk.replacements + clones + len(disk.rotten)
        yield verdict(len(reasons) <= limit, f"{disk.name}: {len(reasons)} incarnations, at most {limit}")


def u14(world: World) -> Iterator[Finding]:
    """The bodies sent anew in any split, with overlaps, build the log that HQ has."""
    rng = random.Random(world.seed)
    look = look_at(world)
    for place, links in look.hq.items():
        log, head = {0: look.genesis(place)}, 0
        bodies = [look.hq_bodies.get((*place, link.seq), b"") for link in links]
        sent = extend(*place, 1, log[0], [body_hash(body) for body in bodies])
        while head < len(links):
            first = rng.randrange(max(1, head - 2), head + 2)
            last = rng.randrange(max(first, head + 1), min(len(links), head + 40) + 1)
            hashes = sent[first - 1 : last]
            found = accept.decide(head, first, log[first - 1], hashes, log)
            if isinstance(found, accept.Append):
                log |= {first + i: hashes[i] for i in range(found.skip, len(hashes))}
                head = last
        yield verdict(log == {0: log[0]} | {link.seq: link.hash for link in links}, f"{place}: split matters")


def u16(world: World) -> Iterator[Finding]:
    """Re-sending a push that HQ took changes nothing, unless it brings back what HQ had lost and names as a hole."""
    rng = random.Random(world.seed)
    before = world.stored()
    tokens = _tokens(world)
    holes = look_at(world).holes
    for request in rng.sample(world.record.pushes, min(20, len(world.record.pushes))):
        said = header_of(request)
        if any((said.inc, said.first_seq + n) in holes for n in range(said.count)):
            continue
        headers = dict(request.headers) | calls.bearer(tokens[said.node])
        world.centre.transport().send(Request("POST", "/push", request.body, headers))
        yield None
    world.centre.projector.drain()
    changed()
    yield verdict(world.stored() == before, "a repeated push changed HQ")


def _tokens(world: World) -> dict[str, str]:
    found = {}
    for disk in world.disks:
        origin = Origin(world.centre, disk.store, disk.node.key, disk.node.journal.inc.inc)
        origin.connect()
        found[disk.store] = origin.token
    return found


def header_of(request: Request) -> PushHeader:
    """What a push says of itself."""
    return wire.decode(frame.header_of(guard.inflate(request.body))[0], PushHeader)


def i1(world: World) -> Iterator[Finding]:
    """One event per (node, inc, seq), over all copies, unless a fork record says otherwise."""
    look = look_at(world)
    for place, links in look.hq.items():
        seqs = Counter(link.seq for link in links)
        yield verdict(all(count == 1 for count in seqs.values()), f"{place}: a seq twice")
        for name, logs in look.disks.items():
            ours = {link.seq: link.bh for link in logs.get(place, []) if link.live}
            same = all(ours.get(link.seq, link.bh) == link.bh for link in links)
            yield verdict(same or place in look.forked, f"{name} {place}: another event at one seq")


def i2(world: World) -> Iterator[Finding]:
    """Behind ⇒ no append under the old incarnation: what it says after the mint is only what HQ gave back."""
    yield from world.record.notes["I2"]
    purged = look_at(world).purged
    for disk in world.disks:
        current = disk.node.journal.inc
        rows = disk.node.db.rows(
            "SELECT l.inc, b.rowid AS n FROM link l JOIN body b ON b.id = l.id"
            " WHERE b.replayed = 0 AND l.inc <> ?", (current.inc,)
        )  # fmt: skip
        first = disk.node.db.value(
            "SELECT MIN(b.rowid) FROM link l JOIN body b ON b.id = l.id WHERE l.inc = ?"
            " AND b.type IN ('node.reincarnated', 'node.enrolled')", (current.inc,)
        )  # fmt: skip
        if (disk.name, (current.node, current.inc)) in purged:
            continue  # its first words were deleted
        yield verdict(
            first is not None or not rows, f"{disk.name}: a new incarnation that says nothing first"
        )
        for row in rows:
            yield verdict(first is None or row["n"] < first, f"{disk.name}: {row['inc']} grew after it ended")


def i4(world: World) -> Iterator[Finding]:
    """Clones: the events of both are at HQ, and where both wrote one incarnation a fork is shown."""
    look = look_at(world)
    seen = {row[0] for row in look.hq_rows("SELECT id FROM event_seen")}
    alarms = {row[0] for row in look.hq_rows("SELECT subject FROM alarm WHERE code = 'fork.found'")}
    alarms |= {
        f"{row[0].split('/')[0]}/{msgspec.json.decode(row[1])['parent_inc']}"
        for row in look.hq_rows("SELECT subject, facts FROM alarm WHERE code = 'node.fork'")
    }
    for store in {disk.store for disk in world.disks}:
        copies = [disk for disk in world.disks if disk.store == store]
        if len(copies) < 2:
            continue
        for disk in copies:
            known = seen | named_as_lost(world, disk)
            yield verdict(disk.bodies().keys() <= known, f"{disk.name}: a clone's event is missing")
        for place in look.disks[copies[0].name].keys() & look.disks[copies[1].name].keys():
            one, other = ({link.seq: link.bh for link in look.disks[disk.name][place]} for disk in copies[:2])
            parted = any(one[seq] != other[seq] for seq in one.keys() & other.keys())
            shown = f"{place[0]}/{place[1]}" in alarms
            yield verdict(not parted or shown, f"{place}: clones parted and nobody was told")


def m4(world: World) -> Iterator[Finding]:
    """The logical clock increases over restarts and clock jumps."""
    for disk in world.disks:
        rows = disk.node.db.rows("SELECT id, body FROM body WHERE replayed = 0 ORDER BY rowid")
        rotten = {id_ for id_ in disk.rotten if is_rotten(disk.node, id_)}
        times = [msgspec.json.decode(row["body"])["hlc"] for row in rows if row["id"] not in rotten]
        for before, after in pairwise(times):
            yield verdict(before < after, f"{disk.name}: {before} then {after}")


def p1(world: World) -> Iterator[Finding]:
    """The greatest protocol that both know is spoken; without one the greeting is refused and changes nothing.

    Whoever was told of a store without a common version need not look any more when it has one.
    """
    yield from world.record.notes["P1"]
    told = open_alarms(world)
    yield verdict(not told, f"still open at rest: {sorted(told)}")
    for one in world.disks:
        stuck = NO_COMMON_PROTOCOL in one.links.up.alarms
        yield verdict(not stuck, f"{one.name}: still shows that it has no common version")
    disk = world.disks[0]
    origin = Origin(world.centre, disk.store, disk.node.key, disk.node.journal.inc.inc)
    origin.connect()
    newest = max(world.centre.protocols)
    said = origin.hello(protocols=[*world.centre.protocols, newest + 1, newest + 2])
    yield verdict(said.protocol == newest, f"{disk.name}: HQ speaks {said.protocol} and not {newest}")
    before = world.stored()
    refused = origin.hello_raw(protocols=[newest + 7])
    changed()
    same = 400 <= refused.status < 500 and world.stored() == before and bool(open_alarms(world))
    yield verdict(same, f"{disk.name}: a greeting without a common protocol is answered {refused.status}")


def p2(world: World) -> Iterator[Finding]:
    """A type that was unknown was booked at first sight all the same, and handled when it became known."""
    look = look_at(world)
    booked = {row[0] for row in look.hq_rows("SELECT id FROM posting")}
    for row in look.hq_rows("SELECT id, state, type FROM parked WHERE reason = 'unknown_type'"):
        yield verdict(row[0] in booked, f"{row[0]}: parked and not booked")
        wanted = "parked" if row[2] == NEWER else "handled"
        yield verdict(row[1] == wanted, f"{row[0]}: {row[1]}, its type {row[2]} is to be {wanted}")


def p3(world: World) -> Iterator[Finding]:
    """A broken envelope is 4xx and changes nothing."""
    for status, unchanged in world.record.broken:
        yield verdict(400 <= status < 500 and unchanged, f"broken envelope: {status}, unchanged {unchanged}")


def p7(world: World) -> Iterator[Finding]:
    """Unacked ⇒ a retry is scheduled."""
    for disk in world.disks:
        driver = disk.drivers[0]
        waits = driver.busy or (driver.alarm_at is not None and driver.alarm_at >= world.timeline.now_ms)
        yield verdict(waits, f"{disk.name}: nothing will wake it")
        unsent = outbox.unsent(disk.node.db).count
        yield verdict(unsent == 0, f"{disk.name}: {unsent} unsent after a fair time")


def p8(world: World) -> Iterator[Finding]:
    """A node books only where it may; what it may not is stored, alarmed and booked nowhere."""
    look = look_at(world)
    for row in look.hq_rows("SELECT id, account FROM posting"):
        store = row[1].split(":")[1]
        owner = look.owners[row[0]]
        yield verdict(store == owner, f"{row[0]}: {owner} booked on {row[1]}")
    alarms = {row[0] for row in look.hq_rows("SELECT subject FROM alarm")}
    for row in look.hq_rows("SELECT node, inc, seq FROM parked WHERE reason = 'account_of_another_store'"):
        yield verdict(f"{row[0]}/{row[1]}/{row[2]}" in alarms, f"{tuple(row)}: refused without an alarm")


CHECKS: dict[str, Check] = {
    "U1": u1, "U2": u2, "U3": u3, "U4": noted("U4"), "U5": u5, "U6": u6, "U7": u7, "U8": noted("U8"),
    "U9": noted("U9"), "U10": u10, "U11": noted("U11"), "U12": u12, "U13": noted("U13"), "U14": u14, "U16": u16,
    "I1": i1, "I2": i2, "I3": noted("I3"), "I4": i4, "I6": noted("I6"), "M4": m4, "P1": p1, "P2": p2, "P3": p3,
    "P6": noted("P6"), "P7": p7, "P8": p8,
}  # fmt: skip
