"""The health board: how a node is judged and what a person can decide."""

from __future__ import annotations

import json

import pytest

from hq.fleet import queries
from hq.fleet.rules import Node, findings, worst
from hq.ingest.alarms import alarm
from kit.i18n import LANGUAGES
from kit.sql import run
from proof.sim.origin import an_event
from tests.builders.hq import NOW, House, a_person, a_product
from tests.house.names import alarms, troubles

MINUTE = 60_000


def node(**facts: object) -> Node:
    return Node(
        **({"store": "001", "name": "{}", "time_zone": "UTC", "enrolled": True, "heard_at": NOW} | facts)
    )


@pytest.mark.parametrize(
    ("facts", "state", "codes"),
    [
        ({}, "ok", []),
        ({"enrolled": False}, "unknown", ["not_enrolled"]),
        ({"heard_at": None}, "unknown", ["never_heard"]),
        ({"heard_at": NOW - 5 * MINUTE}, "ok", []),
        ({"heard_at": NOW - 6 * MINUTE}, "warn", ["late"]),
        ({"heard_at": NOW - 61 * MINUTE}, "crit", ["down"]),
        ({"forks": 1}, "crit", ["fork"]),
        ({"gaps": ("01/K7Q2M 1–3: 2",)}, "crit", ["gap"]),
        ({"holes": 2}, "crit", ["gap"]),
        ({"parked": 1}, "warn", ["parked"]),
        ({"unsent": 51}, "warn", ["backlog"]),
        ({"unsent": 50}, "ok", []),
        ({"offset_ms": -61_000}, "warn", ["clock"]),
        ({"offset_ms": 601_000}, "crit", ["clock"]),
        ({"disk_free_bytes": 1024**3}, "warn", ["disk"]),
        ({"disk_free_bytes": 1024**2}, "crit", ["disk"]),
        ({"devices": {"printer": "ready", "scanner": "none"}}, "ok", []),
        ({"devices": {"printer": "paper_out"}}, "warn", ["device"]),
        ({"app_version": "0.1.0"}, "warn", ["version"]),
        ({"parked": 1, "forks": 1}, "crit", ["fork", "parked"]),
        ({"told_at": NOW - 10 * MINUTE}, "ok", []),
        ({"told_at": NOW - 11 * MINUTE}, "warn", ["untold"]),
        ({"told_at": NOW - 11 * MINUTE, "heard_at": NOW - 5 * MINUTE}, "warn", ["untold"]),
        ({"told_at": NOW - 11 * MINUTE, "heard_at": NOW - 6 * MINUTE}, "warn", ["late"]),
        ({"first_seen_at": NOW - 10 * MINUTE}, "ok", []),
        ({"first_seen_at": NOW - 11 * MINUTE}, "warn", ["untold"]),
        ({"first_seen_at": NOW - 99 * MINUTE, "told_at": NOW}, "ok", []),
        ({"differing": ("2026-07-10",), "parked": 1}, "crit", ["differs", "parked"]),
        ({"troubles": ("ballast.warn",)}, "warn", ["trouble"]),
        ({"troubles": ("of.tomorrow",)}, "warn", ["trouble"]),
        ({"troubles": ("sync.refused",)}, "crit", ["trouble"]),
        (
            {"troubles": ("ballast.warn", "records.fail"), "parked": 1},
            "crit",
            ["trouble", "parked", "trouble"],
        ),
    ],
)
def test_how_a_node_is_judged(facts: dict[str, object], state: str, codes: list[str]) -> None:
    found = findings(node(**facts), NOW, "0.2.0")

    assert (worst(found), [finding.code for finding in found]) == (state, codes)


def test_a_numbering_gap_is_named(house: House) -> None:
    a_product(house)
    till = house.device("001")
    till.sell()
    till.numbers["01"] = 2
    till.sell()
    till.push()

    (line, other) = queries.board(house.hq.db, None, house.hq.clock.now_ms())

    assert (line.node.store, line.state, line.node.gaps) == ("001", "crit", ("01/K7Q2M 1–3: 2",))
    assert (other.node.store, other.state) == ("002", "unknown")


