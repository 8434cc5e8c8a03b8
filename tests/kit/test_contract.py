"""A request is read by the type that its view declares; a refusal names the field."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
import pytest

from kit.contract import Json, Nothing, Text, Told, contract_of, read
from retail.errors import Invalid


class Item(msgspec.Struct):
    sku: str


class Order(Told):
    refused_as: ClassVar = {"items": "order.items_malformed"}

    number: Text
    pieces: int = 1
    items: list[Item] = []


class Made(msgspec.Struct):
    id: str


def test_names_that_a_body_does_not_know_are_ignored() -> None:
    """SC-13."""
    assert read(Order, {"number": "7", "colour": "red"}) == Order(number="7")
    assert read(Nothing, {"anything": 1}) == Nothing()


@pytest.mark.parametrize(
    ("plain", "code", "field"),
    [
        ({}, "web.field", "number"),
        ({"number": 7}, "web.field", "number"),
        ({"number": "7" * 201}, "web.field", "number"),
        ({"number": "7", "pieces": True}, "web.field", "pieces"),
        ({"number": "7", "pieces": None}, "web.field", "pieces"),
        ({"number": "7", "items": "x"}, "order.items_malformed", "items"),
        ({"number": "7", "items": [{"sku": 1}]}, "order.items_malformed", "items"),
        ({"number": "7", "items": [{}]}, "order.items_malformed", "items"),
    ],
)
def test_a_refusal_names_the_outermost_field(plain: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(Order, plain)

    assert (refused.value.code, refused.value.facts) == (code, {"field": field})


def test_a_contract_is_read_from_the_signature() -> None:
    def view(ctx: object, body: Order, query: Nothing) -> Annotated[Json, Made]:
        return {}

    found = contract_of(view, who="person", rights=("order.make",), keyed=True)

    assert (found.body, found.query, found.answer) == (Order, Nothing, Made)
