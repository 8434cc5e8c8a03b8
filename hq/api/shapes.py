"""What the calls of HQ's API take and answer. The OpenAPI file is made of these types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypedDict

import msgspec
from msgspec import Meta

from hq.sales.queries import Sums
from kit.contract import Told

PAGES_MAX = 1_000_000
Language = Literal["zh-Hans", "zh-Hant", "en"]


class ProductsAsked(Told, frozen=True, kw_only=True):
    """Which products: `text` is part of a name or code, `page` counts from 1."""

    text: str = ""
    category: str = ""
    state: str = ""
    page: Annotated[int, Meta(ge=1, le=PAGES_MAX)] = 1


class ProductTold(Told, frozen=True, kw_only=True):
    """A product; without `version` it is new, with it the one seen is changed."""

    refused_as: ClassVar[Mapping[str, str]] = {"name": "catalogue.name_missing"}

    name: dict[Language, str]
    brand: str = ""
    spec: str = ""
    unit: str = "pc"
    weighed: bool = False
    tax_code: str = ""
    category: str = ""
    active: bool = True
    version: int | None = None


class PriceTold(Told, frozen=True, kw_only=True):
    """A price for `scope` (chain, zone:A, store:001); civil times are the stores' own."""

    refused_as: ClassVar[Mapping[str, str]] = {"price_minor": "prices.not_positive"}

    price_minor: int
    scope: str = "chain"
    start: str | None = msgspec.field(default=None, name="from")
    until: str | None = None
    note: str = ""


class TotalsAsked(Told, frozen=True, kw_only=True):
    """The sums of a business day (YYYY-MM-DD), of one store or of every store that the person sees."""

    day: str = ""
    store: str = ""


class ProductRow(TypedDict):
    """A product in the list."""

    sku: str
    name: dict[str, str]
    spec: str
    unit: str
    category: str
    barcode: str | None
    active: bool


class Products(TypedDict):
    """A page of products; `total` is the number of all."""

    total: int
    page: int
    products: list[ProductRow]


PriceRow = TypedDict(
    "PriceRow",
    {"id": str, "scope": str, "price_minor": int, "from": str, "until": str | None, "cancelled": bool},
)


class ProductShown(TypedDict):
    """A product with its barcodes and every price that the person sees, newest first."""

    sku: str
    name: dict[str, str]
    unit: str
    weighed: bool
    tax_code: str
    category: str
    active: bool
    version: int
    barcodes: list[str]
    prices: list[PriceRow]


class Saved(TypedDict):
    """The product that was saved."""

    sku: str


class Priced(TypedDict):
    """The price that was made."""

    id: str


class Cancelled(TypedDict):
    """Nothing more to say."""


class StoreRow(TypedDict):
    """A store and how fresh HQ's knowledge of it is; `heard_at` is null for one that was never heard of."""

    code: str
    name: dict[str, str]
    zone: str
    time_zone: str
    enrolled: bool
    heard_at: int | None
    late: bool
    day: str


class Stores(TypedDict):
    """The stores that the person sees."""

    stores: list[StoreRow]


class Totals(TypedDict):
    """Sums by store, net of returns."""

    day: str
    currency: str
    stores: dict[str, Sums]
