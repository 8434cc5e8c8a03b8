"""The basket of a terminal with what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from kit.db import Row
from retail.basket import Basket
from retail.errors import Invalid
from retail.tender import Tender


class Content(msgspec.Struct, frozen=True):
    """What is stored of a basket, read and written on every scan; keys of a newer version are ignored."""

    basket: Basket
    kept: dict[str, str] = {}


_contents = msgspec.json.Decoder(Content)
_tenders = msgspec.json.Decoder(list[dict[str, Any]])
_encode = msgspec.json.Encoder().encode


UNREADABLE = "basket.unreadable"
TENDER_LIMIT = 10**11  # minor units: what is longer is a barcode that was scanned into the cash field


@dataclass(frozen=True)
class OpenBasket:
    """`kept` maps a line to the price reference that the cashier decided to keep after a switch."""

    basket: Basket
    tenders: tuple[Tender, ...] = ()
    kept: dict[str, str] = field(default_factory=dict)
    note: str = ""
    stored: bool = False

    @classmethod
    def from_row(cls, row: Row) -> OpenBasket:
        """Read a stored basket; raises `Invalid("basket.unreadable")`."""
        try:
            content = _contents.decode(row["content"])
            tenders = tuple(tender_from(plain) for plain in _tenders.decode(row["tenders"]))
        except (msgspec.DecodeError, Invalid) as error:
            raise Invalid(UNREADABLE, why=str(error)[:100]) from error
        note = bytes(row["note"]).decode("utf-8", "replace")
        return cls(content.basket, tenders, content.kept, note, stored=True)

    def content(self) -> str:
        """The JSON that is stored."""
        return _encode(Content(self.basket, self.kept)).decode()

    def tenders_text(self) -> str:
        """The tenders as stored."""
        return _encode([tender_to(tender) for tender in self.tenders]).decode()

    def with_basket(self, basket: Basket) -> OpenBasket:
        """The same surroundings around a changed basket; tenders are given back by the caller if they must."""
        return replace(self, basket=basket)


def tender_to(tender: Tender) -> dict[str, Any]:
    """JSON-safe."""
    return {
        "kind": tender.kind,
        "amount_minor": tender.amount_minor,
        "given_minor": tender.given_minor,
        "approval": tender.approval,
    }


def tender_from(plain: dict[str, Any]) -> Tender:
    """From a stored or requested tender; for cash only what was given counts."""
    kind, given, approval = plain.get("kind"), plain.get("given_minor"), plain.get("approval") or None
    if kind not in ("cash", "card") or not isinstance(given, int) or isinstance(given, bool):
        raise Invalid("till.tender_malformed")
    if given >= TENDER_LIMIT:
        raise Invalid("till.tender_too_large")
    if approval is not None and not (isinstance(approval, str) and approval.isalnum() and approval.isascii()):
        raise Invalid("till.approval_code_malformed")
    if approval is not None and len(approval) > 12:
        raise Invalid("till.approval_code_malformed")
    return Tender(kind, given, given, approval)
