"""A shift's figures: what the drawer should hold, what it holds, and the X and Z reports.

All sums are of the shift's own documents, so that they equal the sums of its postings: expected drawer cash
is float + cash taken − cash refunded + cash in − cash out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from retail.errors import Invalid

SALE = "sale"
RETURN = "return"


@dataclass(frozen=True)
class DrawerCount:
    """Pieces per denomination (minor units), as counted without seeing what is expected."""

    pieces: Mapping[int, int]

    def __post_init__(self) -> None:
        if any(value <= 0 or count < 0 for value, count in self.pieces.items()):
            raise Invalid("shift.bad_count")

    @property
    def total_minor(self) -> int:
        """The counted money."""
        return sum(value * count for value, count in self.pieces.items())

    def to_dict(self) -> dict[str, int]:
        """JSON-safe form, greatest denomination first."""
        return {str(value): self.pieces[value] for value in sorted(self.pieces, reverse=True)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, int]) -> DrawerCount:
        """Read `to_dict`'s form; raises `Invalid("shift.bad_count")`."""
        try:
            return cls({int(value): int(count) for value, count in plain.items()})
        except (TypeError, ValueError, AttributeError):
            raise Invalid("shift.bad_count")


@dataclass(frozen=True)
class DocumentFact:
    """A sale or a return of the shift; all amounts positive. `tenders` are (kind, amount kept or paid)."""

    kind: str
    number: str
    total_minor: int
    rounding_minor: int
    tenders: tuple[tuple[str, int], ...]
    taxes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class CashMoveFact:
    """Cash put "in" or taken "out" without a sale; the amount is positive."""

    direction: str
    amount_minor: int


@dataclass(frozen=True)
class ShiftFacts:
    """Everything a report is made of; `count` and `z_number` are there at the close."""

    shift: str
    store: str
    terminal: str
    day: str
    currency: str
    float_minor: int
    documents: tuple[DocumentFact, ...] = ()
    cash_moves: tuple[CashMoveFact, ...] = ()
    no_sale_openings: int = 0
    aborted_baskets: int = 0
    count: DrawerCount | None = None
    z_number: int | None = None


@dataclass(frozen=True)
class Report:
    """`kind` is "X" or "Z". `tenders` and `taxes` are net of returns; counted and difference only on a Z.

    sales_minor and returns_minor are totals before cash rounding; Σ tenders = sales − returns + rounding.
    """

    kind: str
    shift: str
    store: str
    terminal: str
    day: str
    currency: str
    float_minor: int
    sales: int
    sales_minor: int
    returns: int
    returns_minor: int
    rounding_minor: int
    tenders: dict[str, int] = field(default_factory=dict)
    taxes: dict[str, int] = field(default_factory=dict)
    cash_in_minor: int = 0
    cash_out_minor: int = 0
    no_sale_openings: int = 0
    aborted_baskets: int = 0
    expected_minor: int = 0
    counted_minor: int | None = None
    difference_minor: int | None = None
    count: dict[str, int] = field(default_factory=dict)
    first_number: str | None = None
    last_number: str | None = None
    z_number: int | None = None


def x_report(facts: ShiftFacts) -> Report:
    """The figures so far; nothing is closed, nothing counted."""
    sales = [document for document in facts.documents if document.kind == SALE]
    returns = [document for document in facts.documents if document.kind == RETURN]
    if len(sales) + len(returns) != len(facts.documents):
        raise Invalid("shift.unknown_document")
    tenders = _net(facts.documents, "tenders")
    cash_in = sum(move.amount_minor for move in facts.cash_moves if move.direction == "in")
    cash_out = sum(move.amount_minor for move in facts.cash_moves if move.direction == "out")
    return Report(
        kind="X",
        shift=facts.shift,
        store=facts.store,
        terminal=facts.terminal,
        day=facts.day,
        currency=facts.currency,
        float_minor=facts.float_minor,
        sales=len(sales),
        sales_minor=sum(sale.total_minor for sale in sales),
        returns=len(returns),
        returns_minor=sum(back.total_minor for back in returns),
        rounding_minor=sum(_sign(document) * document.rounding_minor for document in facts.documents),
        tenders=tenders,
        taxes=_net(facts.documents, "taxes"),
        cash_in_minor=cash_in,
        cash_out_minor=cash_out,
        no_sale_openings=facts.no_sale_openings,
        aborted_baskets=facts.aborted_baskets,
        expected_minor=facts.float_minor + tenders.get("cash", 0) + cash_in - cash_out,
        first_number=facts.documents[0].number if facts.documents else None,
        last_number=facts.documents[-1].number if facts.documents else None,
    )


def z_report(facts: ShiftFacts) -> Report:
    """The closing figures with the count; raises `Invalid("shift.not_counted")` without one."""
    if facts.count is None or facts.z_number is None:
        raise Invalid("shift.not_counted", shift=facts.shift)
    figures = x_report(facts)
    counted = facts.count.total_minor
    return Report(
        **{
            **vars(figures),
            "kind": "Z",
            "counted_minor": counted,
            "difference_minor": counted - figures.expected_minor,
            "count": facts.count.to_dict(),
            "z_number": facts.z_number,
        }
    )


def _sign(document: DocumentFact) -> int:
    return 1 if document.kind == SALE else -1


def _net(documents: Iterable[DocumentFact], what: str) -> dict[str, int]:
    """Sum of (name, amount) pairs over the documents, returns subtracted; names sorted."""
    sums: dict[str, int] = {}
    for document in documents:
        pairs: tuple[tuple[str, int], ...] = getattr(document, what)
        for name, amount in pairs:
            sums[name] = sums.get(name, 0) + _sign(document) * amount
    return dict(sorted(sums.items()))
