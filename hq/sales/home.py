"""Home: today per store, as of when, which store has not uploaded, and what needs a person."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint

from hq.fleet import queries as fleet
from hq.sales import queries
from hq.sales.model import StoreState, shifted
from hq.sales.queries import Sums
from hq.settings.queries import chain
from hq.web import ctx, hq, needs, render, t
from retail.civil import store_local
from schemas.currencies import EXPONENTS

home = Blueprint("home", __name__, template_folder="templates")
WEEK = 7


@home.get("/")
@needs("sales.view")
def index() -> str:
    """The first page."""
    db, now = hq().db, hq().clock.now_ms()
    states = queries.store_states(db, ctx().actor.stores, now)
    by_day = {day: queries.sums_by_store(db, day) for day in {s.day for s in states}}
    before = {day: queries.sums_by_store(db, shifted(day, -WEEK)) for day in by_day}
    rows = [(s, by_day[s.day].get(s.code, Sums()), before[s.day].get(s.code, Sums())) for s in states]
    ranked = [row for row in rows if not row[0].late and row[0].enrolled]
    return render(
        "sales/home.html", rows=rows, total=sum((row[1] for row in rows), Sums()),
        before=sum((row[2] for row in rows), Sums()), late=[s for s in states if s.late], states=states,
        ranked=sorted(ranked, key=lambda row: -row[1].net_minor), now=now, chart=_chart(states, now),
        boards=fleet.board(db, ctx().actor.stores, now), day=max((s.day for s in states), default=""),
    )  # fmt: skip


def _chart(states: list[StoreState], now: int) -> str:
    """Net sales by hour of the store's clock, today and a week before, as the chart wants them."""
    if not states:
        return ""
    db, exponent = hq().db, EXPONENTS[chain(hq().db).currency]
    today = queries.by_hour(db, {s.code: s.day for s in states})
    before = queries.by_hour(db, {s.code: shifted(s.day, -WEEK) for s in states})
    zone = states[0].time_zone

    def spread(found: dict[int, int]) -> dict[int, int]:
        hours: dict[int, int] = {}
        for hour, minor in found.items():
            local = int(store_local(hour * 3_600_000, zone)[11:13])
            hours[local] = hours.get(local, 0) + minor
        return hours

    one, two = spread(today), spread(before)
    if not one and not two:
        return ""
    running = int(store_local(now, zone)[11:13])
    start, end = min([*one, *two, 9]), max([*one, *two, 21])
    hours = list(range(start, end + 1))
    data: dict[str, Any] = {
        "hours": [t("home.hour", n=hour) for hour in hours],
        "today": [one.get(hour, 0) // 10**exponent for hour in hours],
        "before": [two.get(hour, 0) // 10**exponent for hour in hours],
        "running": hours.index(running) if running in hours and one else -1,
        "names": {"today": t("home.today"), "before": t("home.week_before")},
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False)