def test_the_board_and_the_drawer_show_what_a_store_told(house: House) -> None:
    house.device("001")
    facts = {
        "unsent": 71, "unsent_oldest_at": NOW - 60 * MINUTE, "devices": {"printer": "paper_out"}, "app_version": "0.1.0",
        "clock_offset_ms": 94_000, "disk_free_bytes": 50 * 1024**3,
    }  # fmt: skip
    house.reports(facts)
    browser = house.client("admin")

    board = browser.get("/fleet/").text
    drawer = browser.get("/fleet/store/001", headers={"HX-Request": "true"}).text

    assert (
        "out of paper" in board
        and "+94.0 s" in board
        and ">71<" in "".join(board.split()).replace("</svg>", ">")
    )
    assert "papers wait in the spool" in drawer and "<html" not in drawer
    assert "<html" in browser.get("/fleet/store/001").text


def test_the_board_shows_what_a_store_says_of_itself(house: House) -> None:
    house.device("001")
    facts = {"troubles": ["ballast.warn", "sync.refused", "of.tomorrow"]}
    house.reports(facts)
    browser = house.client("admin")

    board = browser.get("/fleet/").text
    drawer = browser.get("/fleet/store/001", headers={"HX-Request": "true"}).text

    assert "HQ refuses one of its events" in board, "the worst of them"
    assert "HQ refuses one of its events" in drawer and "which names the event" in drawer
    assert "the reserve on its disk was used up" in drawer and "of.tomorrow" in drawer


@pytest.mark.parametrize("code", sorted(troubles()))
def test_everything_that_a_store_says_of_itself_has_words(house: House, code: str) -> None:
    for language in LANGUAGES:
        for key in (f"trouble.{code}", f"trouble.{code}.do"):
            assert house.hq.texts.text(language, key) != key


def test_a_store_that_greets_and_tells_nothing_is_a_finding(house: House) -> None:
    """Its figures on the board are old ones, or none."""
    house.device("001")
    house.hq.clock.advance(11 * MINUTE)
    now = house.hq.clock.now_ms()
    contact = "INSERT INTO contact (node, inc, app_version, hello_at, clock_ms, offset_ms) VALUES"
    with house.hq.db.write() as connection:
        run(connection, "DELETE FROM contact")
        run(connection, f"{contact} ('001', 'a', '', :now, :now, 0)", {"now": now})

    [line] = queries.board(house.hq.db, frozenset({"001"}), now)
    assert (line.state, [one.code for one in line.findings]) == ("warn", ["untold"])
    assert "tells nothing of itself for 11" in house.client("admin").get("/fleet/").text

    with house.hq.db.write() as connection:
        run(
            connection, "INSERT INTO telemetry (node, inc, at, facts) VALUES ('001', 'a', :at, '{}')",
            {"at": now - 10 * MINUTE},
        )  # fmt: skip
    [line] = queries.board(house.hq.db, frozenset({"001"}), now)
    assert (line.state, line.node.told_at) == ("ok", now - 10 * MINUTE)


@pytest.mark.parametrize(
    ("versions", "older"),
    [
        (("0.9.0", "0.10.0"), ["001"]),
        (("0.10.0", "0.9.0"), ["002"]),
        (("1.0", "0.99.99"), ["002"]),
        (("0.2.0", "nightly"), ["002"]),
        (("nightly", "weekly"), []),
    ],
)
def test_versions_are_compared_as_numbers(house: House, versions: tuple[str, str], older: list[str]) -> None:
    """A text says that 0.9.0 is newer than 0.10.0; what cannot be read is older than anything."""
    for store, version in zip(("001", "002"), versions, strict=True):
        house.device(store)
        with house.hq.db.write() as connection:
            run(
                connection, "INSERT INTO telemetry (node, inc, at, facts) VALUES (:node, 'a', :at, :facts)",
                {"node": store, "at": NOW, "facts": json.dumps({"app_version": version})},
            )  # fmt: skip

    lines = queries.board(house.hq.db, None, house.hq.clock.now_ms())

    found = [line.node.store for line in lines if "version" in [one.code for one in line.findings]]
    assert found == older


def test_more_refunded_than_sold_is_shown_until_the_sale_arrives(house: House) -> None:
    """L9: two disks of a store may both take one piece back; the exception is derived and stored nowhere."""
    a_product(house)
    till = house.device("001")
    sold = till.sell()
    number = f"001-01/{till.series}-1"
    till.take_back(sold, number)
    till.push()
    browser = house.client("admin")
    assert queries.refunded_too_much(house.hq.db) == []
    assert "More was refunded" not in browser.get("/fleet/parked").text

    till.take_back(sold, number)
    till.push()

    [found] = queries.refunded_too_much(house.hq.db)
    assert (found.number, found.sold, found.back) == (number, 1000, 2000)
    page = browser.get("/fleet/parked").text
    assert "More was refunded than sold" in page and "sold 1, refunded 2" in page and number in page
    assert queries.refunded_too_much(house.hq.db, "002") == []


