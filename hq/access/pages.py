"""Sign-in, one's own settings, and the people of the console."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from hq.access import actions, repository
from hq.access.cookies import safe_path, with_session
from hq.access.guard import SESSION_COOKIE
from hq.allowed import require
from hq.audit.queries import history
from hq.slice import ROLES
from hq.web import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    ctx,
    hq,
    needs,
    open_to_all,
    render,
    say,
    say_refused,
    signed_in,
)
from kit.i18n import LANGUAGES
from kit.sql import run
from retail.errors import LianpuError, NotFound, NotPermitted

pages = Blueprint("access", __name__, template_folder="templates")


# -- sign-in -----------------------------------------------------------------------------------------------


@pages.get("/sign-in")
@open_to_all
def sign_in() -> str:
    """The sign-in page."""
    return render("access/sign_in.html", login="", next=request.args.get("next", ""))


@pages.post("/sign-in")
@open_to_all
def sign_in_now() -> Response | tuple[str, int]:
    """Check the password and begin a session with a fresh token and a fresh form token."""
    form = request.form
    wanted = form.get("next", "")
    try:
        begun = actions.sign_in(
            ctx(), login=form.get("login", ""), password=form.get("password", ""),
            old_token=request.cookies.get(SESSION_COOKIE, ""),
        )  # fmt: skip
    except NotPermitted as error:
        say_refused(error)
        return render("access/sign_in.html", login=form.get("login", "")[:80], next=wanted), 403
    session.clear()
    if begun.owes_code:
        return with_session(redirect(url_for("second_factor.code", next=wanted or None)), begun.token)
    return with_session(redirect(safe_path(wanted)), begun.token)


@pages.post("/sign-out")
@signed_in
def sign_out() -> Response:
    """End this browser's session."""
    actions.sign_out(ctx(), request.cookies.get(SESSION_COOKIE, ""))
    session.clear()
    answer = redirect(url_for("access.sign_in"))
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@pages.post("/language")
@open_to_all
def set_language() -> Response:
    """Switch the language: for a person in the database, before sign-in in a cookie."""
    chosen = request.form.get("language", "")
    answer = redirect(_back())
    if chosen in LANGUAGES:
        if ctx().actor.staff != "nobody":
            actions.set_own_language(ctx(), chosen)
        answer.set_cookie(LANGUAGE_COOKIE, chosen, httponly=True, samesite="Lax", max_age=31_536_000)
    return answer


@pages.post("/theme")
@open_to_all
def set_theme() -> Response:
    """Switch between the light and the dark theme of this browser."""
    answer = redirect(_back())
    dark = request.cookies.get(THEME_COOKIE) == "dark"
    answer.set_cookie(
        THEME_COOKIE, "light" if dark else "dark", httponly=True, samesite="Lax", max_age=31_536_000
    )
    return answer


def _back() -> str:
    return safe_path(request.form.get("back", "/"))


@pages.get("/me")
@signed_in
def me() -> str:
    """One's own page: password."""
    return render("access/me.html")


@pages.post("/me/password")
@signed_in
def change_password() -> Response | tuple[str, int]:
    """Change one's own password."""
    form = request.form
    try:
        token = actions.change_own_password(
            ctx(), old=form.get("old", ""), new=form.get("new", ""),
            session_token=request.cookies.get(SESSION_COOKIE, ""),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return render("access/me.html"), 422
    say("access.password_changed")
    return with_session(redirect(url_for("access.me")), token)


# -- people ------------------------------------------------------------------------------------------------


def _stores() -> list[Any]:
    return hq().db.rows("SELECT code, name FROM store ORDER BY code")


@pages.get("/users")
@needs("access.view")
def index() -> str:
    """Everybody who may open the console."""
    with hq().db.read() as connection:
        users = repository.all_users(connection)
    return render("access/index.html", users=users)


@pages.get("/users/new")
@needs("access.change")
def new() -> str:
    """The form for a new person."""
    return render(
        "access/form.html", user=None, roles=ROLES, stores=_stores(), history=[], tokens=[], form={}
    )


@pages.post("/users/new")
@needs("access.change")
def add() -> str | tuple[str, int]:
    """Add a person; the made-up password is on the answer and nowhere else."""
    form = request.form
    try:
        user, password = actions.add_user(
            ctx(), login=form.get("login", ""), name=form.get("name", ""),
            language=form.get("language", ""), roles=form.getlist("roles"), stores=_chosen_stores(),
            password=form.get("password", ""),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return render(
            "access/form.html", user=None, roles=ROLES, stores=_stores(), history=[], tokens=[], form=form
        ), 422
    shown = "" if form.get("password") else password
    return render("access/secret.html", user=user, secret=shown, what="access.password")


def _chosen_stores() -> list[str] | None:
    return None if request.form.get("all_stores") else request.form.getlist("stores")


@pages.get("/users/<user_id>")
@needs("access.view")
def show(user_id: str) -> str:
    """One person with history and tokens."""
    return _show(user_id)


def _show(user_id: str) -> str:
    with hq().db.read() as connection:
        user = repository.user(connection, user_id)
        if user is None:
            raise NotFound("access.user_unknown")
        tokens = repository.tokens_of(connection, user_id)
        sessions = run(
            connection, "SELECT count(*) FROM hq_session WHERE user_id = :u", {"u": user_id}
        ).scalar_one()
    return render(
        "access/form.html", user=user, roles=ROLES, stores=_stores(), tokens=tokens, sessions=sessions,
        history=history(hq().db, f"user:{user.login}"), form={},
    )  # fmt: skip


@pages.post("/users/<user_id>")
@needs("access.change")
def change(user_id: str) -> Response | tuple[str, int]:
    """Save a person."""
    form = request.form
    try:
        user = actions.change_user(
            ctx(), user_id, name=form.get("name", ""), language=form.get("language", ""),
            roles=form.getlist("roles"), stores=_chosen_stores(),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _show(user_id), 422
    say("access.saved", name=user.name)
    return redirect(url_for("access.show", user_id=user_id))


@pages.post("/users/<user_id>/active")
@needs("access.change")
def activate(user_id: str) -> Response:
    """Deactivate or bring back."""
    active = request.form.get("active") == "1"
    try:
        actions.set_active(ctx(), user_id, active=active)
        say("access.activated" if active else "access.deactivated")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("access.show", user_id=user_id))


@pages.post("/users/<user_id>/reset")
@needs("access.change")
def reset(user_id: str) -> str:
    """Make up a new password and show it once."""
    password = actions.reset_password(ctx(), user_id)
    with hq().db.read() as connection:
        user = repository.user(connection, user_id)
    return render("access/secret.html", user=user, secret=password, what="access.password")


@pages.post("/users/<user_id>/tokens")
@needs("access.change")
def add_token(user_id: str) -> str | Response:
    """Make a token for programs and show it once."""
    require(ctx(), "access.change")
    try:
        token = actions.make_token(ctx(), user_id, request.form.get("label", ""))
    except LianpuError as error:
        say_refused(error)
        return redirect(url_for("access.show", user_id=user_id))
    with hq().db.read() as connection:
        user = repository.user(connection, user_id)
    return render("access/secret.html", user=user, secret=token, what="access.token")


@pages.post("/users/<user_id>/tokens/<digest>/revoke")
@needs("access.change")
def revoke_token(user_id: str, digest: str) -> Response:
    """End a token."""
    actions.revoke_token(ctx(), user_id, digest)
    say("access.token_revoked")
    return redirect(url_for("access.show", user_id=user_id))
