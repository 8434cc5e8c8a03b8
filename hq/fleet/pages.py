"""The health board, a store's drawer, and the list of what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.fleet import queries
from hq.ingest import actions
from hq.stores.queries import require_known
from hq.web import ctx, hq, needs, partial, render, say, say_refused
from retail.errors import LianpuError, NotFound

pages = Blueprint("fleet", __name__, template_folder="templates", url_prefix="/fleet")
STATES = ("crit", "warn", "unknown", "ok")


@pages.get("/")
@needs("fleet.view")
def index() -> str:
    """Every store, worst first; refreshed by itself."""
    return _board("")


def _board(store: str) -> str:
    now = hq().clock.now_ms()
    lines = queries.board(hq().db, ctx().actor.stores, now)
    state = request.args.get("state", "")
    facts = {
        "counts": Counter(line.state for line in lines), "state": state if state in STATES else "", "now": now,
        "total": len(lines), "unsent": sum(line.node.unsent or 0 for line in lines), "store": store,
        "oldest": min((line.node.oldest_at for line in lines if line.node.oldest_at), default=None),
        "lines": [line for line in lines if state not in STATES or line.state == state], "states": STATES,
    }  # fmt: skip
    if request.headers.get("HX-Target") == "board":
        return render("fleet/board.html", **facts)
    detail = _detail(store) if store else {}
    return render("fleet/index.html", **facts, **detail)


def _detail(store: str) -> dict[str, object]:
    now = hq().clock.now_ms()
    line = next(
        (one for one in queries.board(hq().db, ctx().actor.stores, now) if one.node.store == store), None
    )
    if line is None:
        raise NotFound("stores.store_unknown", store=store[:20])
    return {
        "line": line, "incs": queries.incarnations(hq().db, store), "timeline": queries.timeline(hq().db, store),
        "alarms": queries.alarms(hq().db, store), "forks": queries.forks(hq().db, store),
        "holes": queries.holes(hq().db, store),
    }  # fmt: skip


@pages.get("/store/<store>")
@needs("fleet.view")
def show(store: str) -> str:
    """A store's drawer: as a piece for htmx, as a whole page otherwise."""
    require_known(ctx(), store)
    if partial():
        return render("fleet/drawer.html", **_detail(store), now=hq().clock.now_ms())
    return _board(store)


@pages.get("/parked")
@needs("fleet.view")
def parked() -> str:
    """What waits for a person: parked events, forks, holes, alarms."""
    state = "settled" if request.args.get("state") == "settled" else "open"
    seen = ctx().actor.stores
    found = {
        "rows": queries.parked(hq().db, state, seen=seen),
        "forks": [fork for fork in queries.forks(hq().db) if seen is None or fork.store in seen],
        "holes": queries.holes(hq().db, seen=seen), "refunds": queries.refunded_too_much(hq().db, seen=seen),
        "alarms": queries.alarms(hq().db, open_only=state == "open", seen=seen),
    }  # fmt: skip
    return render("fleet/parked.html", state=state, **found)


def _settle(step: Callable[[], object], done: str) -> Response:
    try:
        step()
        say(done)
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("fleet.parked"))


@pages.post("/parked/<node>/<inc>/<int:seq>/retry")
@needs("ingest.settle")
def retry(node: str, inc: str, seq: int) -> Response:
    """Run the handler again."""
    return _settle(lambda: actions.retry(ctx(), (node, inc, seq)), "fleet.retried")


@pages.post("/parked/<node>/<inc>/<int:seq>/dismiss")
@needs("ingest.settle")
def dismiss(node: str, inc: str, seq: int) -> Response:
    """Give up with a reason; what was booked stands."""
    reason = request.form.get("reason", "")
    return _settle(lambda: actions.dismiss(ctx(), (node, inc, seq), reason=reason), "fleet.dismissed")


@pages.post("/parked/<node>/<inc>/<int:seq>/amend")
@needs("ingest.settle")
def amend(node: str, inc: str, seq: int) -> Response:
    """Give up and book the reverse."""
    reason = request.form.get("reason", "")
    return _settle(lambda: actions.amend(ctx(), (node, inc, seq), reason=reason), "fleet.amended")


@pages.post("/forks/<node>/<inc>/close")
@needs("ingest.settle")
def close_fork(node: str, inc: str) -> Response:
    """One disk was retired."""
    note = request.form.get("reason", "")
    return _settle(lambda: actions.close_fork(ctx(), node=node, inc=inc, note=note), "fleet.closed")


@pages.post("/holes/<node>/<inc>/close")
@needs("ingest.settle")
def close_hole(node: str, inc: str) -> Response:
    """The missing events are given up."""
    note = request.form.get("reason", "")
    return _settle(lambda: actions.close_hole(ctx(), node=node, inc=inc, note=note), "fleet.closed")


@pages.post("/alarms/close")
@needs("ingest.settle")
def close_alarm() -> Response:
    """An alarm was dealt with."""
    form = request.form
    step = lambda: actions.close_alarm(ctx(), form.get("id", ""), note=form.get("reason", ""))  # noqa: E731
    return _settle(step, "fleet.closed")
