"""No field of the console or of the API takes a card number (FAULTS SC-36): refused before it is stored or logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, request

from kit.cards import holds_card_number
from retail.errors import Invalid

# Article numbers may look like a card's by chance; passwords are never kept as they are; ours are hashes and tokens.
CARD_LIKE = frozenset({"csrf_token", "sku", "barcode", "password", "old", "new", "key", "fingerprint"})
# Forms whose `code` is an article's.
BARCODES = frozenset({"catalogue.add_barcode", "catalogue.remove_barcode"})


def install(app: Flask) -> None:
    """Look at every form; the API's bodies are looked at where they are read (`hq.api.once`)."""

    @app.before_request
    def look() -> None:
        if (
            request.method == "POST" and request.mimetype != "application/json"
        ):  # no form, and read later, bounded
            for name in request.form:
                if name != "code" or request.endpoint not in BARCODES:
                    refuse({name: request.form.getlist(name)})


def refuse(body: Mapping[str, Any]) -> None:
    """Raise `Invalid("web.card_number")` when a text of any field holds one."""
    for name, value in body.items():
        if name not in CARD_LIKE and any(holds_card_number(text) for text in _texts(value)):
            raise Invalid("web.card_number", field=name[:40])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
