"""Blocks of paper: what is said, not how wide the paper is.

The printer's driver turns blocks into lines of its own width; the screen shows the same document.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from retail.catalogue import in_language
from retail.receipt_facts import ReceiptSettings


@dataclass(frozen=True)
class Line:
    """A line of text; `align` is left, center or right."""

    text: str
    align: str = "left"
    bold: bool = False
    double: bool = False


@dataclass(frozen=True)
class Columns:
    """A label at the left and a figure at the right."""

    left: str
    right: str
    bold: bool = False
    double: bool = False


@dataclass(frozen=True)
class Item:
    """A sold thing: name, quantity × price, amount, and notes below it."""

    name: str
    quantity_text: str
    price_text: str
    amount_text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True)
class Blank:
    """Empty lines."""

    n: int = 1


@dataclass(frozen=True)
class Qr:
    """A QR code."""

    data: str


@dataclass(frozen=True)
class Barcode:
    """A linear barcode."""

    data: str
    symbology: str = "CODE128"


@dataclass(frozen=True)
class CopyMark:
    """Says that this paper is the n-th copy and not a receipt of its own."""

    n: int


Block = Line | Columns | Item | Rule | Blank | Qr | Barcode | CopyMark


@dataclass(frozen=True)
class Document:
    """Blocks from top to bottom, in one language."""

    blocks: tuple[Block, ...]
    language: str


def as_copy(document: Document, n: int) -> Document:
    """The same document marked at top and bottom as copy `n`; 0 takes the marks away."""
    plain = tuple(block for block in document.blocks if not isinstance(block, CopyMark))
    marks: tuple[Block, ...] = (CopyMark(n),) if n else ()
    return replace(document, blocks=(*marks, *plain, *marks))


def opening(settings: ReceiptSettings, language: str) -> list[Block]:
    """Store name and head, as every paper of the store begins."""
    name = in_language(settings.store_name, language)
    blocks: list[Block] = [Line(name, "center", bold=True, double=True)] if name else []
    head = in_language(settings.head, language)
    return [*blocks, *(Line(text, "center") for text in head.splitlines() if text.strip()), Rule()]
