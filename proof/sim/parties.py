"""The parties of a simulation: a headquarters and store nodes of the real code, and what a till does to them.

Sales here take the short way: the event, its postings and its document rows in one transaction of the real
journal. Baskets are those of `proof.sim.till`; screens and printers are other tests' business.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from flask import Flask

from edge.node import Node
from edge.sales.projection import write_sale
from edge.syncing import enrolment
from hq.app import create_app
from hq.backups import actions as backing_up
from hq.backups import release as releasing
from hq.backups import restore as restoring
from hq.backups.targets import Folder
from hq.enrolment import actions as enrolling
from hq.headquarters import Headquarters
from hq.ingest.projector import Projector, projector_of
from hq.publish import actions as publishing
from hq.publish import freeze
from kit.context import Actor, Context
from kit.crypto import fingerprint
from kit.db import Database
from kit.sql import Connection, run
from proof import postgres
from retail.clock import Clock
from retail.postings import for_float, for_sale
from retail.tender import Settlement, card, cash, settle
from schemas import wire
from schemas.config.edge import EdgeConfig
from schemas.events.sales import SaleCompleted, SaleLine, TenderLine
from schemas.events.shifts import ShiftOpened
from schemas.rows.registry import encode
from sync.transport import InProcessTransport

# What `create_app` itself puts into an application: the rest came while it worked and ends with its process.
BUILT = frozenset({"lianpu_hq", "lianpu_permissions", "lianpu_limiter"})
CURRENCY = "HKD"
DAY = "2026-07-10"
VAULT = "vault"
RIGHTS = frozenset({"enrolment.manage", "ingest.settle", "backup.manage"})
MASTER = Actor("1", "Master", "administrator", RIGHTS, "en")
CASHIER = Actor("1001", "Cashier", "cashier", frozenset({"till.sell"}), "en")


class Vault(Folder):
    """Where backups go. A backup holds where the one before it lies, so the place has one name in every run."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.name = VAULT


def text(words: str) -> dict[str, str]:
    """The same words in three languages."""
    return {"en": words, "zh-Hans": words, "zh-Hant": words}


@dataclass(frozen=True)
class Backup:
    """A plain copy of HQ's database: a file, or the URL of a database on the same server."""

    file: Path
    url: str = ""


