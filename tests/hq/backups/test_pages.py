"""The page of backups, for administrators of the whole chain."""

from __future__ import annotations

import shutil

import msgspec
import pytest

from hq.backups import actions, schedule
from hq.backups.rekey import have_key
from hq.publish import freeze
from kit.sql import run
from tests.builders.hq import a_person


@pytest.fixture
def admin(house):
    return house.client("admin")


def test_no_backup_yet_says_what_to_do(admin):
    page = admin.get("/backups/").text

    assert "No backup yet" in page and "lianpu-hq backup-key" in page
    assert "Nothing is promised yet" in page


def test_back_up_now_is_a_wish_that_the_scheduler_fulfils(house, admin):
    assert admin.post("/backups/now", kind="full").status_code == 302
    assert "begins within a minute" in admin.get("/backups/").text

    schedule.look(house.hq)

    page = admin.get("/backups/").text
    assert "proven" in page and "begins within a minute" not in page
    assert house.value("SELECT COUNT(*) FROM audit_entry WHERE verb = 'backup.wanted'") == 1


def test_the_page_warns_until_the_words_of_the_key_were_printed(house, admin):
    actions.take(house.ctx, kind="full")
    warning = "are not on paper"
    assert warning in admin.get("/backups/").text

    have_key(house.ctx, new=False)

    assert warning not in admin.get("/backups/").text


def test_the_durable_point_is_marked(house, admin):
    for _ in range(3):
        house.device().sell()
        actions.take(house.ctx, kind="full")

    assert admin.get("/backups/").text.count("durable point") <= 1


def test_a_failure_is_shown_with_its_reason(house, admin):
    actions.take(house.ctx, kind="full")
    with house.db.write() as connection:
        run(connection, "UPDATE backup SET state = 'missing', why = 'no target has it'")

    page = admin.get("/backups/").text

    assert "not found" in page and "no target has it" in page


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-Hans", "没有这个文件夹"), ("zh-Hant", "沒有這個資料夾"), ("en", "there is no such folder")],
)
def test_why_a_target_took_none_is_said_in_the_readers_language(house, admin, tmp_path, language, said):
    """It stood in English on every page."""
    admin.post("/language", language=language)
    gone = tmp_path / "gone"
    gone.mkdir()
    house.hq.config = msgspec.structs.replace(house.hq.config, backup_targets=["backups", str(gone)])
    actions.take(house.ctx, kind="full")
    shutil.rmtree(gone)
    actions.take(house.ctx, kind="full")

    page = admin.get("/backups/").text

    assert said in page and "why." not in page


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_frozen_scopes_are_released_on_the_page(house, admin, language):
    admin.post("/language", language=language)
    with house.db.write() as connection:
        freeze.freeze(connection, house.hq.epoch)
    assert 'action="/backups/release"' in admin.get("/backups/").text

    assert admin.post("/backups/release").status_code == 302

    assert 'action="/backups/release"' not in admin.get("/backups/").text
    with house.db.read() as connection:
        assert not freeze.frozen(connection)


@pytest.mark.parametrize("role", ["merchandiser", "auditor"])
def test_others_see_nothing_and_do_nothing(house, role):
    a_person(house, "li", role)
    client = house.client("li")

    assert client.get("/backups/").status_code == 403
    assert client.post("/backups/now", kind="full").status_code == 403
    assert client.post("/backups/release").status_code == 403
    assert "/backups/" not in client.get("/").text


def test_an_administrator_of_some_stores_takes_no_backup(house):
    a_person(house, "wu", "administrator", ["001"])

    answer = house.client("wu").post("/backups/now", kind="full")

    assert answer.status_code == 403
    assert house.value("SELECT COUNT(*) FROM hq_meta WHERE name = 'backup_wanted'") == 0
