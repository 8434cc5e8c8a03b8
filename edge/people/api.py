"""JSON of pairing, sign-in, lock and language."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from flask import Blueprint, Response, jsonify, request
from msgspec import Meta

from edge.people import actions, pairing
from edge.till import state
from edge.till.answers import Shown
from edge.web import COOKIE, anybody, call, command, device_context, node
from kit.context import Context
from kit.contract import Json, Told
from retail.errors import Invalid

api = Blueprint("people_api", __name__, url_prefix="/api/v1")
Short = Annotated[str, Meta(max_length=20)]


class Pairing(Told, frozen=True, kw_only=True):
    """The one-use code, and what the device is called."""

    code: Annotated[str, Meta(max_length=40)]
    label: Annotated[str, Meta(max_length=60)] = ""


class SignIn(Told, frozen=True, kw_only=True):
    """`pin`, or the first time `initial` and `new_pin`."""

    staff: Short
    pin: Short | None = None
    initial: Short | None = None
    new_pin: Short | None = None


class Language(Told, frozen=True, kw_only=True):
    """One of our languages."""

    language: Literal["zh-Hans", "zh-Hant", "en"]


class InLanguage(Told, frozen=True, kw_only=True):
    """The language of the texts."""

    lang: str = "en"


class Paired(TypedDict):
    """The terminal that this browser is now."""

    terminal: str


class StaffName(TypedDict):
    """A name for the sign-in page."""

    number: str
    name: str


class Staff(TypedDict):
    """Who may sign in here."""

    staff: list[StaffName]


class Texts(TypedDict):
    """Every text of the page by its key."""

    texts: dict[str, str]


@api.post("/pair")
@call(anybody)
def pair(ctx: Context, body: Pairing) -> Annotated[Response, Paired]:
    """Trade a one-use code for the device cookie that makes this browser a till."""
    token, terminal = pairing.pair(node(), body.code, body.label, request.remote_addr or "")
    response = jsonify({"ok": True, "terminal": terminal})
    response.set_cookie(
        COOKIE,
        token,
        max_age=400 * 86400,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
        path="/",
    )
    return response


@api.get("/staff")
@call(device_context)
def staff(ctx: Context) -> Staff:
    """Names for the sign-in page of a paired terminal."""
    people = node().reference.settings.staff.values()
    listed = sorted((row.number, row.name) for row in people if row.active)
    return {"staff": [{"number": number, "name": name} for number, name in listed]}


@api.post("/sign-in")
@api.post("/switch", endpoint="switch")
@call(device_context)
def sign_in(ctx: Context, body: SignIn) -> Shown:
    """By number and PIN; the first time by number, initial code and a new PIN. A switch is the same: who sat
    there before is out, the basket stays.
    """
    if body.new_pin is not None:
        actor = actions.first_sign_in(ctx, body.staff, _given(body.initial, "initial"), body.new_pin)
    else:
        actor = actions.sign_in(ctx, body.staff, _given(body.pin, "pin"))
    node().touch(ctx.device)
    return state.answer(ctx.acting_as(actor))


def _given(text: str | None, name: str) -> str:
    if text is None:
        raise Invalid("web.field", field=name)
    return text


@api.post("/lock")
@call(device_context)
def lock(ctx: Context) -> Shown:
    """Lock the terminal; the basket stays."""
    actions.lock(ctx)
    return state.answer(ctx)


@api.post("/language", endpoint="language")
@command()
def language(ctx: Context, body: Language) -> Json:
    """Change the language of this person at this terminal."""
    actions.choose_language(ctx, body.language)
    return {}


@api.get("/texts")
@call(anybody)
def texts(ctx: Context, query: InLanguage) -> Texts:
    """Every text of the till screen in one language."""
    return {"texts": node().texts.table(query.lang)}
