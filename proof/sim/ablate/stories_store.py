"""Directed stories of a store and HQ: HQ put back, a zone in two pages, purging, a liar on the line."""

from __future__ import annotations

import random

from edge.node import SQL
from edge.syncing.inbox import Inbox
from edge.syncing.purge import purge
from hq.backups.actions import take
from hq.commands import context_of
from hq.ingest import epoch
from hq.publish import queries
from kit.crypto import SigningKey
from kit.db import Database, migrate
from kit.sql import run
from proof.sim.ablate.model import Scene
from proof.sim.ablate.quiet import Quiet, Store, a_chain, story
from proof.sim.ablate.stories_hq import price_row, small_pages
from proof.sim.parties import sell
from schemas import wire
from schemas.wire import down, frame
from schemas.wire.up import PushHeader, Receipt
from sync import guard
from sync.calls import Answer, Request, signature_header

DAYS_31 = 31 * 86_400_000


def hq_put_back(seed: int) -> list[str]:
    """Somebody puts an older copy of HQ's file back and tells nobody: everything arrives, one epoch is raised."""
    rng = random.Random(seed)
    with a_chain() as chain:
        stores = [chain.store("001"), chain.store("002")]
        _sell(stores, rng)
        chain.poll(*stores, times=2)
        backup = chain.centre.backup(chain.folder / "backup")
        first = chain.centre.hq.epoch
        _sell(stores, rng)
        chain.poll(*stores, times=2)
        chain.centre.put_back(backup)
        chain.poll(*stores, times=4)
        missing = [id_ for store in stores for id_ in store.ids() - chain.at_hq()]
        raised = int(chain.centre.hq.epoch.split("-")[0]) - int(first.split("-")[0])
        for store in stores:
            store.node.close()
        return story(seed, "U5", [f"{len(missing)} events never came back"] if missing else []) + story(
            seed, "I3", [f"the epoch was raised {raised} times"] if raised != 1 else []
        )


def _sell(stores: list[Store], rng: random.Random) -> None:
    for store in stores:
        for _ in range(rng.randrange(1, 5)):
            sell(store.node, shift=f"shift-{store.node.store}", pieces=rng.randrange(1, 4))


def file_put_back(seed: int) -> list[str]:
    """The store's file is put back, with sales in it that HQ never heard of, or without sales that HQ has: all of
    them arrive, and the store begins one new incarnation.
    """
    rng = random.Random(seed)
    with a_chain() as chain:
        store = chain.store()
        _sell([store], rng)
        chain.poll(store)
        _sell([store], rng)
        kept, ids = chain.copy(store), store.ids()
        _sell([store], rng)
        if seed % 2 == 0:
            chain.poll(store)
        store = chain.put_back(store, kept)
        chain.poll(store, times=2)
        missing = ids - chain.at_hq()
        incs = store.node.db.value("SELECT COUNT(*) FROM inc")
        store.node.close()
        problems = story(seed, "U5", [f"{len(missing)} events never arrived"] if missing else [])
        return problems + story(seed, "U12", [f"{incs} incarnations"] if incs != 2 else [])


def zone_in_pages(seed: int) -> list[str]:
    """A store moves to a zone that comes in several pages: at each answer exactly one whole zone is in force."""
    rng = random.Random(seed)
    with a_chain() as chain, small_pages(3):
        for zone in ("zone:A", "zone:B"):
            for n in range(rng.randrange(4, 9)):
                chain.centre.publish(
                    {(zone, "price", f"{sku}|p{n}"): price_row(n, sku, f"p{n}") for sku in "AB"}
                )
        store = chain.store("001")
        chain.poll(store, times=3)
        chain.centre.move_store("001", "B")
        seen: list[str] = []
        for _ in range(4):
            chain.clock.advance(60_000)
            store.turn(chain.send, lambda: seen.extend(_zones(chain, store)))
        seen += [] if _in_force(store) == {"zone:B"} else ["never came into its new zone"]
        store.node.close()
        return story(seed, "D8", list(dict.fromkeys(seen)))


def _in_force(store: Store) -> set[str]:
    rows = store.node.reference.db.rows("SELECT DISTINCT scope FROM price WHERE scope LIKE 'zone:%'")
    return {row["scope"] for row in rows}


def _zones(chain: Quiet, store: Store) -> list[str]:
    zones = _in_force(store)
    if len(zones) != 1:
        return [f"prices of {sorted(zones)} hold at once" if zones else "no zone's prices hold"]
    (zone,) = zones
    here = store.node.reference.db.value("SELECT COUNT(*) FROM price WHERE scope = ?", (zone,))
    sql = "SELECT COUNT(*) FROM scope_row WHERE scope = :zone"
    there = chain.centre.hq.db.value(sql, {"zone": zone})
    return [] if here == there else [f"{here} of {there} prices of {zone} hold"]


def pages(seed: int) -> list[str]:
    """Small pages from nothing to the head: each leads to a whole version that was published, with its digest."""
    rng = random.Random(seed)
    with a_chain() as chain, small_pages(3):
        whole: dict[int, dict[tuple[str, str], bytes]] = {}
        for _ in range(12):
            changed = {("chain", "price", f"A|p{n}"): price_row(rng.randrange(99), "A", f"p{n}")
                       for n in rng.sample(range(9), rng.randrange(1, 6))}  # fmt: skip
            made = chain.centre.publish(changed)
            for version in made.values():
                whole[version] = {(kind, key): data for (_, kind, key), data in chain.centre.rows.items()}
        return story(seed, "D2", _follow(chain, whole))


