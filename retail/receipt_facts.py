"""What goes onto paper: the shapes that the document builders read.

The events' payloads fit these promises as they are (`schemas.events.sales`), so nothing is copied before
printing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from retail.catalogue import Text


@dataclass(frozen=True)
class ReceiptSettings:
    """Names and texts of chain and store; `head` and `foot` may have several lines each."""

    store_name: Text
    store: str
    currency: str
    exponent: int
    head: Text = field(default_factory=dict)
    foot: Text = field(default_factory=dict)
    tax_names: Mapping[str, Text] = field(default_factory=dict)
    reason_names: Mapping[str, Text] = field(default_factory=dict)


class GivenDiscount(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> int: ...
    @property
    def reason(self) -> str: ...


class PrintedLine(Protocol):
    """A sold line."""

    @property
    def name(self) -> Mapping[str, str]: ...
    @property
    def spec(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def unit_price_minor(self) -> int: ...
    @property
    def gross_minor(self) -> int: ...
    @property
    def discount_minor(self) -> int: ...
    @property
    def discount(self) -> GivenDiscount | None: ...
    @property
    def keyed_weight(self) -> bool: ...


class ReturnedItem(Protocol):
    """A line that came back; amounts are positive."""

    @property
    def name(self) -> Mapping[str, str]: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def total_minor(self) -> int: ...


class PrintedTax(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def rate_ppm(self) -> int: ...
    @property
    def included(self) -> bool: ...
    @property
    def base_minor(self) -> int: ...
    @property
    def amount_minor(self) -> int: ...


class PrintedTender(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def given_minor(self) -> int: ...
    @property
    def approval(self) -> str | None: ...


class Money(Protocol):
    """What sales and returns have in common."""

    @property
    def number(self) -> str: ...
    @property
    def terminal(self) -> str: ...
    @property
    def taxes(self) -> Sequence[PrintedTax]: ...
    @property
    def total_minor(self) -> int: ...
    @property
    def rounding_minor(self) -> int: ...
    @property
    def payable_minor(self) -> int: ...
    @property
    def tenders(self) -> Sequence[PrintedTender]: ...
    @property
    def pieces(self) -> int: ...


class PrintedSale(Money, Protocol):
    """A completed sale."""

    @property
    def lines(self) -> Sequence[PrintedLine]: ...
    @property
    def gross_minor(self) -> int: ...
    @property
    def discount_minor(self) -> int: ...
    @property
    def change_minor(self) -> int: ...


class PrintedReturn(Money, Protocol):
    """A completed return; all amounts positive."""

    @property
    def original_number(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def lines(self) -> Sequence[ReturnedItem]: ...


@dataclass(frozen=True)
class SaleFacts:
    """A sale and what its event adds: store-local time, cashier's name, the body's hash in hex."""

    sale: PrintedSale
    local_time: str
    cashier: str
    body_hash: str


@dataclass(frozen=True)
class ReturnFacts:
    """A return and what its event adds."""

    back: PrintedReturn
    local_time: str
    cashier: str
    body_hash: str


@dataclass(frozen=True)
class ShiftPrint:
    """What a report's paper adds to its figures; the chain head stands on a Z (hash in hex)."""

    local_time: str
    cashier: str
    head_inc: str = ""
    head_seq: int | None = None
    head_hash: str = ""