@dataclass
class Centre:
    """A running HQ, its application, and the rows that the simulation has it publish."""

    hq: Headquarters
    app: Flask
    rows: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    fused: bool = False
    protocols: tuple[int, ...] = wire.PROTOCOLS

    @property
    def projector(self) -> Projector:
        """Stage 2, run by hand."""
        return projector_of(self.app)

    @property
    def context(self) -> Context:
        """An administrator at HQ."""
        return Context(app=self.hq, clock=self.hq.clock, actor=MASTER)

    def transport(self) -> InProcessTransport:
        """A line that never fails."""
        return InProcessTransport(self.app)

    def publish(self, rows: Mapping[tuple[str, str, str], msgspec.Struct | bytes | None]) -> dict[str, int]:
        """One HQ transaction that changes these (scope, kind, key) rows; None takes a row away."""
        changed = {
            place: encode(row) if isinstance(row, msgspec.Struct) else row for place, row in rows.items()
        }

        def build(_connection: Connection, scope: str, kind: str, key: str) -> bytes | None:
            return changed[(scope, kind, key)]

        with self.hq.db.write() as connection:
            made = publishing.publish(connection, self.hq.clock.now_ms(), sorted(changed), build)
        for place, data in changed.items():
            if data is None:
                self.rows.pop(place, None)
            else:
                self.rows[place] = data
        return made

    def move_store(self, store: str, zone: str) -> None:
        """Put a store into another zone; its node hears of it at the next hello."""
        with self.hq.db.write() as connection:
            run(
                connection,
                "UPDATE store SET zone = :zone WHERE code = :store",
                {"zone": zone, "store": store},
            )

    def zone_of(self, store: str) -> str:
        """The zone that HQ has a store in."""
        return str(self.hq.db.value("SELECT zone FROM store WHERE code = :store", {"store": store}))

    def restart(self) -> None:
        """Another process on the same files; nothing in memory survives."""
        self._reopen(lambda: None)

    def backup(self, folder: Path) -> Backup:
        """The database as it is now; only of an HQ on a disk or on a server."""
        if not self.hq.db.is_sqlite:
            self.hq.db.engine.dispose()  # the server copies no database that somebody is connected to
            return Backup(folder, postgres.create(self.hq.db.address, template=self.hq.db.address))
        file = self._file()
        folder.mkdir(parents=True)
        copy = Database(folder / file.name)
        raw = self.hq.db.engine.raw_connection()
        raw.driver_connection.backup(copy.writer)  # type: ignore[union-attr]
        raw.close()
        copy.close()
        return Backup(folder / file.name)

    def put_back(self, backup: Backup) -> None:
        """An older database takes the place of this one; keys and settings beside it stay."""
        if not self.hq.db.is_sqlite:
            self._reopen(lambda: postgres.replace(self.hq.db.address, backup.url))
            self.read_rows()
            return
        file = self._file()

        def replace() -> None:
            for end in ("", "-wal", "-shm"):
                Path(f"{file}{end}").unlink(missing_ok=True)
            shutil.copy(backup.file, file)

        self._reopen(replace)
        self.read_rows()

    def _file(self) -> Path:
        assert not self.hq.db.in_memory, "this HQ has no file"
        return Path(str(self.hq.db.url.database))

    def take_backup(self) -> Path:
        """A backup as `lianpu-hq backup` makes it: sealed, read back, drilled."""
        vault = Vault(self.hq.home.parent / VAULT)
        with patch.object(backing_up, "open_targets", return_value=[vault]):
            return vault.path / backing_up.take(self.context, kind="full").file

    def restore(self, file: Path) -> None:
        """Stop HQ, `lianpu-hq restore`, start it: a new epoch, and nothing goes down until `release`."""
        home, database = self.hq.home, self._file()
        ctx = Context(app=None, clock=self.hq.clock, actor=MASTER)

        def replace() -> None:
            restoring.restore(home, database, restoring.Wanted(file, accept_loss=True), ctx=ctx)

        self._reopen(replace)

    def release(self) -> None:
        """A person lets prices and goods go down again."""
        with self.hq.db.read() as connection:
            frozen = freeze.frozen(connection)
        if frozen:
            releasing.release(self.context)

    def published(self) -> dict[str, tuple[int, dict[tuple[str, str], bytes]]]:
        """Each scope's version and rows as HQ has them now."""
        rows: dict[str, dict[tuple[str, str], bytes]] = {}
        for scope, kind, key, data in self.hq.db.rows("SELECT scope, kind, key, bytes FROM scope_row"):
            rows.setdefault(scope, {})[(kind, key)] = bytes(data)
        heads = self.hq.db.rows("SELECT scope, version FROM scope")
        return {scope: (int(version), rows.get(scope, {})) for scope, version in heads}

    def read_rows(self) -> None:
        """What the simulation publishes next starts from what HQ has."""
        self.rows = {
            (scope, *place): data
            for scope, (_, rows) in self.published().items()
            for place, data in rows.items()
        }

    def _reopen(self, between: Callable[[], None]) -> None:
        home, clock = self.hq.home, self.hq.clock
        url = None if self.hq.db.is_sqlite else self.hq.db.address
        self.hq.close()
        between()
        self.hq = Headquarters.open(home, clock=clock, url=url)
        self.hq.protocols = self.protocols
        forget_process(self.app, self.hq)
        self.fused = False

    def close(self) -> None:
        """Give the database back."""
        self.hq.close()


def forget_process(app: Flask, hq: Headquarters) -> None:
    """The application of another process, around another headquarters: nothing that it held in memory is left."""
    for state in [name for name in app.extensions if name.startswith("lianpu_") and name not in BUILT]:
        del app.extensions[state]
    app.extensions["lianpu_hq"] = hq


def a_centre(
    home: Path, clock: Clock, *, stores: Mapping[str, str] | None = None, url: str | None = "sqlite://"
) -> Centre:
    """A headquarters with stores (code → zone); `url` None is its own file, which survives a restart."""
    hq = Headquarters.open(home, clock=clock, url=url)
    with hq.db.write() as connection:
        for code, zone in (stores or {"001": "A", "002": "B"}).items():
            add_store(connection, code, zone)
    return Centre(hq, create_app(hq, limits=False))


