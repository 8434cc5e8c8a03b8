"""What the calls of the basket and of payment take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from edge.people.model import Approvable
from edge.till.model import tender_from
from kit.contract import Text, Told
from retail.tender import Tender

Sku = Annotated[str, Meta(max_length=40)]
TENDER_MALFORMED = "till.tender_malformed"


class Scan(Told, frozen=True, kw_only=True):
    """A code from a scanner or the keyboard. A scale label of 18 digits may check like a card's number."""

    card_like: ClassVar[tuple[str, ...]] = ("code",)

    code: Annotated[str, Meta(max_length=128)]
    quantity: int | None = None


class Add(Approvable, frozen=True, kw_only=True):
    """A product, by pieces or by weight."""

    sku: Sku
    quantity: int | None = None
    grams: int | None = None


class Line(Told, frozen=True, kw_only=True):
    """One line of the basket."""

    line: Text


class Quantity(Approvable, frozen=True, kw_only=True):
    """A line's new quantity."""

    line: Text
    quantity: int


class Choice(Approvable, frozen=True, kw_only=True):
    """The product that a line stands for; `grams` for one by weight whose code carries none."""

    line: Text
    sku: Sku
    grams: int | None = None


class DiscountWanted(Approvable, frozen=True, kw_only=True):
    """`line` null is the whole basket; `value` is parts per million or minor units, 0 takes it back."""

    value: int
    line: Text | None = None
    kind: Text = "percent"
    reason: Text = ""


class Keep(Told, frozen=True, kw_only=True):
    """Keep the prices that were scanned?"""

    keep: bool = False


class Note(Told, frozen=True, kw_only=True):
    """Words beside a basket that is put aside."""

    note: Text = ""


class Why(Approvable, frozen=True, kw_only=True):
    """A reason of the chain's list."""

    reason: Text


class Held(Told, frozen=True, kw_only=True):
    """A basket that waits."""

    id: Text


class Place(Told, frozen=True, kw_only=True):
    """The place of a tender, counted from 1."""

    n: int


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """Cash or a card on a terminal of its own; `approval` is that terminal's approval code."""

    kind: Literal["cash", "card"]
    given_minor: int
    approval: str | None = None


class TenderAdded(Told, frozen=True, kw_only=True):
    """A part payment, with the fields of `Paid`."""

    refused_as: ClassVar[Mapping[str, str]] = {
        "kind": TENDER_MALFORMED,
        "given_minor": TENDER_MALFORMED,
        "approval": "till.approval_code_malformed",
    }
    card_like: ClassVar[tuple[str, ...]] = ("approval",)  # refused as a code that is too long

    kind: Literal["cash", "card"]
    given_minor: int
    approval: str | None = None


class Finish(Told, frozen=True, kw_only=True):
    """The basket as the screen shows it, and what was paid beside the tenders that it has already."""

    refused_as: ClassVar[Mapping[str, str]] = {"add": TENDER_MALFORMED}

    basket: Text | None = None
    version: int | None = None
    add: Annotated[list[Paid], Meta(max_length=20)] = []
    cash_given_minor: int | None = None

    def tenders(self) -> list[Tender]:
        """All that was paid with this call."""
        added = [tender(paid) for paid in self.add]
        if self.cash_given_minor is not None:
            added.append(tender(Paid(kind="cash", given_minor=self.cash_given_minor)))
        return added


def tender(paid: Paid | TenderAdded) -> Tender:
    """As the till reckons with it; raises `Invalid`."""
    plain: dict[str, Any] = msgspec.structs.asdict(paid)
    return tender_from(plain)


class Words(Told, frozen=True, kw_only=True):
    """What is searched for."""

    q: str = ""


class Code(Told, frozen=True, kw_only=True):
    """A code, or words where no code fits."""

    code: str = ""
