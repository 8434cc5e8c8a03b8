"""The page on which a person says how far a lost device counts, and what sums show afterwards (SC-05, I5)."""

from __future__ import annotations

import re

import pytest

from hq.fleet.queries import refunded_too_much
from hq.sales import queries
from hq.settings.queries import store_zones
from retail.civil import store_local
from tests.builders.hq import DAY, House, Till, a_person, a_product
from tests.hq.imports.files import parsed

MINUTE = 60_000


@pytest.fixture
def till(house: House) -> Till:
    """Store 001's device: sold for 20.00 at 14:05, for 30.00 a quarter of an hour later."""
    a_product(house)
    made = house.device("001")
    made.sell(pieces=2)
    made.push()
    house.hq.clock.advance(15 * MINUTE)
    second = made.sell(pieces=3)
    made.take_back(second, "001-01/K7Q2M-2")
    made.push()
    house.hq.clock.advance(15 * MINUTE)
    return made


def key_of(till: Till) -> str:
    return str(till.origin.key.public.hex())


def at(house: House, ms: int) -> str:
    return store_local(ms, store_zones(house.db)["001"]).replace(" ", "T")


def revoke_as_lost(house: House, till: Till) -> str:
    answer = house.client("admin").post("/enrolment/revoke/001", key=key_of(till), lost="1")
    return str(answer.headers["Location"])


def net(house: House) -> int:
    return sum(sums.net_minor for sums in queries.sums_by_store(house.db, DAY).values())


def test_revoking_a_lost_device_leads_to_the_page_that_asks_since_when(house: House, till: Till) -> None:
    """SC-05."""
    page = revoke_as_lost(house, till)
    assert page == f"/enrolment/branches/001/{key_of(till)}"
    browser, middle = house.client("admin"), house.hq.clock.now_ms() - 20 * MINUTE

    shown = browser.get(page).text
    suggested = browser.get(f"{page}?since={at(house, middle)}").text

    field = rf'name="seq\.{till.origin.inc}" value="(\d*)"'
    assert (re.findall(field, shown), re.findall(field, suggested)) == (["3"], ["1"])
    assert net(house) == 4000


def test_what_does_not_count_is_marked_and_left_out_of_every_sum(house: House, till: Till) -> None:
    """I5."""
    page, browser = revoke_as_lost(house, till), house.client("admin")

    answer = browser.post(page, **{f"seq.{till.origin.inc}": "1", "reason": "stolen at 14:10"})

    assert (answer.status_code, net(house)) == (302, 2000)
    assert dict(queries.sums_by_terminal(house.db, "001", DAY))["01"].receipts == 1
    assert queries.tender_sums(house.db, "001", DAY) == {"cash": 2000}
    assert sum(queries.by_hour(house.db, {"001": DAY}).values()) == 2000
    assert house.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'") == 2000
    assert house.value("SELECT quantity FROM balance WHERE account = 'stock:001:sold'") == 2000
    listed = browser.get(f"/sales/?day={DAY}&store=001").text
    assert listed.count("not counted") == 2
    rows = parsed(browser.get(f"/sales/export.csv?from={DAY}&to={DAY}").data)
    assert sorted(row["counts"] for row in rows) == ["no", "no", "yes"]
    assert refunded_too_much(house.db) == []
    assert "revoked device" in browser.get("/fleet/parked").text

    browser.post(page, **{f"seq.{till.origin.inc}": "", "reason": "it was the apprentice"})
    assert (net(house), "not counted" in browser.get(f"/sales/?day={DAY}&store=001").text) == (4000, False)


@pytest.mark.parametrize("typed", ["-1", "²", "1.5", "9" * 16, "x"])
def test_an_end_that_is_no_number_changes_nothing(house: House, till: Till, typed: str) -> None:
    page = revoke_as_lost(house, till)

    house.client("admin").post(page, **{f"seq.{till.origin.inc}": typed, "reason": "x"})

    assert net(house) == 4000


def test_a_device_in_use_and_one_that_nobody_knows_have_no_such_page(house: House, till: Till) -> None:
    browser = house.client("admin")
    assert browser.get(f"/enrolment/branches/001/{key_of(till)}").status_code == 302
    assert "not revoked" in browser.get("/enrolment/").text
    assert browser.get(f"/enrolment/branches/001/{'0' * 64}").status_code == 404
    assert browser.get("/enrolment/branches/001/zz").status_code == 404
    assert browser.get(f"{revoke_as_lost(house, till)}?since=soon").status_code == 422


def test_who_only_looks_may_not_say_what_counts(house: House, till: Till) -> None:
    page = revoke_as_lost(house, till)
    a_person(house, "clerk", "auditor")
    clerk = house.client("clerk")

    assert clerk.get(page).status_code == 403
    assert clerk.post(page, **{f"seq.{till.origin.inc}": "0", "reason": "x"}).status_code == 403
    assert net(house) == 4000


def test_a_device_that_broke_counts_on_as_its_mirror_tells(house: House, till: Till) -> None:
    """Replacement is not revocation: without the tick nothing is named."""
    answer = house.client("admin").post("/enrolment/revoke/001", key=key_of(till))

    assert answer.headers["Location"] == "/enrolment/"
    assert house.value("SELECT count(*) FROM trusted_branch") == 0
