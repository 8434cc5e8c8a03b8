"""Fills a new headquarters with the demo chain through HQ's own actions, as a person would in the console."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hq import commands
from hq.catalogue import actions as catalogue
from hq.catalogue.model import Product
from hq.headquarters import Headquarters
from hq.people import actions as people
from hq.prices import actions as prices
from hq.prices.model import NewPrice
from hq.settings import actions as settings
from hq.stock import actions as stock
from hq.stock.actions import Opening
from hq.stores import actions as stores
from proof.demo.profiles import FOOD_WORDS, PEOPLE, STORES, Places, Profile, text
from retail.clock import Clock
from retail.quantity import ONE

DATA = Path(__file__).resolve().parent.parent / "demo_data"
OPENING_PIECES = 500


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one data file."""
    with gzip.open(DATA / f"{name}.csv.gz", "rb") as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, "utf-8"))


def seed(
    home: Path,
    profile: Profile,
    devices: dict[str, dict[str, Any]],
    *,
    login: str,
    places: Places = STORES,
    clock: Clock | None = None,
) -> dict[str, Any]:
    """Settings, stores, people, goods and prices. Returns the administrator's password and initial codes.

    `places` are the stores: code → (name, price zone); `clock` is the machine's unless another one is given.
    """
    hq = Headquarters.open(home, clock=clock)
    try:
        ctx = commands.context_of(hq)
        made = commands.init(
            ctx,
            login=login,
            name="Demo administrator",
            password="",
            language=profile.language,
            chain=profile.name,
            currency=profile.currency,
            time_zone=profile.time_zone,
            cash_step_minor=profile.cash_step_minor,
        )
        for tax in profile.taxes:
            settings.save_tax(ctx, code=tax.code, name=tax.name, rate_ppm=tax.rate_ppm, included=tax.included)
        codes = _places_and_people(ctx, profile, devices, places)
        skus = _goods(ctx, profile)
        _quick_keys(ctx, skus)
        for store in places:
            opening = [Opening(sku, OPENING_PIECES * ONE) for sku in skus]
            stock.set_opening(ctx, store=store, lines=opening, note="demo")
        return {"login": login, "password": made["password"], "initial": codes}
    finally:
        hq.close()


def _places_and_people(
    ctx: Any, profile: Profile, devices: dict[str, dict[str, Any]], places: Places
) -> dict[str, str]:
    for zone in sorted({zone for _, zone in places.values()}):
        stores.save_zone(ctx, code=zone, name=text(f"Zone {zone}", f"{zone} 区", f"{zone} 區"))
    for code, (name, zone) in places.items():
        stores.add_store(ctx, code=code, name=name, zone=zone, time_zone=profile.time_zone)
        for terminal in ("01", "02"):
            wanted = devices.get(f"{code}-{terminal}", {})
            stores.save_terminal(
                ctx, store=code, code=terminal, name=f"T{terminal}", devices=wanted, active=True
            )
    return {
        number: people.add_staff(
            ctx,
            number=number,
            name=name[profile.language],
            role=role,
            language=profile.language,
            stores=list(places),
        )
        for number, (name, role) in PEOPLE.items()
    }


def _goods(ctx: Any, profile: Profile) -> list[str]:
    """Categories, products, barcodes, chain and zone prices, each in one transaction."""
    found = list(rows("products"))
    categories: dict[str, str] = {}
    for row in found:
        categories.setdefault(row["cat1_en"], f"C{len(categories) + 1:02d}")
    for position, (en, code) in enumerate(categories.items()):
        row = next(row for row in found if row["cat1_en"] == en)
        name = text(en[:80], row["cat1_zh_hans"][:80], row["cat1_zh_hant"][:80])
        catalogue.save_category(ctx, code=code, name=name, parent=None, position=position)
    with ctx.app.change(ctx) as change:
        catalogue.write_products(change, [_product(row, categories, profile) for row in found])
        catalogue.write_barcodes(change, [(row["barcode"], row["product_code"], 1000) for row in found], [])
        change.audit("catalogue.imported", "catalogue:demo", products=len(found))
    with ctx.app.change(ctx) as change:
        prices.write_prices(
            change, [_price(row) for row in rows("prices") if row["from_date"] < "2026-07-10"]
        )
        change.audit("prices.imported", "prices:demo")
    return [row["product_code"] for row in found]


def _product(row: dict[str, str], categories: dict[str, str], profile: Profile) -> Product:
    name = {}
    for language, suffix in (("en", "en"), ("zh-Hans", "zh_hans"), ("zh-Hant", "zh_hant")):
        brand, plain = row[f"brand_{suffix}"].strip(), row[f"name_{suffix}"].strip()
        name[language] = plain if plain.lower().startswith(brand.lower()) else f"{brand} {plain}"
    is_food = any(word in row["cat1_en"] for word in FOOD_WORDS)
    return Product(
        sku=row["product_code"],
        name={language: shown[:120] for language, shown in name.items()},
        tax_code=profile.food_tax if is_food else profile.tax,
        category=categories[row["cat1_en"]],
    )


def _price(row: dict[str, str]) -> NewPrice:
    scope = "chain" if row["zone"] == "chain" else f"zone:{row['zone']}"
    return NewPrice(row["product_code"], scope, int(row["price_minor"]), f"{row['from_date']}T00:00")


def step_prices(from_civil: str) -> list[NewPrice]:
    """The real step of 2026-07-10, to start at another moment."""
    return [
        NewPrice(price.sku, price.scope, price.price_minor, from_civil, note="demo price step")
        for price in (_price(row) for row in rows("prices") if row["from_date"] >= "2026-07-10")
    ]


def _quick_keys(ctx: Any, skus: list[str]) -> None:
    """The first page holds the goods that the demo baskets buy most often."""
    counts: dict[str, int] = {}
    for row in rows("baskets"):
        counts[row["product_code"]] = counts.get(row["product_code"], 0) + int(row["quantity"])
    best = sorted((sku for sku in counts if sku in set(skus)), key=lambda sku: (-counts[sku], sku))[:24]
    pages = {1: text("Top", "热卖", "熱賣"), 2: text("More", "更多", "更多")}
    for at, sku in enumerate(best):
        page, position = at // 12 + 1, at % 12 + 1
        settings.save_quick_key(
            ctx, scope="chain", page=page, position=position, sku=sku, page_name=pages[page]
        )
