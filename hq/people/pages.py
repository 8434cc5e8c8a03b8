"""Pages of till staff."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.allowed import sees
from hq.audit.queries import history
from hq.people import actions, repository
from hq.settings.model import TILL_ROLES
from hq.stores import queries as stores
from hq.web import ctx, hq, needs, render, say, say_refused
from retail.errors import LianpuError, NotFound

pages = Blueprint("people", __name__, template_folder="templates", url_prefix="/people")


@pages.get("/")
@needs("people.view")
def index() -> str:
    """Everybody who may sign in at a till."""
    with hq().db.read() as connection:
        staff = repository.all_staff(connection)
        where = repository.all_stores(connection)
    seen = ctx().actor.stores
    rows = [p for p in staff if seen is None or seen & set(where.get(p.number, ()))]
    return render("people/index.html", staff=rows, where=where)


@pages.get("/new")
@needs("people.change")
def new() -> str:
    """The form for a new person."""
    return _form(None, [], {})


def _form(person: Any, where: list[str], form: Any) -> str:
    changes = history(hq().db, f"staff:{person.number}") if person else []
    names = {code: name for code, name in stores.names(hq().db).items() if sees(ctx(), code)}
    return render(
        "people/form.html",
        person=person,
        where=where,
        form=form,
        roles=TILL_ROLES,
        stores=names,
        history=changes,
    )


@pages.post("/new")
@needs("people.change")
def add() -> str | tuple[str, int]:
    """Add a person; the initial code is on the answer and nowhere else."""
    form = request.form
    try:
        code = actions.add_staff(
            ctx(), number=form.get("number", ""), name=form.get("name", ""), role=form.get("role", ""),
            language=form.get("language", ""), stores=form.getlist("stores"),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _form(None, form.getlist("stores"), form), 422
    return render("people/code.html", number=form.get("number", "").strip(), name=form.get("name"), code=code)


def _person(number: str) -> tuple[Any, list[str]]:
    with hq().db.read() as connection:
        found = repository.staff(connection, number)
        if found is None:
            raise NotFound("people.staff_unknown", number=number[:20])
        where = repository.stores_of(connection, number)
    seen = ctx().actor.stores
    if seen is not None and not seen & set(where):
        raise NotFound("people.staff_unknown", number=number[:20])
    return found, where


@pages.get("/<number>")
@needs("people.view")
def show(number: str) -> str:
    """One person."""
    person, where = _person(number)
    return _form(person, where, {})


@pages.post("/<number>")
@needs("people.change")
def change(number: str) -> Response | tuple[str, int]:
    """Save a person."""
    form = request.form
    try:
        actions.change_staff(
            ctx(), number, name=form.get("name", ""), role=form.get("role", ""),
            language=form.get("language", ""), stores=form.getlist("stores"),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        person, where = _person(number)
        return _form(person, where, {}), 422
    say("people.saved", name=form.get("name", ""))
    return redirect(url_for("people.show", number=number))


@pages.post("/<number>/reset")
@needs("people.change")
def reset(number: str) -> str:
    """A new initial code, shown once."""
    person, _where = _person(number)
    code = actions.reset_code(ctx(), number)
    return render("people/code.html", number=number, name=person.name, code=code)


@pages.post("/<number>/active")
@needs("people.change")
def activate(number: str) -> Response:
    """Dismiss or take back."""
    active = request.form.get("active") == "1"
    try:
        actions.set_active(ctx(), number, active=active)
        say("people.taken_back" if active else "people.dismissed")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("people.show", number=number))
