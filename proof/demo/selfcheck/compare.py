"""Under the line: oracle, both stores and HQ to the cent and the piece; papers and pulses counted; verify."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from proof.demo.seed import OPENING_PIECES
from proof.demo.selfcheck.report import Report
from proof.demo.selfcheck.story import Day, codes_of
from proof.demo.world import World
from proof.oracle.oracle import Totals, expected

FIGURES = ("receipts", "pieces", "sales", "returns", "returned", "rounding", "cash", "card")


def compare(world: World, days: dict[str, Day], report: Report) -> None:
    """Every figure of both stores on all three sides."""
    for code, day in days.items():
        wanted = expected(day.shop.zone, day.sold, taxed=bool(world.profile.taxes))
        oracle = {name: getattr(wanted, name) for name in FIGURES}
        report.check(f"store {code}: the store's books equal the oracle", store_figures(world, day), oracle)
        report.check(f"store {code}: HQ's books equal the oracle", hq_figures(world, day), oracle)
        told = {name: oracle[name] for name in ("receipts", "returns")} | {"paid": wanted.cash + wanted.card}
        report.check(f"store {code}: what the store told HQ of its days", told_figures(world, day), told)
        for side, sold in (("store", store_sold(world, day)), ("HQ", hq_sold(world, day))):
            differing = {
                sku for sku in sold.keys() | net(wanted).keys() if sold.get(sku) != net(wanted).get(sku)
            }
            report.check(
                f"store {code}: products whose pieces differ, {side} ({len(sold)})", differing, set()
            )
        _taxes(world, day, wanted, report)
        wrong = stock_differences(world, code, net(wanted))
        report.check(f"store {code}: products whose stock at HQ is not opening less sold", wrong, set())
        nothing_twice(world, day, report)
    verify(world, report)


def _taxes(world: World, day: Day, wanted: Totals, report: Report) -> None:
    """Tax owed per code, on both sides; a chain without tax owes none."""
    for side, path in (("store", day.shop.home / "node.sqlite"), ("HQ", world.root / "hq" / "hq.sqlite")):
        owed = {
            code: -sum(quantity for _, quantity in world.rows_of(path, f"tax:{day.shop.code}:{code}"))
            for code in wanted.taxes or ("V9", "V13")
        }
        report.check(
            f"store {day.shop.code}: tax owed per code, {side}",
            {code: minor for code, minor in owed.items() if minor},
            wanted.taxes,
        )


def net(wanted: Totals) -> dict[str, int]:
    """Products that moved, net of returns."""
    return {sku: pieces for sku, pieces in sorted(wanted.sold.items()) if pieces}


def store_figures(world: World, day: Day) -> dict[str, int]:
    """From the store's documents and postings."""
    shop = day.shop

    def one(sql: str) -> int:
        return world.read_node(shop, sql)

    return {
        "receipts": one("SELECT count(*) FROM document WHERE kind = 'sale'"),
        "pieces": one("SELECT sum(pieces) FROM document WHERE kind = 'sale'"),
        "sales": one("SELECT sum(total_minor) FROM document WHERE kind = 'sale'"),
        "returns": one("SELECT count(*) FROM document WHERE kind = 'return'"),
        "returned": one("SELECT sum(total_minor) FROM document WHERE kind = 'return'"),
        "rounding": -one(f"SELECT sum(quantity) FROM posting WHERE account = 'rounding:{shop.code}'"),
        "cash": one(_trade("cash", shop.code)),
        "card": one(f"SELECT sum(quantity) FROM posting WHERE account = 'card:{shop.code}'"),
    }


def _trade(kind: str, store: str) -> str:
    """Cash of sales and returns alone: without float, moves and the close."""
    return (
        "SELECT sum(p.quantity) FROM posting p JOIN document d ON d.id = p.id"
        f" WHERE p.account LIKE '{kind}:{store}:%'"
    )


def hq_figures(world: World, day: Day) -> dict[str, int]:
    """From HQ's own projections and postings."""
    store, one = day.shop.code, world.read_hq
    sale = f"FROM sale WHERE store = '{store}'"
    return {
        "receipts": one(f"SELECT count(*) {sale} AND kind = 'sale'"),
        "pieces": one(f"SELECT sum(pieces) {sale} AND kind = 'sale'"),
        "sales": one(f"SELECT sum(total_minor) {sale} AND kind = 'sale'"),
        "returns": one(f"SELECT count(*) {sale} AND kind = 'return'"),
        "returned": one(f"SELECT sum(total_minor) {sale} AND kind = 'return'"),
        "rounding": -one(f"SELECT sum(quantity) FROM posting WHERE account = 'rounding:{store}'"),
        "cash": one(
            "SELECT sum(p.quantity) FROM posting p JOIN sale s ON s.id = p.id"
            f" WHERE p.account LIKE 'cash:{store}:%'"
        ),
        "card": one(f"SELECT sum(quantity) FROM posting WHERE account = 'card:{store}'"),
    }


