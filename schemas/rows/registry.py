"""Every kind of reference row and the class of data it is (SYNC §1)."""

from __future__ import annotations

from typing import Any

import msgspec

from retail.errors import Invalid
from schemas.rows import catalogue, chain, stores

KINDS: dict[str, type[msgspec.Struct]] = {
    "product": catalogue.ProductRow,
    "barcode": catalogue.BarcodeRow,
    "category": catalogue.CategoryRow,
    "price": catalogue.PriceRow,
    "settings": chain.ChainSettingsRow,
    "reason": chain.ReasonRow,
    "role": chain.RoleLimitRow,
    "quick_key": chain.QuickKeyRow,
    "store": stores.StoreRow,
    "terminal": stores.TerminalRow,
    "staff": stores.StaffRow,
}

_encoder = msgspec.json.Encoder(order="sorted")
_decoders = {kind: msgspec.json.Decoder(struct) for kind, struct in KINDS.items()}


def encode(row: msgspec.Struct) -> bytes:
    """The bytes that are published, hashed and stored."""
    return _encoder.encode(row)


def decode(kind: str, data: bytes) -> Any:
    """Read the bytes of a known kind; unknown fields are ignored here and kept in the stored bytes."""
    try:
        return _decoders[kind].decode(data)
    except msgspec.DecodeError as error:
        raise Invalid("row.unreadable", kind=kind, why=str(error)[:200])
