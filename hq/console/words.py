"""What templates may ask for besides texts: zone, currency, names of scopes, options, delivery."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask import Flask, g
from markupsafe import Markup, escape

from hq import display, web
from hq.fleet.wording import alarm_words, device_words, finding, finding_do, finding_safe, offset_words
from hq.imports.wording import problem_reason, problem_remedy
from hq.publish.queries import Delivered
from hq.publish.queries import delivered as delivered_of
from hq.sales.model import weekday as weekday_of
from hq.settings import queries as settings
from hq.settings.model import ChainSettings
from hq.slice import MenuItem
from hq.slices import SLICES
from retail.errors import NotNow
from retail.money import format_minor
from schemas.currencies import EXPONENTS, SYMBOLS

GROUPS = ("overview", "sales", "catalogue", "stock", "people", "fleet", "system")
YES_NO = ("active", "weighed", "included")
OWN_PAGES = ("access.me", "access.change_password")
LINKS = {"product": "/products/", "store": "/stores/", "staff": "/people/"}
Option = tuple[str, str]


class MenuGroup:
    """One group of the side bar with the entries that this person may open."""

    def __init__(self, name: str, items: list[MenuItem]) -> None:
        self.name = name
        self.items = items


def menu() -> list[MenuGroup]:
    """What this person may open; no rights = not listed."""
    actor = web.ctx().actor
    items = [item for entry in SLICES for item in entry.menu if actor.may(item.permission)]
    groups = [MenuGroup(name, [item for item in items if item.group == name]) for name in GROUPS]
    return [group for group in groups if group.items]


def item_here(endpoint: str) -> str:
    """The entry of the side bar that a page belongs to: itself, or the first of its blueprint; one's own page none."""
    if endpoint in OWN_PAGES:
        return ""
    items = [item.endpoint for entry in SLICES for item in entry.menu]
    if endpoint in items:
        return endpoint
    blueprint = endpoint.split(".")[0]
    return next((item for item in items if item.split(".")[0] == blueprint), "")


def group_open(endpoint: str) -> str:
    """The group that is unfolded on a page."""
    here = item_here(endpoint)
    return next((item.group for entry in SLICES for item in entry.menu if item.endpoint == here), "")


def chain() -> ChainSettings:
    """The chain's settings, read once per page; `NotNow` before the chain is set up."""
    if "chain_settings" not in g:
        g.chain_settings = settings.chain(web.hq().db)
    known: ChainSettings = g.chain_settings
    return known


def zone() -> str:
    """The console's time zone; UTC before the chain is set up."""
    try:
        return chain().time_zone
    except NotNow:
        return "UTC"


def store_zone(store: str) -> str:
    """The time zone of a store."""
    if "store_zones" not in g:
        g.store_zones = settings.store_zones(web.hq().db)
    return str(g.store_zones.get(store) or zone())


def currency() -> str:
    """The chain's currency."""
    return chain().currency


def delivered(scope: str) -> Delivered:
    """How many stores have a scope's newest version; asked once per page."""
    known: dict[str, Delivered] = g.setdefault("delivered", {})
    if scope not in known:
        known[scope] = delivered_of(web.hq().db, scope, web.ctx().actor.stores)
    return known[scope]


def scope_name(scope: str) -> str:
    """`chain`, `zone:A` or `store:001` in words."""
    kind, _, name = scope.partition(":")
    return web.t(f"scope.{kind}", name=name)


def fact_name(name: str) -> str:
    """What a fact of the audit is called."""
    return _words(f"fact.{name}", name)


def fact_words(name: str, value: Any) -> str:
    """The value of a fact for people: money, scopes, stores and roles by their words."""
    if value is None or value == "":
        return display.fact(value)
    if name.endswith("_minor") and isinstance(value, int):
        return display.money(value, currency())
    if name in YES_NO and value in (0, 1):
        return web.t("word.yes" if value else "word.no")
    if name.endswith("_ppm") and isinstance(value, int):
        return display.percent(value)
    if name.endswith("_civil"):
        return display.civil(str(value))
    if name == "key":
        return str(value).replace("|", " · ")
    if name == "scope":
        return scope_name(str(value))
    if name == "stores" and value == "*":
        return web.t("word.all_stores")
    if name == "roles" and isinstance(value, list):
        return ", ".join(_words(f"role.{role}", role) for role in value) or "—"
    return display.fact(value)


