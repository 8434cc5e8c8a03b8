"""The printer's JSON, as the till's page uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.office.conftest import a_browser
from tests.edge.spool.rig import UNPROVED, Rig, a_rig


@pytest.fixture
def unproved(tmp_path: Path) -> Iterator[Rig]:
    """A running store whose printer gives the proof soon or never."""
    with a_rig(tmp_path, **UNPROVED) as made:
        yield made


def test_an_unknown_paper_is_listed_asked_about_once_and_copied(unproved: Rig) -> None:
    rig = unproved
    browser = a_browser(rig.shop)
    rig.printer.set("no_gsh", True)
    sale = rig.sell()
    rig.wait(sale, "UNKNOWN")
    rig.patience("no_gsh", False, base=60.0)

    (job,) = browser.get("/api/v1/print/jobs").json["jobs"]
    number = rig.node.db.value("SELECT number FROM document WHERE id = ?", (sale,))
    assert (job["kind"], job["reference"], job["state"]) == ("receipt", number, "UNKNOWN")
    assert (job["code"], job["reason"]) == ("job.unknown", "no answer of the printer")

    answer = browser.call("/api/v1/print/resolve", {"job": job["id"], "printed": False})
    assert answer.status_code == 200 and answer.json["state"]["chips"]["printer"]["unknown"] == 0
    rig.wait(sale, "DONE", "reprint")

    again = browser.call("/api/v1/print/resolve", {"job": job["id"], "printed": True})
    assert (again.status_code, again.json["code"]) == (409, "spool.already_settled")


def test_the_same_key_settles_once_and_answers_twice(rig: Rig) -> None:
    browser = a_browser(rig.shop)
    rig.printer.set("reset_after", 400)
    sale = rig.sell()
    job = rig.wait(sale, "UNKNOWN")

    first = browser.call("/api/v1/print/resolve", {"job": job.id, "printed": False})
    browser.keys -= 1
    second = browser.call("/api/v1/print/resolve", {"job": job.id, "printed": False})

    assert (first.status_code, second.status_code) == (200, 200)
    rig.wait(sale, "DONE", "reprint")
    assert rig.node.db.value("SELECT count(*) FROM print_job WHERE kind = 'reprint'") == 1


def test_a_test_page_and_a_release(rig: Rig) -> None:
    browser = a_browser(rig.shop)

    assert browser.call("/api/v1/print/test", {}).status_code == 200
    rig.wait_for(lambda: len(rig.papers()) == 1)
    answer = browser.call("/api/v1/print/release", {"jobs": "all"})

    assert (answer.json["printing"], answer.json["cancelled"]) == (0, 0)
    assert browser.call("/api/v1/print/release", {"jobs": "both"}).status_code == 422
    assert browser.call("/api/v1/print/resolve", {"job": 1, "printed": "yes"}).status_code == 422


def test_a_failed_drawer_is_on_the_list(rig: Rig) -> None:
    browser = a_browser(rig.shop)
    rig.printer.set("drawer_jam", True)
    sale = rig.sell()
    rig.wait(sale, "CANCELLED", "drawer")

    jobs = browser.get("/api/v1/print/jobs").json["jobs"]

    assert ("drawer", "the drawer did not open") in [(job["kind"], job["reason"]) for job in jobs]