def told_figures(world: World, day: Day) -> dict[str, int]:
    """The side of the store in HQ's proof of agreement."""
    days = world.told(day.shop)
    return {
        "receipts": sum(one.sales for one in days),
        "returns": sum(one.returns for one in days),
        "paid": sum(one.net_minor for one in days),
    }


def store_sold(world: World, day: Day) -> dict[str, int]:
    """Pieces out of stock per product at the store."""
    account = f"stock:{day.shop.code}:sold"
    return _sold(world.rows_of(day.shop.home / "node.sqlite", account))


def hq_sold(world: World, day: Day) -> dict[str, int]:
    """The same at HQ."""
    account = f"stock:{day.shop.code}:sold"
    return _sold(world.rows_of(world.root / "hq" / "hq.sqlite", account))


def _sold(rows: list[Any]) -> dict[str, int]:
    return {
        commodity.removeprefix("sku:"): quantity // 1000 for commodity, quantity in sorted(rows) if quantity
    }


def stock_differences(world: World, store: str, sold: dict[str, int]) -> set[str]:
    """Products whose stock on hand at HQ is anything but what was opened with, less what was sold net."""
    rows = world.rows_of(world.root / "hq" / "hq.sqlite", f"stock:{store}:on_hand")
    wanted = {
        commodity: OPENING_PIECES - sold.get(commodity.removeprefix("sku:"), 0) for commodity, _ in rows
    }
    return {commodity for commodity, quantity in rows if quantity != wanted[commodity] * 1000}


def nothing_twice(world: World, day: Day, report: Report) -> None:
    """One number, one original paper and one pulse a document."""
    code, printer = day.shop.code, world.bench.printer(day.shop.printer)
    report.check(f"store {code}: every finished sale is another sale", len(set(day.sales)), len(day.sales))
    documents = world.read_node(day.shop, "SELECT count(*) FROM document")
    numbers = world.read_node(day.shop, "SELECT count(DISTINCT number) FROM document")
    report.check(f"store {code}: documents with a number of their own", numbers, documents)
    jobs = world.read_node(day.shop, "SELECT count(*) FROM print_job WHERE kind IN ('receipt', 'return')")
    report.check(f"store {code}: one paper owed per document", jobs, documents)
    codes = [found for paper in printer.papers() for found in codes_of(paper)]
    twice = [number for number in world.numbers(day.shop) if codes.count(number) > 1]
    printed = [number for number in world.numbers(day.shop) if number in codes]
    report.check(f"store {code}: receipts on paper", len(printed), documents)
    report.check(f"store {code}: receipts printed twice", twice, [])
    _pulses(world, day, report)
    owed = "SELECT count(DISTINCT reference) - count(*) FROM print_job WHERE kind = 'drawer'"
    report.check(f"store {code}: drawer jobs beyond one per document", world.read_node(day.shop, owed), 0)


def _pulses(world: World, day: Day, report: Report) -> None:
    """Every job is begun once at most, and begun before its byte leaves: pulses lie between opened and begun.

    A job that was begun may have given no pulse (still open, paper out, process died first) or one whose answer is
    not known.
    """
    code, begun = day.shop.code, "e.state = 'SENDING' AND j.kind = 'drawer'"
    events = f"FROM print_event e JOIN print_job j ON j.id = e.job WHERE {begun}"
    tries = world.read_node(day.shop, f"SELECT count(*) {events}")
    jobs = world.read_node(day.shop, f"SELECT count(DISTINCT e.job) {events}")
    report.check(f"store {code}: drawer jobs begun more than once", tries - jobs, 0)
    opened = world.read_node(
        day.shop,
        "SELECT count(*) FROM print_job WHERE kind = 'drawer' AND state IN ('DONE', 'SENT_UNVERIFIED')"
        " AND reason NOT LIKE 'ALREADY%'",
    )
    pulses = world.bench.printer(day.shop.printer).counts()["pulses"]
    what = f"store {code}: {pulses} drawer pulses, {opened} known to have left, {jobs} jobs begun; in between"
    report.check(what, opened <= pulses <= jobs, True)


def verify(world: World, report: Report) -> None:
    """The independent checker over all databases."""
    paths = [str(day.home / "node.sqlite") for day in world.shops.values()]
    command = [sys.executable, "-m", "proof.verify.cli", *paths, str(world.root / "hq" / "hq.sqlite")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    last = done.stdout.strip().splitlines()[-1:] or [done.stderr.strip()[-300:]]
    report.say(f"lianpu-verify: {last[0]}")
    if done.returncode:
        for line in done.stdout.splitlines():
            if "ok" not in line[:6].lower():
                report.say(f"  {line}")
    report.check("lianpu-verify on all databases exits", done.returncode, 0)
