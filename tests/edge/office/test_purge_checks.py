"""A drawer that nobody counts holds old records on the disk: the doctor names it."""

from __future__ import annotations

from typing import Any

from edge.office import doctor
from edge.shifts.actions import close_shift, open_shift
from kit.i18n import LANGUAGES
from tests.builders.edge import MANAGER, Shop

DAY_MS = 86_400_000


def purge(shop: Shop, language: str = "en", *, quick: bool = False) -> list[Any]:
    found = doctor.run(shop.node, language, quick=quick)["checks"]
    return [check for check in found if check["id"].partition(".")[0] == "purge"]


def test_a_shift_of_these_days_holds_nothing(shop: Shop) -> None:
    shop.clock.advance(30 * DAY_MS - 1)

    (check,) = purge(shop)

    assert (check["id"], check["state"]) == ("purge", "pass")


def test_a_shift_that_is_open_for_a_month_is_named(shop: Shop) -> None:
    shop.clock.advance(40 * DAY_MS)

    for quick in (True, False):
        (check,) = purge(shop, quick=quick)
        assert (check["id"], check["state"]) == ("purge.01", "warn")
        assert "2026-07-10" in check["message"] and "01" in check["message"] and "40 days" in check["message"]
        assert "lianpu-edge pair 01" in check["fix"]


def test_each_terminal_is_named_by_itself(shop: Shop) -> None:
    open_shift(shop.at("02", MANAGER), 0)
    shop.clock.advance(40 * DAY_MS)

    assert [check["id"] for check in purge(shop)] == ["purge.01", "purge.02"]

    close_shift(shop.at(staff=MANAGER), count={"100": 1}, confirmed=("held", "unknown_print"), approval=None)

    assert [check["id"] for check in purge(shop)] == ["purge.02"]


def test_a_shift_that_a_clock_ahead_has_opened_is_named_at_once(shop: Shop) -> None:
    with shop.node.journal.writing() as tx:
        tx.execute("UPDATE shift SET day = '2035-01-01', opened_at = opened_at + ?", (3000 * DAY_MS,))

    (check,) = purge(shop)

    assert check["state"] == "warn" and "2035-01-01" in check["message"]


def test_a_clock_that_has_leapt_makes_no_shift_old(shop: Shop) -> None:
    shop.clock.set_wall(shop.clock.now_ms() + 60 * DAY_MS)
    shop.node.watch_clock()

    assert [check["state"] for check in purge(shop)] == ["pass"]


def test_it_is_said_in_every_language(shop: Shop) -> None:
    months = [shop.clock.now_ms(), shop.clock.now_ms() + 3000 * DAY_MS]
    for opened_at in months:
        with shop.node.journal.writing() as tx:
            tx.execute("UPDATE shift SET opened_at = ?", (opened_at,))
        shop.clock.advance(40 * DAY_MS)
        for language in LANGUAGES:
            (check,) = purge(shop, language)
            assert (
                "01" in check["message"]
                and "01" in check["fix"]
                and "{" not in check["message"] + check["fix"]
            )
