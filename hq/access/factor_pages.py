"""Pages of the second factor: the code at the sign-in, one's own setting up, an administrator's help."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from hq.access import second_factor
from hq.access.cookies import safe_path, with_session
from hq.access.guard import SESSION_COOKIE
from hq.web import ctx, needs, open_to_all, render, say, say_refused, signed_in
from kit.qr import picture
from retail.errors import LianpuError

pages = Blueprint("second_factor", __name__, template_folder="templates")


def _token() -> str:
    return request.cookies.get(SESSION_COOKIE, "")


@pages.get("/sign-in/code")
@open_to_all
def code() -> str | Response:
    """Ask for the code; without a fresh password it begins anew."""
    if second_factor.owing(ctx(), _token()) is None:
        return redirect(url_for("access.sign_in"))
    return render("access/code.html", next=request.args.get("next", ""))


@pages.post("/sign-in/code")
@open_to_all
def give_code() -> Response | tuple[str, int]:
    """Finish signing in with a fresh token."""
    wanted = request.form.get("next", "")
    try:
        begun = second_factor.give_code(ctx(), token=_token(), code=request.form.get("code", ""))
    except LianpuError as error:
        say_refused(error)
        if second_factor.owing(ctx(), _token()) is None:
            return redirect(url_for("access.sign_in"))
        return render("access/code.html", next=wanted), 403
    session.clear()
    return with_session(redirect(safe_path(wanted)), begun.token)


# -- one's own ---------------------------------------------------------------------------------------------


def _own(status: int = 200) -> tuple[str, int]:
    setup = second_factor.waiting_setup(ctx())
    page = render(
        "access/second_factor.html", setup=setup, code=setup and picture(setup.address),
        since=second_factor.own_since(ctx()), left=second_factor.recovery_codes_left(ctx()),
        required=second_factor.required(ctx()),
    )  # fmt: skip
    return page, status


@pages.get("/me/second-factor")
@signed_in
def own() -> tuple[str, int]:
    """On, off, or half-way with the picture for the phone."""
    return _own()


@pages.post("/me/second-factor")
@signed_in
def begin() -> Response | tuple[str, int]:
    """Make a secret for one's phone."""
    try:
        second_factor.begin(ctx(), password=request.form.get("password", ""))
    except LianpuError as error:
        say_refused(error)
        return _own(422)
    return redirect(url_for("second_factor.own"))


@pages.post("/me/second-factor/confirm")
@signed_in
def confirm() -> str | tuple[str, int]:
    """The first code turns it on; the recovery codes are on the answer and nowhere else."""
    try:
        codes = second_factor.confirm(ctx(), code=request.form.get("code", ""), session_token=_token())
    except LianpuError as error:
        say_refused(error)
        return _own(422)
    return render("access/recovery_codes.html", codes=codes)


@pages.post("/me/second-factor/codes")
@signed_in
def renew() -> str | tuple[str, int]:
    """Ten new recovery codes."""
    try:
        codes = second_factor.renew_recovery_codes(ctx(), code=request.form.get("code", ""))
    except LianpuError as error:
        say_refused(error)
        return _own(422)
    return render("access/recovery_codes.html", codes=codes)


@pages.post("/me/second-factor/off")
@signed_in
def turn_off() -> Response | tuple[str, int]:
    """Back to the password alone."""
    try:
        second_factor.turn_off(ctx(), code=request.form.get("code", ""))
    except LianpuError as error:
        say_refused(error)
        return _own(422)
    say("access.factor_is_off_now")
    return redirect(url_for("second_factor.own"))


@pages.post("/users/<user_id>/second-factor/reset")
@needs("access.change")
def reset(user_id: str) -> Response:
    """Take away the factor of somebody who lost phone and paper."""
    try:
        second_factor.reset(ctx(), user_id)
        say("access.factor_was_reset")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("access.show", user_id=user_id))
