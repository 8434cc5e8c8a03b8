"""What the till's calls answer: the State of a screen and the few values of each command."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

Text = dict[str, str]


class Named(TypedDict):
    """A code and its name in three languages."""

    code: str
    name: Text


class Terminal(TypedDict):
    """A terminal of the store."""

    code: str
    name: str


class Currency(TypedDict):
    """Amounts are in minor units of it."""

    code: str
    exponent: int
    symbol: str
    denominations: list[int]
    cash_step_minor: int


class Person(TypedDict):
    """Who is signed in."""

    number: str
    name: str
    role: str
    language: str
    permissions: list[str]
    approvals: list[str]
    discount_limit_ppm: int


class Shift(TypedDict):
    """The open shift of this terminal."""

    id: str
    day: str
    opened_at: int
    mine: bool
    stale: bool
    recount: bool


class Discount(TypedDict):
    """`value` is parts per million for "percent" and minor units for "amount"."""

    kind: str
    value: int
    reason: str


class Option(TypedDict):
    """One of several products under a code."""

    sku: str
    name: Text
    spec: str
    price_minor: int | None


class LineShown(TypedDict):
    """A row of the basket; a red row has no price."""

    id: str
    state: str
    sku: str | None
    code: str
    name: Text
    spec: str
    quantity: int
    unit: str
    weighed: bool
    keyed_weight: bool
    unit_price_minor: int | None
    gross_minor: int
    discount_minor: int
    total_minor: int
    discount: Discount | None
    choices: list[Option]


class Tax(TypedDict):
    """The tax of one code."""

    code: str
    included: bool
    amount_minor: int


class Totals(TypedDict):
    """Sums of the basket."""

    gross_minor: int
    discount_minor: int
    tax: list[Tax]
    total_minor: int
    pieces: int
    lines: int


class PriceChange(TypedDict):
    """A line whose price switched after it was scanned."""

    line: str
    sku: str | None
    name: Text
    old_minor: int | None
    new_minor: int | None


class TenderShown(TypedDict):
    """A part payment."""

    n: int
    kind: str
    amount_minor: int
    given_minor: int
    approval: str | None


class Settled(TypedDict):
    """What is paid and what is left."""

    payable_minor: int
    rounding_minor: int
    paid_minor: int
    left_minor: int
    change_minor: int


class BasketShown(TypedDict):
    """The open basket; `id` is null while there is none."""

    id: str | None
    lines: list[LineShown]
    discount: Discount | None
    totals: Totals
    blocked: list[str]
    price_changes: list[PriceChange]
    tenders: list[TenderShown]
    settlement: Settled


class QuickKey(TypedDict):
    """A key with its product and today's price."""

    position: int
    sku: str
    name: Text
    spec: str
    unit: str
    weighed: bool
    price_minor: int | None


class QuickKeys(TypedDict):
    """A page of quick keys."""

    page: int
    name: Text
    keys: list[QuickKey]


class LinkChip(TypedDict):
    """The line to HQ."""

    state: str
    unsent: int
    oldest_minutes: int | None
    hq_seconds: int | None
    alarms: list[str]


class PrinterChip(TypedDict):
    """The printer and its papers."""

    state: str
    code: str | None
    words: str
    waiting: int
    held: int
    unknown: int
    drawer: str


class ScannerChip(TypedDict):
    """The serial scanner, if there is one."""

    state: str
    code: NotRequired[str | None]
    words: NotRequired[str]


class Chips(TypedDict):
    """Each source answers for itself; `link` is there once sync runs."""

    printer: PrinterChip
    scanner: ScannerChip
    link: NotRequired[LinkChip]


class LastSale(TypedDict):
    """The document that this terminal made last."""

    id: str
    kind: str
    number: str
    at: int
    payable_minor: int
    change_minor: int


class Built(TypedDict):
    """Everything that a screen shows, before it is marked; `day` is the one that documents of this till carry."""

    version: int
    language: str
    store: Named
    terminal: Terminal
    currency: Currency
    now: str
    day: str
    staff: Person | None
    locked: bool
    shift: Shift | None
    basket: BasketShown
    held_count: int
    quick_keys: list[QuickKeys]
    reasons: dict[str, list[Named]]
    chips: Chips
    last_sale: LastSale | None


class State(Built):
    """Everything that a screen shows; `mark` names this State (`edge.till.changes`)."""

    mark: str


class Shown(TypedDict):
    """The State, or its changes since the one that the page named."""

    state: NotRequired[State]
    changes: NotRequired[dict[str, Any]]


class Changed(TypedDict):
    """The basket's new version; `line` is the one that was added."""

    version: int
    line: NotRequired[str]
    discount_dropped: NotRequired[bool]


class HeldNow(TypedDict):
    """The basket that was put aside."""

    held: str


class Recalled(TypedDict):
    """The basket that was taken here."""

    basket: str
    recalled: bool


class Done(TypedDict):
    """A finished document."""

    id: str
    number: str
    total_minor: int
    payable_minor: int
    change_minor: int
    bh: str


class Sold(TypedDict):
    """The sale of a basket, the same however often it is asked for."""

    sale: Done


class HeldBasket(TypedDict):
    """A basket that waits."""

    id: str
    terminal: str
    staff: str
    staff_name: str
    mine: bool
    time: str
    lines: int
    pieces: int
    total_minor: int
    first: list[Text]
    note: str


class HeldBaskets(TypedDict):
    """Baskets of the whole store that wait."""

    held: list[HeldBasket]


class OfferShown(TypedDict):
    """A product for a list; `stock` (thousandths) only at the price check, null where it never moved."""

    sku: str
    code: str
    name: Text
    spec: str
    unit: str
    weighed: bool
    price_minor: int | None
    stock: NotRequired[int | None]


class Found(TypedDict):
    """Products found."""

    results: list[OfferShown]
