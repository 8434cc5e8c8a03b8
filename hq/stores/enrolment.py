"""The page of enrolment codes: make one, compare the fingerprint, confirm or refuse."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.allowed import sees
from hq.enrolment import actions
from hq.enrolment import queries as enrolment
from hq.stores import queries
from hq.web import ctx, hq, needs, render, say, say_refused
from retail.errors import LianpuError, NotFound

pages = Blueprint("enrolment_pages", __name__, template_folder="templates", url_prefix="/enrolment")
KEY = re.compile("[0-9a-f]{64}")


@pages.get("/")
@needs("enrolment.manage")
def index() -> str:
    """Codes, newest first, and every device."""
    store = request.args.get("store", "")
    if store:
        queries.require_known(ctx(), store)
    return _index("", store)


def _index(code: str, store: str) -> str:
    names = {known: name for known, name in queries.names(hq().db).items() if sees(ctx(), known)}
    codes = [entry for entry in enrolment.codes(hq().db) if sees(ctx(), entry.store)]
    devices = [
        entry for entry in enrolment.devices(hq().db) if sees(ctx(), entry.store) and entry.node != "hq"
    ]
    template = (
        "stores/enrolment_codes.html"
        if request.headers.get("HX-Target") == "codes"
        else "stores/enrolment.html"
    )
    return render(
        template, codes=codes, devices=devices, stores=names, code=code, chosen=store, now=hq().clock.now_ms()
    )


@pages.post("/")
@needs("enrolment.manage")
def make() -> str | Response:
    """A code, shown on this answer and nowhere else."""
    store = request.form.get("store", "")
    try:
        code = actions.make_code(ctx(), store)
    except LianpuError as error:
        say_refused(error)
        return redirect(url_for("enrolment_pages.index"))
    return _index(code, store)


@pages.post("/<digest>/confirm")
@needs("enrolment.manage")
def confirm(digest: str) -> Response:
    """A person has compared the fingerprints."""
    try:
        actions.confirm(ctx(), digest, shown=request.form.get("fingerprint", ""))
        say("enrolment.confirmed")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("enrolment_pages.index"))


@pages.post("/<digest>/refuse")
@needs("enrolment.manage")
def refuse(digest: str) -> Response:
    """Not our device."""
    try:
        actions.refuse(ctx(), digest)
        say("enrolment.refused")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("enrolment_pages.index"))


@pages.post("/revoke/<node>")
@needs("enrolment.manage")
def revoke(node: str) -> Response:
    """A device may not speak any more."""
    typed = request.form.get("key", "")
    try:
        if not KEY.fullmatch(typed):
            raise NotFound("enrolment.key_unknown", node=node)
        actions.revoke(ctx(), node=node, public_key=bytes.fromhex(typed))
        say("enrolment.revoked")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("enrolment_pages.index"))
