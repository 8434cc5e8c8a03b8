"""The pages of enrolment: codes and fingerprints, devices to revoke, and how far a revoked one counts."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.allowed import sees
from hq.enrolment import actions, branches
from hq.enrolment import queries as enrolment
from hq.enrolment.model import Device
from hq.ingest.trusted import EVERYTHING
from hq.settings.queries import store_zones
from hq.stores import queries
from hq.web import ctx, hq, needs, render, say, say_refused
from retail.civil import civil_to_ms, store_local
from retail.errors import Conflict, Invalid, LianpuError, NotFound

pages = Blueprint("enrolment_pages", __name__, template_folder="templates", url_prefix="/enrolment")
KEY = re.compile("[0-9a-f]{64}")
END = re.compile("[0-9]{1,15}")


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
    """A device may not speak any more; of one that was lost a person says at once how far it counts."""
    typed, lost = request.form.get("key", ""), bool(request.form.get("lost"))
    try:
        actions.revoke(ctx(), node=node, public_key=_key(node, typed), lost=lost)
        say("enrolment.revoked")
    except LianpuError as error:
        say_refused(error)
        lost = False
    return redirect(
        url_for("enrolment_pages.trust", node=node, key=typed) if lost else url_for("enrolment_pages.index")
    )


@pages.get("/branches/<node>/<key>")
@needs("enrolment.manage")
def trust(node: str, key: str) -> str | Response:
    """The branches of a device that was revoked; `since` asks how far HQ had them by then."""
    queries.require_known(ctx(), node)
    device = _device(node, key)
    if device.revoked_at is None:
        say_refused(Conflict("enrolment.key_in_use"))
        return redirect(url_for("enrolment_pages.index"))
    zone, since = store_zones(hq().db)[device.store], request.args.get("since", "")
    at = civil_to_ms(since, zone) if since else device.revoked_at
    found = branches.of_device(hq().db, node, device.public_key, at)
    ends = {b.inc: b.before if since else _shown(b.trusted) for b in found}
    return render(
        "stores/branches.html", device=device, branches=found, ends=ends, time_zone=zone,
        since=since or store_local(at, zone).replace(" ", "T"),
    )  # fmt: skip


@pages.post("/branches/<node>/<key>")
@needs("enrolment.manage")
def save_trust(node: str, key: str) -> Response:
    """A person names how far each branch counts; an empty place means all of it."""
    named = {
        name.removeprefix("seq."): text for name, text in request.form.items() if name.startswith("seq.")
    }
    try:
        moved = branches.trust_up_to(
            ctx(), node=node, public_key=_key(node, key), reason=request.form.get("reason", ""),
            named={inc: _end(text.strip()) for inc, text in named.items()},
        )  # fmt: skip
        say("branches.saved", n=moved)
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("enrolment_pages.trust", node=node, key=key))


def _shown(trusted: int | None) -> int | str:
    return "" if trusted is None or trusted == EVERYTHING else trusted


def _end(text: str) -> int | None:
    if text and not END.fullmatch(text):
        raise Invalid("enrolment.branch_end")
    return int(text) if text else None


def _key(node: str, typed: str) -> bytes:
    if not KEY.fullmatch(typed):
        raise NotFound("enrolment.key_unknown", node=node)
    return bytes.fromhex(typed)


def _device(node: str, typed: str) -> Device:
    key = _key(node, typed)
    for device in enrolment.devices(hq().db):
        if (device.node, device.public_key) == (node, key):
            return device
    raise NotFound("enrolment.key_unknown", node=node)