def add_store(connection: Connection, code: str, zone: str) -> None:
    """A shop, as the console would add it."""
    run(
        connection,
        "INSERT INTO store (code, name, address, zone, time_zone, receipt_head, receipt_foot, open, created_at)"
        " VALUES (:code, '{}', '{}', :zone, 'Asia/Hong_Kong', '{}', '{}', 1, 0) ON CONFLICT (code) DO NOTHING",
        {"code": code, "zone": zone},
    )


def a_node(home: Path, centre: Centre, store: str, clock: Clock, **config: Any) -> Node:
    """An enrolled node of a store."""
    node = open_node(home, clock, **config)
    code = enrolling.make_code(centre.context, store, expected_fingerprint=fingerprint(node.key.public))
    found = enrolment.enrol(node, "http://127.0.0.1", code, transport=centre.transport())
    assert found["state"] == "enrolled", found
    return node


def open_node(home: Path, clock: Clock, **config: Any) -> Node:
    """Open a node's home, enrolled or not."""
    values: dict[str, Any] = {
        "witness": str(home.parent / f"{home.name}.witness"),
        "ballast_mb": 1,
        "disk_min_mb": 1,
    }
    return Node(home, EdgeConfig(**(values | config)), clock)


# -- what a till does --------------------------------------------------------------------------------------


def open_shift(node: Node, shift: str, *, terminal: str = "01", float_minor: int = 50_000) -> str:
    """A drawer with its float; returns the event's id."""
    fact = ShiftOpened(shift=shift, terminal=terminal, day=DAY, float_minor=float_minor, currency=CURRENCY)
    post = for_float(node.store, terminal, CURRENCY, float_minor)
    with node.journal.changing(node.context(CASHIER, terminal)) as draft:
        return draft.event(fact, post=post, agg=[f"shift:{shift}"], day=DAY, shift=shift).id


@dataclass(frozen=True)
class Sold:
    """A sale as the till remembers it: what was promised to the buyer."""

    id: str
    number: str
    total_minor: int
    bh: bytes


def sell(
    node: Node,
    *,
    sku: str = "A",
    pieces: int = 1,
    price_minor: int = 1_000,
    terminal: str = "01",
    shift: str = "s1",
    by_card: bool = False,
    agg: str = "",
) -> Sold:
    """One finished sale with one line."""
    with node.journal.changing(node.context(CASHIER, terminal)) as draft:
        id_ = draft.new_id()
        series, n, number = draft.number(terminal)
        total = pieces * price_minor
        settlement = settle(total, (card(total) if by_card else cash(total),), 0)
        sale = a_sale(
            number,
            terminal,
            series,
            n,
            basket=id_,
            sku=sku,
            pieces=pieces,
            price=price_minor,
            paid=settlement,
        )
        post = for_sale(node.store, terminal, CURRENCY, sale.lines, sale.taxes, settlement)
        made = draft.event(sale, post=post, agg=[agg or f"sale:{id_}"], day=DAY, shift=shift, id=id_)
        facts = {"id": id_, "at": made.at, "day": DAY, "shift": shift, "staff": CASHIER.staff}
        write_sale(draft.tx, facts, sale)
    return Sold(id_, number, total, made.bh)


def a_sale(
    number: str,
    terminal: str,
    series: str,
    n: int,
    *,
    basket: str,
    sku: str,
    pieces: int,
    price: int,
    paid: Settlement,
) -> SaleCompleted:
    """The payload of a sale of one line without tax."""
    total = pieces * price
    line = SaleLine(
        line=1, sku=sku, code=sku, name=text(f"Product {sku}"), quantity=pieces * 1000, unit="pc",
        unit_price_minor=price, price_ref="p1", gross_minor=total, discount_minor=0, basket_discount_minor=0,
        total_minor=total, tax_code="", tax_minor=0,
    )  # fmt: skip
    tenders = [
        TenderLine(
            kind=tender.kind, amount_minor=tender.amount_minor, given_minor=tender.given_minor,
            change_minor=tender.change_minor, approval=tender.approval,
        )
        for tender in paid.tenders
    ]  # fmt: skip
    return SaleCompleted(
        number=number, terminal=terminal, series=series, n=n, basket=basket, started_at=0, currency=CURRENCY,
        lines=[line], taxes=[], gross_minor=total, discount_minor=0, total_minor=total,
        rounding_minor=paid.rounding, payable_minor=paid.payable, tenders=tenders, change_minor=paid.change,
        pieces=pieces,
    )  # fmt: skip
