"""A headquarters with people, stores and products, and devices that tell it sales."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from hq import commands
from hq.access import actions as access
from hq.app import create_app
from hq.catalogue import actions as catalogue
from hq.catalogue.model import Product
from hq.headquarters import Headquarters
from hq.ingest.projector import projector_of
from hq.prices import actions as prices
from kit.clock import ManualClock
from kit.context import Context
from kit.sql import run
from proof.sim.origin import Origin, an_origin
from proof.sim.parties import Centre
from retail.ids import receipt_number, uuid7
from retail.postings import for_return, for_sale
from retail.tender import card, cash, settle, settle_refund
from schemas.events.base import Actor, Event, encode, payload
from schemas.events.registry import type_of
from schemas.events.sales import ReturnCompleted, ReturnLine, SaleCompleted, SaleLine, TenderLine
from tests.builders.contract import check

PASSWORD = "correct horse 7"
DAY = "2026-07-10"
NOW = 1_783_663_500_000  # 2026-07-10 14:05 in Hong Kong
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class House:
    """A headquarters under test. `ctx` may do everything, as the command line may."""

    hq: Headquarters
    app: Flask
    ctx: Context

    @property
    def db(self) -> Any:
        """The database."""
        return self.hq.db

    def value(self, sql: str, **params: Any) -> Any:
        """One value."""
        return self.hq.db.value(sql, params)

    def client(self, login: str = "", password: str = PASSWORD) -> Browser:
        """A browser, signed in when a login is named."""
        browser = Browser(self.app.test_client())
        if login:
            answer = browser.post("/sign-in", login=login, password=password)
            assert answer.status_code == 302, answer.text
        return browser

    def reports(self, facts: dict[str, Any], *, node: str = "001", ago_ms: int = 0) -> None:
        """HQ keeps this as the newest telemetry of a node."""
        with self.hq.db.write() as connection:
            run(
                connection,
                "INSERT INTO telemetry (node, inc, at, facts) VALUES (:node, 'a', :at, :facts)"
                " ON CONFLICT (node, inc) DO UPDATE SET facts = excluded.facts, at = excluded.at",
                {"node": node, "at": self.hq.clock.now_ms() - ago_ms, "facts": json.dumps(facts)},
            )

    def device(self, store: str = "001", inc: str = "a" * 32) -> Till:
        """An enrolled device of a store that tells what a test wants."""
        return Till(an_origin(Centre(self.hq, self.app), store, inc), self)


def everything(house: House) -> str:
    """A hash over every table but sessions and the people's last sign-in."""
    found = hashlib.sha256()
    tables = house.db.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (name,) in tables:
        if name not in ("hq_session", "hq_user"):
            found.update(repr((name, [tuple(r) for r in house.db.rows(f"SELECT * FROM {name}")])).encode())
    return found.hexdigest()


