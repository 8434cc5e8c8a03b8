"""After the healing: what was acknowledged is there once, at the store and at HQ, to the cent; and nobody is ill."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import requests

from proof.live.papers import check_papers
from proof.live.world import LiveWorld, Shop
from proof.verify.cli import verify

BASKETS_OF_TWO = ("basket.once", "basket.rows")  # checks of lianpu-verify


def check(world: LiveWorld) -> list[str]:
    """Everything that is wrong, in words."""
    wrong = [why for shop in world.running if shop.seller for why in shop.seller.wrong]
    for shop in world.running:
        wrong += at_the_store(shop)
        wrong += at_hq(world, shop)
    for code in world.shops:
        wrong += books_agree(world, code)
        wrong += check_papers(world, code)
    wrong += numbers_once(world)
    wrong += healthy(world)
    wrong += tracebacks(world.root / "log")
    return wrong + judged(world)


def at_the_store(shop: Shop) -> list[str]:
    """Each acknowledged receipt is a document of this disk, with the figures that were told."""
    assert shop.seller is not None
    rows = shop.rows("SELECT id, number, total_minor, total_minor + rounding_minor FROM document")
    there = {row[0]: row for row in rows}
    name = shop.node.name
    return [
        f"{name}: {sold.number} was told and is {there.get(sold.id)}"
        for sold in shop.seller.sold
        if there.get(sold.id) != (sold.id, sold.number, sold.total_minor, sold.payable_minor)
    ]


def at_hq(world: LiveWorld, shop: Shop) -> list[str]:
    """The same at HQ, and once: among the sales, among the ids that were booked, and in the log."""
    assert shop.seller is not None
    store = f"store = '{shop.code}'"
    rows = world.hq_rows(
        f"SELECT id, number, total_minor, total_minor + rounding_minor FROM sale WHERE {store}"
    )
    times, there = Counter(row[0] for row in rows), {row[0]: row for row in rows}
    wrong = [f"HQ: {id_} is {n} sales" for id_, n in times.items() if n > 1]
    for sold in shop.seller.sold:
        told = (sold.id, sold.number, sold.total_minor, sold.payable_minor)
        if there.get(sold.id) != told:
            wrong.append(f"HQ: {sold.number} was told by {shop.node.name} and is {there.get(sold.id)}")
    return wrong


def books_agree(world: LiveWorld, code: str) -> list[str]:
    """All documents of a store's disks, each once, against HQ's sales of that store: number and cents."""
    mine: dict[str, int] = {}
    for shop in world.running:
        if shop.code == code:
            mine |= dict(shop.rows("SELECT id, total_minor + rounding_minor FROM document"))
    theirs = dict(world.hq_rows(f"SELECT id, total_minor + rounding_minor FROM sale WHERE store = '{code}'"))
    if mine == theirs:
        return []
    return [
        f"{code}: {len(mine)} documents of {sum(mine.values())} at the store,"
        f" {len(theirs)} of {sum(theirs.values())} at HQ"
    ]


def numbers_once(world: LiveWorld) -> list[str]:
    """No number twice, except where two disks of one store gave it before they knew of each other."""
    cloned = world.clone.code if world.clone else ""
    rows = world.hq_rows(
        "SELECT store, number, count(*) FROM sale GROUP BY store, number HAVING count(*) > 1 ORDER BY number"
    )
    return [f"{row[1]}: {row[2]} documents with this number" for row in rows if row[0] != cloned]


def healthy(world: LiveWorld) -> list[str]:
    """Every process answers, HQ has nothing parked, and a clone was noticed."""
    wrong = []
    for child in (world.hq, *(shop.node for shop in world.running)):
        try:
            answer = requests.get(child.health, timeout=60)
            if not answer.ok:
                wrong.append(f"{child.name}: {answer.status_code} {answer.text[:200]}")
        except requests.RequestException as error:
            wrong.append(f"{child.name} does not answer: {error}")
    parked = world.hq_value("SELECT count(*) FROM parked")
    if parked:
        wrong.append(f"HQ: {parked} events parked")
    if world.clone:
        alarms = world.hq_value(
            f"SELECT count(*) FROM alarm WHERE store = '{world.clone.code}' AND code LIKE 'fork%'"
        )
        if not alarms:
            wrong.append(f"HQ: nobody was told of the clone of {world.clone.code}")
    return wrong


def tracebacks(folder: Path) -> list[str]:
    """An error of ours that a process survived is still an error of ours."""
    found = Counter(
        f"{log.stem}: {line.strip()[:300]}"
        for log in sorted(folder.glob("*.log"))
        for line in log.read_text(errors="replace").splitlines()
        if re.search(r"Traceback \(most recent|\"exception\":", line)
    )
    return [f"{line} ({n} times)" for line, n in found.items()]


def judged(world: LiveWorld) -> list[str]:
    """`lianpu-verify` over all databases. The one thing that it may say: the basket that was open on a disk while it
    was copied became a sale on both.
    """
    paths = [shop.home / "node.sqlite" for shop in world.running]
    report = verify([*paths, world.root / "hq" / "hq.sqlite"])
    both = world.basket_of_two
    return [
        f"lianpu-verify [{one.name}] {finding.text}"
        for one in report.checks
        for finding in one.findings
        if not (both and both in finding.text and one.name in BASKETS_OF_TWO)
    ]