def _follow(chain: Quiet, whole: dict[int, dict[tuple[str, str], bytes]]) -> list[str]:
    database = Database(":memory:")
    migrate(database, SQL / "reference", "reference")
    inbox, problems = Inbox(database), []
    for _ in range(len(whole) + 2):
        since = inbox.cursor("chain").version
        with chain.centre.hq.db.read() as connection:
            head = queries.head(connection, "chain")
            found = queries.delta(connection, "chain", since, head) if since < head.version else None
        if found is None:
            break
        rows: list[down.RowChange] = [(k, key, None if d is None else d.decode()) for k, key, d in found.rows]
        answer = down.Changes(scope="chain", epoch="e", since=since, to=found.to, digest=found.digest,
                              head=head.version, rows=rows)  # fmt: skip
        if not inbox.apply(answer, now_ms=0, in_force=True):
            return [f"the page from {since} to {found.to} is not a whole version"]
        here = {
            (row["kind"], row["key"]): row["bytes"]
            for row in database.rows("SELECT kind, key, bytes FROM row")
        }
        problems += [] if here == whole[found.to] else [f"version {found.to} holds other rows"]
    at = inbox.cursor("chain").version
    return problems + ([] if at == len(whole) else [f"stays at {at} of {len(whole)}"])


def purging(seed: int) -> list[str]:
    """Old receipted events: nothing goes without a promise, or by one that names another past; else up to it."""
    rng = random.Random(seed)
    with a_chain() as chain:
        store = chain.store()
        for _ in range(rng.randrange(3, 9)):
            sell(store.node, shift="shift-001")
        chain.poll(store, times=2)
        chain.clock.advance(DAYS_31)
        chain.poll(store, times=2)
        top = store.node.journal.head.seq
        point = rng.randrange(1, top - 1)
        problems = []
        for words, seq, hash_ in (
            ("no promise", 0, b""),
            ("another past", point, b"\1" * 32),
            ("", point, b""),
        ):
            _promise(chain, store, seq, hash_)
            chain.poll(store, times=3)
            gone = purge(store.node.journal, store.links.session.epoch, store.node.clock.now_ms())
            wanted = 0 if words else point
            if gone != wanted:
                problems.append(f"{gone} events deleted, {wanted} may be ({words or 'a good promise'})")
                break
        store.node.close()
        return story(seed, "U11", problems)


def backups(seed: int) -> list[str]:
    """Sales between three backups, then a month: what the store deletes is in every one of them."""
    rng = random.Random(seed)
    with a_chain() as chain:
        store = chain.store(journal_keep_days=30)
        for _ in range(3):
            _sell([store], rng)
            chain.poll(store, times=2)
            take(context_of(chain.centre.hq), kind="full")
        chain.clock.advance(DAYS_31)
        chain.poll(store, times=4)
        gone = store.node.db.value("SELECT purged_seq FROM inc WHERE current = 1")
        held = chain.centre.hq.db.value("SELECT MIN(seq) FROM backup_head WHERE node = '001'")
        store.node.close()
        return story(seed, "U11", [f"1..{gone} deleted, a backup has 1..{held}"] if gone != held else [])


def _promise(chain: Quiet, store: Store, seq: int, hash_: bytes) -> None:
    """HQ has read its oldest backup up to here."""
    with chain.centre.hq.db.write() as connection:
        facts = {"inc": store.node.journal.inc.inc, "seq": seq, "epoch": epoch.current(connection)}
        own = run(connection, "SELECT hash FROM link WHERE inc = :inc AND seq = :seq", facts).scalar()
        run(connection, "DELETE FROM durable", {})
        if seq:
            run(
                connection,
                "INSERT INTO durable (node, inc, seq, hash, epoch, read_at)"
                " VALUES ('001', :inc, :seq, :hash, :epoch, 0)",
                facts | {"hash": hash_ or own},
            )


def liar(seed: int) -> list[str]:
    """Somebody on the line answers pushes himself: the store must not take his word for HQ's."""
    rng = random.Random(seed)
    with a_chain() as chain:
        store = chain.store()
        chain.poll(store)
        key = SigningKey.from_bytes(rng.randbytes(32))

        def send(request: Request) -> Answer:
            if request.path != "/push":
                return chain.send(request)
            raw, _ = frame.header_of(guard.inflate(request.body))
            return _forged(wire.decode(raw, PushHeader), chain, key)

        _sell([store], rng)
        chain.poll(store, send=send)
        has = chain.centre.hq.db.value("SELECT MAX(seq) FROM origin", default=0)
        kept = store.node.db.value("SELECT MAX(seq) FROM receipted", default=0)
        store.node.close()
        return story(seed, "U4", [f"{kept} acknowledged, HQ has {has}"] if kept > has else [])


def _forged(said: PushHeader, chain: Quiet, key: SigningKey) -> Answer:
    """A receipt for the whole batch, signed by somebody."""
    last = said.first_seq + said.count - 1
    receipt = Receipt(
        node=said.node, inc=said.inc, seq=last, hash=said.last_hash, epoch=chain.centre.hq.epoch,
        at=chain.clock.now_ms(),
    )  # fmt: skip
    body = wire.encode(receipt)
    signed = signature_header(key.sign("receipt", body))
    return Answer(200, {name.lower(): value for name, value in signed.items()}, body)


FILE_PUT_BACK = Scene("an older file", file_put_back)
HQ_PUT_BACK = Scene("an older HQ", hq_put_back)
ZONE_IN_PAGES = Scene("a zone in pages", zone_in_pages)
PAGES = Scene("small pages", pages)
PURGING = Scene("purging", purging)
BACKUPS = Scene("three backups", backups)
LIAR = Scene("a liar on the line", liar)
