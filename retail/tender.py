"""Paying: what is due, what cash rounding does, what comes back as change.

Cash is rounded to the chain's step only when cash takes part, and only on what is left for cash after the
cards: total 347.13 with 150.00 by card leaves 197.13, of which 197.10 is paid in cash. Change comes out of
cash alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retail.errors import Invalid
from retail.money import round_to_step

CASH = "cash"
CARD = "card"
KINDS = (CASH, CARD)
APPROVAL_LENGTH_MAX = 12


@dataclass(frozen=True)
class Tender:
    """One payment. `given_minor` is what was handed over, `amount_minor` what of it stays after change.

    Into `settle` a cash tender brings only what was given; its amount is worked out there. For a card both
    are equal; `approval` is the standalone terminal's optional code, never any part of a card number.
    """

    kind: str
    amount_minor: int
    given_minor: int
    approval: str | None = None

    @property
    def change_minor(self) -> int:
        """What goes back."""
        return self.given_minor - self.amount_minor


@dataclass(frozen=True)
class Settlement:
    """payable = total + rounding; paid = Σ tender amounts; left = payable − paid, zero when the sale may
    finish.
    """

    payable: int
    rounding: int
    paid: int
    change: int
    tenders: tuple[Tender, ...]
    left: int

    @property
    def is_complete(self) -> bool:
        """Nothing is left to pay."""
        return self.left == 0


def cash(given_minor: int) -> Tender:
    """Cash handed over."""
    return Tender(CASH, given_minor, given_minor)


def card(amount_minor: int, approval: str | None = None) -> Tender:
    """A payment made on the standalone card terminal."""
    return Tender(CARD, amount_minor, amount_minor, approval)


def settle(total_minor: int, tenders: Sequence[Tender], cash_step: int) -> Settlement:
    """Work out rounding, change and what is left.

    Raises `Invalid`: tender.total_negative, tender.unknown_kind, tender.amount_not_positive,
    tender.card_exceeds_total, tender.cash_not_needed, tender.not_in_cash_steps, tender.approval_too_long.
    """
    rest = _rest_after_cards(total_minor, tenders)
    given = [_handed_over(tender) for tender in tenders if tender.kind == CASH]
    if not given:
        return _settlement(total_minor, 0, tuple(_as_card(tender) for tender in tenders))
    if not rest:
        raise Invalid("tender.cash_not_needed")
    due = round_to_step(rest, cash_step)
    for amount in given:
        if amount < 0 or (amount == 0 and due):
            raise Invalid("tender.amount_not_positive", amount_minor=amount)
        if cash_step > 1 and amount % cash_step:
            raise Invalid("tender.not_in_cash_steps", amount_minor=amount, step_minor=cash_step)
    applied, open_minor = [], due
    for tender in tenders:
        if tender.kind == CARD:
            applied.append(_as_card(tender))
            continue
        handed = _handed_over(tender)
        applied.append(Tender(CASH, min(handed, open_minor), handed))
        open_minor -= min(handed, open_minor)
    return _settlement(total_minor, due - rest, tuple(applied))


def settle_refund(
    total_minor: int, tenders: Sequence[Tender], cash_step: int, cash_before: int = 0
) -> Settlement:
    """Money going back: cards as made on the terminal, all the rest in cash if a cash tender is in the list.

    Amounts are positive and there is no change; the cash tender's own amounts are ignored. Cash is rounded like a
    payment, and over all returns of one sale: `cash_before` is the exact worth that went back in cash already, so
    that piece by piece comes to what the whole would. Raises `Invalid` like `settle`, and tender.several_cash_refunds.
    """
    rest = _rest_after_cards(total_minor, tenders)
    cash_tenders = [tender for tender in tenders if tender.kind == CASH]
    if len(cash_tenders) > 1:
        raise Invalid("tender.several_cash_refunds")
    if not cash_tenders:
        return _settlement(total_minor, 0, tuple(_as_card(tender) for tender in tenders))
    due = round_to_step(cash_before + rest, cash_step) - round_to_step(cash_before, cash_step)
    applied = tuple(Tender(CASH, due, due) if tender.kind == CASH else _as_card(tender) for tender in tenders)
    return _settlement(total_minor, due - rest, applied)


def left_for_cash(total_minor: int, tenders: Sequence[Tender], cash_step: int) -> int:
    """What would still be asked for if the rest were paid in cash (the "exact" key)."""
    rest = _rest_after_cards(total_minor, tenders)
    handed = sum(_handed_over(tender) for tender in tenders if tender.kind == CASH)
    return max(0, round_to_step(rest, cash_step) - handed)


def _rest_after_cards(total_minor: int, tenders: Sequence[Tender]) -> int:
    if total_minor < 0:
        raise Invalid("tender.total_negative", total_minor=total_minor)
    by_card = 0
    for tender in tenders:
        if tender.kind not in KINDS:
            raise Invalid("tender.unknown_kind", kind=tender.kind)
        if tender.approval is not None and len(tender.approval) > APPROVAL_LENGTH_MAX:
            raise Invalid("tender.approval_too_long", limit=APPROVAL_LENGTH_MAX)
        if tender.kind == CARD:
            if tender.amount_minor <= 0:
                raise Invalid("tender.amount_not_positive", amount_minor=tender.amount_minor)
            by_card += tender.amount_minor
    if by_card > total_minor:
        raise Invalid("tender.card_exceeds_total", card_minor=by_card, total_minor=total_minor)
    return total_minor - by_card


def _handed_over(tender: Tender) -> int:
    return tender.given_minor or tender.amount_minor


def _as_card(tender: Tender) -> Tender:
    return Tender(CARD, tender.amount_minor, tender.amount_minor, tender.approval)


def _settlement(total_minor: int, rounding: int, tenders: tuple[Tender, ...]) -> Settlement:
    payable = total_minor + rounding
    paid = sum(tender.amount_minor for tender in tenders)
    change = sum(tender.change_minor for tender in tenders)
    return Settlement(payable, rounding, paid, change, tenders, payable - paid)