def test_what_others_have_takes_no_place_of_what_somebody_covers(house: House) -> None:
    """A list is cut to its newest lines after the stores of the person are picked, not before."""
    for store in ("001", "002"):
        house.device(store)
    with house.hq.db.write() as connection:
        for n in range(250):
            store = "002" if n else "001"
            facts = {"node": store, "seq": n, "now": NOW + n}
            alarm(connection, store=store, code="fork.found", subject=f"place-{n}-of-{store}", now_ms=NOW + n)
            run(
                connection, "INSERT INTO hole (node, inc, from_seq, to_seq, found_at) VALUES (:node, 'a', :seq, :seq, :now)",
                facts,
            )  # fmt: skip
            run(
                connection, "INSERT INTO parked (node, inc, seq, id, type, state, reason, detail, booked, handler_version, at)"
                " VALUES (:node, 'a', :seq, 'i', 't', 'parked', 'event.unreadable', '{}', 0, 1, :now)", facts,
            )  # fmt: skip
    a_person(house, "local", "administrator", ["001"])
    mine = frozenset({"001"})

    page = house.client("local").get("/fleet/parked").text

    assert "place-0-of-001" in page and "-of-002" not in page
    assert [row.store for row in queries.holes(house.hq.db, seen=mine)] == ["001"]
    assert [row.store for row in queries.parked(house.hq.db, "open", seen=mine)] == ["001"]
    assert queries.alarms(house.hq.db, seen=frozenset()) == []
    assert len(queries.alarms(house.hq.db)) == 100


def test_the_alarm_of_a_lost_device_says_how_many_copies_count_no_more(house: House) -> None:
    with house.hq.db.write() as connection:
        for subject, facts in (("001/a", {"from": 3, "copies": 17}), ("001/b", {"from": 3})):
            alarm(
                connection,
                store="001",
                code="branch.untrusted",
                subject=subject,
                now_ms=NOW,
                facts=dict(facts),
            )

    page = house.client("admin").get("/fleet/parked").text

    assert page.count("(and 17 that repeat them in branches that count)") == 1
    assert page.count("repeat them") == 1


def parked(house: House) -> str:
    till = house.device("001")
    cash = [("cash:001:01", "HKD", 100), ("safe:001", "HKD", -100)]
    till.origin.add(an_event(1, "points.earned", post=cash, agg=["member:1"]))
    till.push()
    return f"/fleet/parked/001/{'a' * 32}/1"


def test_dismissing_needs_a_reason_and_leaves_the_postings(house: House) -> None:
    place = parked(house)
    browser = house.client("admin")
    assert "points.earned" in browser.get("/fleet/parked").text

    browser.post(f"{place}/dismiss", reason=" ")
    assert house.value("SELECT state FROM parked") == "parked"
    browser.post(f"{place}/dismiss", reason="unknown to us")

    assert house.value("SELECT state FROM parked") == "dismissed"
    assert house.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'") == 100
    assert "unknown to us" in browser.get("/fleet/parked?state=settled").text


def test_amending_books_the_reverse(house: House) -> None:
    place = parked(house)

    house.client("admin").post(f"{place}/amend", reason="not ours")

    assert house.value("SELECT state FROM parked") == "amended"
    assert house.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'") == 0


def test_retrying_what_still_cannot_be_handled_keeps_it_parked(house: House) -> None:
    place = parked(house)

    house.client("admin").post(f"{place}/retry")

    assert house.value("SELECT state FROM parked") == "parked"
    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'event.retried'") == 1


@pytest.mark.parametrize("code", sorted(code for code in alarms() if not code.startswith("sync.")))
def test_every_alarm_of_hq_has_words(house: House, code: str) -> None:
    """What a store's own node shows starts with `sync.`; everything else is shown here."""
    for language in LANGUAGES:
        assert house.hq.texts.text(language, f"alarm.{code}", subject="001") != f"alarm.{code}"


def test_of_many_days_that_differ_the_newest_are_named() -> None:
    days = tuple(f"2026-07-0{n}" for n in range(9, 1, -1))

    (found,) = findings(node(differing=days), NOW, "0.2.0")

    assert found.facts["days"] == "2026-07-09, 2026-07-08, 2026-07-07, 2026-07-06, 2026-07-05, …"