class Browser:
    """A test client that fills in form tokens as a page would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> Any:
        """Open a page; an answer of the API is what docs/openapi/hq.json says."""
        response = self.client.get(path, **options)
        check("hq", response)
        return response

    def token(self) -> str:
        """The form token of this session."""
        page = self.client.get("/sign-in").text
        found = TOKEN.search(page)
        assert found is not None
        return found[1]

    def post(self, path: str, **form: Any) -> Any:
        """Send a form with its token."""
        return self.client.post(path, data={"csrf_token": self.token(), **form})


def a_house(home: Path, *, url: str | None = None, now_ms: int = NOW) -> House:
    """A chain in HKD with stores 001 (zone A) and 002 (zone B) and an administrator `admin`."""
    hq = Headquarters.open(home, clock=ManualClock(now_ms), url=url)
    ctx = commands.context_of(hq)
    commands.init(
        ctx, login="admin", name="Karen Lam", password=PASSWORD, language="en",
        chain={"en": "Lianpu", "zh-Hans": "联铺", "zh-Hant": "聯舖"}, currency="HKD", time_zone="Asia/Hong_Kong",
        cash_step_minor=10,
    )  # fmt: skip
    for code, zone, name in (("001", "A", "Central"), ("002", "B", "North Point")):
        commands.add_store(ctx, code=code, name={"en": name}, zone=zone, time_zone="", terminals=["01", "02"])
    return House(hq, create_app(hq, limits=False), ctx)


def a_copy(template: Path, home: Path) -> House:
    """The chain of `a_house` from the folder of a closed one, its key and epoch too: much faster than building it."""
    shutil.copytree(template, home)
    hq = Headquarters.open(home, clock=ManualClock(NOW))
    return House(hq, create_app(hq, limits=False), commands.context_of(hq))


def a_person(house: House, login: str, role: str, stores: Sequence[str] | None = None) -> None:
    """Somebody who may open the console."""
    access.add_user(
        house.ctx, login=login, name=login.title(), language="en", roles=[role],
        stores=None if stores is None else list(stores), password=PASSWORD,
    )  # fmt: skip


def a_product(
    house: House, sku: str = "P1", *, price: int | None = 1000, code: str = "", **fields: Any
) -> Product:
    """A product with a chain price and perhaps a barcode."""
    name = fields.pop("name", {"en": f"Product {sku}", "zh-Hans": f"商品 {sku}", "zh-Hant": f"貨品 {sku}"})
    product = catalogue.save_product(house.ctx, Product(sku=sku, name=name, **fields), version=None)
    if code:
        catalogue.add_barcode(house.ctx, sku, code)
    if price is not None:
        prices.set_price(house.ctx, sku=sku, scope="chain", price_minor=price, from_civil="2026-07-03")
    return product


@dataclass
class Till:
    """A device of a store; receipts are numbered by themselves."""

    origin: Origin
    house: House
    series: str = "K7Q2M"
    numbers: dict[str, int] = field(default_factory=dict)

    def sell(
        self, sku: str = "P1", *, price: int = 1000, pieces: int = 1, at: int = NOW - 3_600_000, terminal: str = "01",
        by_card: bool = False, day: str = DAY, name: str = "",
    ) -> str:  # fmt: skip
        """One sale of one line; told to HQ by `push`. Answers the event's id."""
        n = self._number(terminal)
        total = price * pieces
        paid = settle(total, (card(total) if by_card else cash(total),), 0)
        line = SaleLine(
            line=1, sku=sku, code=sku, name={"en": name or f"Product {sku}"}, quantity=pieces * 1000, unit="pc",
            unit_price_minor=price, price_ref="chain|p1", gross_minor=total, discount_minor=0,
            basket_discount_minor=0, total_minor=total, tax_code="", tax_minor=0,
        )  # fmt: skip
        sale = SaleCompleted(
            number=receipt_number(self.origin.node, terminal, self.series, n), terminal=terminal,
            series=self.series, n=n, basket=f"b{terminal}-{n}", started_at=at, currency="HKD", lines=[line], taxes=[],
            gross_minor=total, discount_minor=0, total_minor=total, rounding_minor=paid.rounding,
            payable_minor=paid.payable, tenders=_tenders(paid), change_minor=paid.change, pieces=pieces,
        )  # fmt: skip
        post = for_sale(self.origin.node, terminal, "HKD", [line], [], paid)
        return self._say(sale, post, at, terminal, day)

    def take_back(
        self, original: str, original_number: str, *, sku: str = "P1", price: int = 1000, at: int = NOW - 1_800_000,
        day: str = DAY,
    ) -> str:  # fmt: skip
        """One piece comes back for cash."""
        n = self._number("01")
        paid = settle_refund(price, (cash(price),), 0)
        line = ReturnLine(
            line=1, original_line=1, sku=sku, name={"en": f"Product {sku}"}, quantity=1000, unit="pc",
            total_minor=price, tax_code="", tax_minor=0,
        )  # fmt: skip
        back = ReturnCompleted(
            number=receipt_number(self.origin.node, "01", self.series, n), terminal="01", series=self.series,
            n=n, original=original, original_number=original_number, reason="faulty", currency="HKD",
            lines=[line], taxes=[], total_minor=price, rounding_minor=0, payable_minor=price, tenders=_tenders(paid),
            pieces=1,
        )  # fmt: skip
        return self._say(back, for_return(self.origin.node, "01", "HKD", [line], [], paid), at, "01", day)

    def _number(self, terminal: str) -> int:
        self.numbers[terminal] = self.numbers.get(terminal, 0) + 1
        return self.numbers[terminal]

    def _say(self, fact: Any, post: Any, at: int, terminal: str, day: str) -> str:
        seq = len(self.origin.bodies) + 1
        noise = seq.to_bytes(4, "big") + self.origin.node.encode().rjust(6, b"0")
        kind = type_of(fact)
        event = Event(
            id=uuid7(at, noise), at=at, hlc=f"{at:012x}{seq:04x}", type=kind.name, tv=kind.tv, day=day, shift="s1",
            actor=Actor(staff="1001", terminal=terminal), agg=[f"sale:{seq}"], post=list(post), p=payload(fact),
        )  # fmt: skip
        self.origin.add(encode(event))
        return event.id

    def push(self) -> None:
        """Tell HQ everything that it does not have yet, and let HQ apply it."""
        have = self.house.value(
            "SELECT coalesce(max(seq), 0) FROM origin WHERE node = :n", n=self.origin.node
        )
        self.origin.push(have + 1, len(self.origin.bodies))
        projector_of(self.house.app).drain()


def _tenders(paid: Any) -> list[TenderLine]:
    return [
        TenderLine(
            kind=t.kind, amount_minor=t.amount_minor, given_minor=t.given_minor, change_minor=t.change_minor,
            approval=t.approval,
        )
        for t in paid.tenders
    ]  # fmt: skip
