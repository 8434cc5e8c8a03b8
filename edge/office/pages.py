"""The node's own page: plain HTML without scripts, in three languages, for a paired terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, render_template, request

from edge.office import actions, doctor, queries, trust
from edge.office.view import Words, devices_shown, link_shown, page_language, papers_shown, verdict
from edge.people.model import Approval
from edge.web import COOKIE, device_context, node
from kit.context import Context
from kit.crypto import equal, token_digest
from kit.db import ENGINE_VERSION
from kit.i18n import NAMES
from kit.qr import Picture, picture
from kit.web import status_of
from retail.errors import Invalid, LianpuError, NotPermitted

pages = Blueprint(
    "office",
    __name__,
    template_folder="templates",
    static_folder="static/office",
    static_url_path="/static/office",
)


@dataclass(frozen=True)
class Said:
    """What the last press came to, shown at the top of the page."""

    kind: str
    text: str


@pages.get("/node")
def show() -> Response:
    """How this computer is and what to do; `?full=1` asks every question."""
    ctx, refused = _context()
    if refused is not None:
        return refused
    return _page(ctx, full=request.args.get("full") == "1")


@pages.post("/node/pair")
def pair() -> Response:
    """A pairing code for a terminal."""
    return _do(lambda ctx, who: {"pairing": actions.make_pairing(ctx, request.form.get("terminal", ""), who)})


@pages.post("/node/unlock")
def unlock() -> Response:
    """Lift a lock."""

    def work(ctx: Context, who: Approval) -> dict[str, Any]:
        actions.unlock(ctx, request.form.get("subject", ""), who)
        return {"said": Said("ok", _words()("office.unlocked"))}

    return _do(work)


@pages.post("/node/paper")
def paper() -> Response:
    """Settle a paper of unknown fate."""

    def work(ctx: Context, who: Approval) -> dict[str, Any]:
        answer, job = request.form.get("printed", ""), request.form.get("job", "")
        if answer not in ("yes", "no") or not job.isdigit():
            raise Invalid("web.field", field="printed")
        actions.settle_paper(ctx, int(job), answer == "yes", who)
        return {"said": Said("ok", _words()("office.paper_settled"))}

    return _do(work)


def problem(message: str, code: str, status: int) -> str:
    """A refusal outside the till's page: what happened, what to do, the code and the trace for a technician."""
    elsewhere = code == "web.host_not_allowed"
    return render_template(
        "office/problem.html",
        t=_words(),
        language=page_language(),
        names={} if elsewhere else NAMES,
        elsewhere=elsewhere,
        message=message,
        code=code,
        status=status,
        trace=g.get("trace", ""),
    )


def _do(work: Callable[[Context, Approval], dict[str, Any]]) -> Response:
    """One press of a button: the form's own token, a person's PIN, then the page with what came of it."""
    ctx, refused = _context()
    if refused is not None:
        return refused
    try:
        if not equal(request.form.get("token", ""), _token()):
            raise NotPermitted("web.origin_not_allowed")
        who = Approval(request.form.get("staff", "")[:20], request.form.get("pin", "")[:20])
        return _page(ctx, **work(ctx, who))
    except LianpuError as error:
        text = node().texts.text(page_language(), f"error.{error.code}", **error.facts)
        response = _page(ctx, said=Said("bad", text))
        response.status_code = status_of(error)
        return response


def _context() -> tuple[Context, Response | None]:
    try:
        return device_context(), None
    except NotPermitted:
        page = render_template("office/closed.html", t=_words(), language=page_language(), names=NAMES)
        return node().context(), make_response(page, 403)


def _page(ctx: Context, *, full: bool = False, said: Said | None = None, **facts: Any) -> Response:
    app, words = ctx.app, _words()
    settings = app.reference.settings
    report = doctor.run(app, page_language(), quick=not full)
    link = link_shown(app, ctx.device)
    page = render_template(
        "office/node.html",
        t=words,
        language=page_language(),
        names=NAMES,
        token=_token(),
        report=report,
        full=full,
        said=said,
        pairing=facts.get("pairing"),
        pairing_qr=_pairing_qr(facts.get("pairing")),
        store=settings.store,
        link=link,
        verdict=verdict(report["state"], link),
        disk_mb=app.disk.free_bytes() >> 20,
        engine=ENGINE_VERSION,
        terminals=sorted(settings.terminals.values(), key=lambda row: row.code),
        paired=queries.paired(app.db),
        here=ctx.device,
        devices=devices_shown(app, words),
        papers=papers_shown(app, words, page_language()),
        lives=queries.incarnations(app.db),
        locked=queries.locked(app.db),
        lan=app.config.lan,
        trust=trust.address_shown(),
        fingerprint=trust.fingerprint_shown(),
    )
    return make_response(page)


def _pairing_qr(pairing: actions.Pairing | None) -> Picture | None:
    """Address and code in one, for the camera of a device on the network."""
    if pairing is None or not pairing.fingerprint:
        return None
    return picture(f"{pairing.addresses[0]}#{pairing.code}")


def _words() -> Words:
    app = current_app.extensions["lianpu_node"]
    return Words(app, page_language())


def _token() -> str:
    """Ties a form to this browser's pairing; a foreign page knows neither."""
    return token_digest("node-page:" + request.cookies.get(COOKIE, ""))