def _words(key: str, plain: str) -> str:
    found = web.t(key)
    return plain if found == key else found


def actor_words(name: str) -> str:
    """Who acted: a person's name as it is; the command line, the system and nobody in this person's language."""
    return _words(f"actor.{name.replace(' ', '_')}", name)


def address_words(address: str) -> str:
    """From where: an address as it is, this machine's own command line in words."""
    return web.t("actor.loopback") if address == "loopback" else address


def subject_link(subject: str) -> Markup:
    """The subject of an audit entry, linked to its record."""
    kind, _, key = subject.partition(":")
    shown = _words(f"subject.{kind}.{key}", web.t(f"subject.{kind}", key=key))
    if kind in LINKS:
        return Markup('<a href="{}{}#history">{}</a>').format(LINKS[kind], key, shown)
    return escape(shown)


def proof_words(check: Any) -> str:
    """What was recomputed for a receipt."""
    return web.t(f"check.{check.name}", **check.facts)


def weekday(day: str) -> int:
    """0 = Monday."""
    return weekday_of(day)


def day_turn() -> str:
    """When the business day begins."""
    return chain().day_turn


def symbol() -> str:
    """How the currency is written before an amount."""
    return SYMBOLS.get(currency(), currency())


def price_chart(lines: list[dict[str, Any]]) -> str:
    """The steps of a price history for the chart."""
    exponent = EXPONENTS[currency()]
    found = []
    for line in lines:
        name = scope_name(line["scope"])
        points = [[civil, format_minor(minor, exponent)] for civil, minor in line["points"]]
        label = f"{name} {display.money(line['points'][-1][1], currency())}"
        found.append({"name": name, "points": points, "label": label})
    return json.dumps(found, ensure_ascii=False)


# -- options of choosers -----------------------------------------------------------------------------------


def zone_options(rows: Iterable[Any]) -> list[Option]:
    """Price zones."""
    return [(row.code, display.named(row.name) or row.code) for row in rows]


def role_options(roles: Iterable[str]) -> list[Option]:
    """Roles at the till."""
    return [(role, web.t(f"till_role.{role}")) for role in roles]


def scope_options(scopes: Iterable[str]) -> list[Option]:
    """Scopes for a price."""
    return [(scope, scope_name(scope)) for scope in scopes]


def category_options(rows: Iterable[Any]) -> list[Option]:
    """Categories, after none."""
    return [("", "—"), *((row.code, f"{display.named(row.name)} · {row.code}") for row in rows)]


def brand_options(rows: Iterable[Any]) -> list[Option]:
    """Brands, after none."""
    return [("", "—"), *((row.code, f"{display.named(row.name)} · {row.code}") for row in rows)]


def tax_options(codes: list[str]) -> list[Option]:
    """Tax codes; none only where the chain has no taxes."""
    return [(code, code) for code in codes] or [("", web.t("settings.no_tax"))]


def store_options(names: dict[str, str]) -> list[Option]:
    """Stores by code."""
    return [(code, f"{code} {display.named(name)}") for code, name in names.items()]


def currency_options() -> list[Option]:
    """Every currency that a chain may choose."""
    return [(code, code) for code in sorted(EXPONENTS)]


def reason_options() -> list[Option]:
    """Lists of reasons."""
    from hq.settings.model import REASON_LISTS

    return [(name, web.t(f"reason_list.{name}")) for name in REASON_LISTS]


def install(app: Flask) -> None:
    """Make all of it known to the templates."""
    words = (
        problem_reason, problem_remedy, menu, item_here, group_open, zone, store_zone, currency, delivered,
        scope_name, fact_name, subject_link, price_chart, zone_options, role_options, scope_options,
        category_options, brand_options, tax_options, currency_options, reason_options, store_options,
        proof_words, weekday, day_turn, symbol, alarm_words, device_words, finding, finding_do, finding_safe,
        offset_words, fact_words, actor_words, address_words,
    )  # fmt: skip
    app.jinja_env.globals.update({word.__name__: word for word in words})
