"""When a backup is due, and who hears when there is none."""

from __future__ import annotations

import msgspec
import pytest

from hq.backups import actions, queries, rules, schedule
from hq.backups.rules import DAY_MS, HOUR_MS, Past
from kit.sql import run

MIDNIGHT = 1_783_612_800_000
NEVER = Past(0, None, None, None)


def past(*, tried=None, good=None, full=None, began=0):
    """Hours after midnight."""
    ms = [None if hour is None else MIDNIGHT + hour * HOUR_MS for hour in (tried, good, full)]
    return Past(began, *ms)


@pytest.mark.parametrize(
    ("found", "at_hour", "due"),
    [
        (past(tried=-21, good=-21), 2, False),
        (past(tried=-21, good=-21), 3, True),
        (past(tried=3, good=3), 4, False),
        (past(tried=3, good=-21), 3, False),
        (past(tried=3, good=-21), 4, True),
        (past(tried=-45, good=-45), 2, True),
        (NEVER, 3, True),
        (past(began=MIDNIGHT + HOUR_MS), 2, False),
        (past(began=MIDNIGHT + HOUR_MS), 3, True),
    ],
    ids=["not yet", "the hour", "done", "failed just now", "an hour after a failure", "the night was missed", "never",
         "set up after the last night", "its first night"],
)  # fmt: skip
def test_once_a_night_and_made_up_later(found, at_hour, due):
    now = MIDNIGHT + at_hour * HOUR_MS

    assert rules.due(found, hour=3, midnight_ms=MIDNIGHT, now_ms=now) is due
    assert not rules.due(found, hour=-1, midnight_ms=MIDNIGHT, now_ms=now)


@pytest.mark.parametrize(
    ("age_hours", "kind"), [(0, "incremental"), (6 * 24, "incremental"), (7 * 24, "full")]
)
def test_the_first_of_a_week_is_full(age_hours, kind):
    found = past(full=-age_hours)

    assert rules.kind_due(found, full_days=7, now_ms=MIDNIGHT) == kind
    assert rules.kind_due(NEVER, full_days=7, now_ms=MIDNIGHT) == "full"


@pytest.fixture
def people(chain):
    """HQ was set up now."""
    with chain.hq.db.write() as connection:
        run(
            connection,
            "INSERT INTO hq_user (id, login, name, language, password, active, all_stores, created_at)"
            " VALUES ('u', 'admin', 'Karen', 'en', '', 1, 1, :now)",
            {"now": chain.clock.now_ms()},
        )


def minute(hq):
    """What the jobs of the slice do once a minute."""
    schedule.look(hq)
    schedule.ring(hq)


def taken(chain):
    return [(row.kind, row.state) for row in reversed(queries.listed(chain.hq.db))]


def test_a_week_of_nights(chain, people):
    for _ in range(8 * 24):
        chain.clock.advance(HOUR_MS)
        minute(chain.hq)

    assert taken(chain) == [("full", "verified"), *[("incremental", "verified")] * 6, ("full", "verified")]
    assert {row.made_by for row in queries.listed(chain.hq.db)} == {"system"}
    assert chain.alarms() == set()


def test_a_wish_is_fulfilled_at_the_next_look_and_once(chain, people):
    actions.want(chain.ctx, kind="full")

    for _ in range(3):
        chain.clock.advance(60_000)
        minute(chain.hq)

    assert taken(chain) == [("full", "verified")]


def test_none_for_days_rings_until_one_is_proven(chain, people, tmp_path):
    (tmp_path / "file").write_text("")
    good = chain.hq.config
    chain.hq.config = msgspec.structs.replace(good, backup_targets=[str(tmp_path / "file" / "x")])

    for hour in range(48):
        chain.clock.advance(HOUR_MS)
        minute(chain.hq)
        assert ("backup.stale" in chain.alarms()) is (hour == 47)
    assert "backup.failed" in chain.alarms()
    tries = len(taken(chain))
    assert 20 < tries < 48, "again every hour"

    chain.hq.config = good
    chain.clock.advance(DAY_MS)
    minute(chain.hq)
    assert chain.alarms() == set()


def test_what_nobody_has_foreseen_is_remembered_and_rings(chain, people, monkeypatch):
    """BK-04: a defect of a library, or of ours, is no reason for silence."""

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(actions.copying, "copy", broken)
    for hour in range(48):
        chain.clock.advance(HOUR_MS)
        try:
            schedule.look(chain.hq)
        except ZeroDivisionError:
            assert "backup.failed" in chain.alarms()
        schedule.ring(chain.hq)
        assert ("backup.stale" in chain.alarms()) is (hour == 47)

    assert {row.why for row in queries.listed(chain.hq.db)} == {"ZeroDivisionError"}
    assert len(taken(chain)) < 48, "not at every look"


def test_a_clock_that_was_a_year_ahead_for_a_night_stops_no_backup(chain, people):
    """Set right, the night is made up at once, and every night after it has its own."""
    chain.clock.advance(2 * DAY_MS)
    for leap in (365 * DAY_MS, -365 * DAY_MS):
        chain.clock.set_wall(chain.clock.now_ms() + leap)
        minute(chain.hq)
    assert taken(chain) == [("full", "verified")] * 2

    for _ in range(3):
        chain.clock.advance(DAY_MS)
        minute(chain.hq)

    assert len(taken(chain)) == 5
    assert chain.alarms() == set()


def test_only_backups_of_a_time_to_come_are_none(chain, people):
    """Somebody hears of it, where none is taken by itself."""
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_hour=-1)
    chain.clock.advance(365 * DAY_MS)
    chain.backup()
    minute(chain.hq)
    assert chain.alarms() == set()

    chain.clock.set_wall(chain.clock.now_ms() - 300 * DAY_MS)
    minute(chain.hq)

    assert chain.alarms() == {"backup.stale"}


def test_a_headquarters_set_up_under_a_wrong_clock_has_its_nights(chain, people):
    chain.clock.set_wall(chain.clock.now_ms() - 365 * DAY_MS)

    minute(chain.hq)

    assert taken(chain) == [("full", "verified")]
