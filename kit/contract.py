"""What a call of an API takes and answers stands once: in the types of its view's signature.

`body` and `query` of a view are msgspec structs. The wrapper of the view reads the request into them, and the OpenAPI
file (`proof.openapi`) is made of the same types, so that neither can say what the other does not do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from retail.errors import Invalid

MALFORMED = "web.field"
Text = Annotated[str, Meta(max_length=200)]
Json = dict[str, Any]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every body and query. Names that a struct does not know are ignored.

    `refused_as` names the refusal of a malformed field where it is not `web.field`; fields in `card_like` may hold as
    many digits as a card number has (scanned codes).
    """

    refused_as: ClassVar[Mapping[str, str]] = {}
    card_like: ClassVar[tuple[str, ...]] = ()


class Nothing(Told, frozen=True, kw_only=True):
    """A body without a field: any object will do."""


T = TypeVar("T", bound=Told)


@dataclass(frozen=True)
class Contract:
    """`who` may call: "anybody", "device", "person" or "bearer"; `rights` are asked for, the first of them always."""

    who: str
    rights: tuple[str, ...]
    keyed: bool
    body: type[Told] | None
    query: type[Told] | None
    answer: Any


def contract_of(view: Callable[..., Any], *, who: str, rights: tuple[str, ...], keyed: bool) -> Contract:
    """Read the signature of a view. An answer may be a type or `Annotated[Json, type]`, where a view hands on what an
    action made.
    """
    hints = get_type_hints(view, include_extras=True)
    answer = hints["return"]
    if get_origin(answer) is Annotated:
        answer = get_args(answer)[1]
    return Contract(who, rights, keyed, hints.get("body"), hints.get("query"), answer)


def read(kind: type[T], plain: Mapping[str, Any], *, strict: bool = True) -> T:
    """The request as its type; raises `Invalid` with the name of the field that is missing or malformed."""
    try:
        return msgspec.convert(plain, kind, strict=strict)
    except msgspec.ValidationError as error:
        field = _field(str(error))
    raise Invalid(kind.refused_as.get(field, MALFORMED), field=field)


def _field(message: str) -> str:
    """The outermost name in msgspec's words: "… - at `$.lines[0].sku`" or "… required field `sku`"."""
    words = message.split("`")
    if words[-2].startswith("$."):
        return words[-2][2:].split("[")[0].split(".")[0]
    return words[-2]
