"""Directed stories of money: hundreds of drawn cases against a plain sum that shares no code with the product."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal

from proof.sim.ablate.model import Scene
from proof.sim.ablate.quiet import story
from proof.sim.parties import a_sale
from retail.money import line_amount, split
from retail.postings import for_sale
from retail.tender import Tender, card, cash, settle

CASES = 120
STEP = 10


def sharing(seed: int) -> list[str]:
    """Shares of an amount come to the amount, and none is a whole unit off."""
    rng, problems = random.Random(seed), []
    for _ in range(CASES):
        amount, weights = (
            rng.randrange(-9_999, 9_999),
            [rng.randrange(0, 500) for _ in range(rng.randrange(1, 7))],
        )
        parts = split(amount, weights)
        if sum(parts) != amount:
            problems.append(f"{amount} over {weights} comes to {sum(parts)}")
        whole = sum(weights)
        if whole and any(
            abs(part * whole - amount * w) >= whole for part, w in zip(parts, weights, strict=True)
        ):
            problems.append(f"{amount} over {weights} is shared as {parts}")
    return story(seed, "L7", problems[:3])


def rounding(seed: int) -> list[str]:
    """Price times quantity is rounded to the nearest cent, a half away from zero."""
    rng, problems = random.Random(seed), []
    for _ in range(CASES):
        price, quantity = rng.randrange(1, 99_999), rng.choice([rng.randrange(1, 9_999), 500, 1_500])
        exact = Decimal(price) * quantity / 1000
        if line_amount(price, quantity) != exact.quantize(Decimal(1), ROUND_HALF_UP):
            problems.append(f"{price} times {quantity} is {line_amount(price, quantity)}")
    return story(seed, "L7", problems[:3])


def paying(seed: int) -> list[str]:
    """Cash, change, cards and rounding of a sale: the drawer gains what was given less what went back."""
    rng, problems = random.Random(seed), []
    for n in range(CASES):
        total = rng.randrange(1, 9_999)
        tenders = _tenders(rng, total)
        paid = settle(total, tenders, STEP)
        sale = a_sale(
            "001-01/AAAAA-1", "01", "AAAAA", 1, basket=str(n), sku="A", pieces=1, price=total, paid=paid
        )
        books = {post.account: post.quantity for post in for_sale("001", "01", "HKD", sale.lines, [], paid)}
        by_card = sum(tender.amount_minor for tender in tenders if tender.kind == "card")
        due = total - by_card
        notes = any(tender.kind == "cash" for tender in tenders)
        in_cash = (due + STEP // 2) // STEP * STEP if notes else 0
        wanted = {
            "cash:001:01": in_cash, "card:001": by_card, "revenue:001": -total,
            "rounding:001": due - in_cash if notes else 0,
        }  # fmt: skip
        for account, amount in wanted.items():
            if books.get(account, 0) != amount:
                problems.append(
                    f"{total} paid by {tenders}: {account} gets {books.get(account, 0)}, not {amount}"
                )
        given = sum(tender.given_minor for tender in tenders if tender.kind == "cash")
        if paid.change != given - in_cash:
            problems.append(f"{given} given for {in_cash}: {paid.change} back")
    return story(seed, "L5", problems[:3])


def _tenders(rng: random.Random, total: int) -> list[Tender]:
    if rng.random() < 0.3:
        return [card(total)]
    by_card = rng.randrange(1, total) if total > 200 and rng.random() < 0.4 else 0
    due = (total - by_card + STEP // 2) // STEP * STEP
    given = max(due, STEP) + rng.choice([0, 0, 10, 500, 10_000])
    notes = cash(given)
    return [card(by_card), notes] if by_card else [notes]


SHARING = Scene("shares of an amount", sharing)
ROUNDING = Scene("price times quantity", rounding)
PAYING = Scene("paying", paying)
