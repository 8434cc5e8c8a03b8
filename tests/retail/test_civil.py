"""Civil time: gaps, doubled hours, business dates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.civil import business_day, civil_to_ms, day_not_back, store_local
from retail.errors import Invalid

HONG_KONG = "Asia/Hong_Kong"


def at(utc: str) -> int:
    """Milliseconds of a UTC time "YYYY-MM-DDTHH:MM"."""
    return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("civil", "zone", "utc"),
    [
        ("2026-07-10T00:00", HONG_KONG, "2026-07-09T16:00"),
        ("2026-07-10T00:00", "UTC", "2026-07-10T00:00"),
        # missing: the first instant after the gap
        ("2026-03-08T02:00", "America/New_York", "2026-03-08T07:00"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00"),
        ("2026-03-08T03:00", "America/New_York", "2026-03-08T07:00"),
        ("2026-03-29T02:59", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        # a whole day was skipped
        ("2011-12-30T12:30", "Pacific/Apia", "2011-12-30T10:00"),
        # midnight itself is missing
        ("2018-11-04T00:00", "America/Sao_Paulo", "2018-11-04T03:00"),
        # doubled: the first
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),
    ],
)
def test_civil_to_ms(civil: str, zone: str, utc: str) -> None:
    assert civil_to_ms(civil, zone) == at(utc)


@pytest.mark.parametrize(
    ("civil", "zone", "code"),
    [
        ("2026-07-10", HONG_KONG, "civil.unreadable"),
        ("2026-13-10T00:00", HONG_KONG, "civil.unreadable"),
        ("2026-02-30T00:00", HONG_KONG, "civil.unreadable"),
        ("0001-01-01T00:00", HONG_KONG, "civil.unreadable"),
        ("2026-07-10T00:00Z", HONG_KONG, "civil.unreadable"),
        ("2026-07-10T00:00", "Asia/Atlantis", "civil.unknown_zone"),
        ("2026-07-10T00:00", "../etc/passwd", "civil.unknown_zone"),
    ],
)
def test_unreadable_times_and_zones_are_refused(civil: str, zone: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        civil_to_ms(civil, zone)

    assert caught.value.code == code


@given(
    st.integers(0, 25_000_000),
    st.sampled_from(
        [HONG_KONG, "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
)
def test_a_civil_time_never_means_an_instant_that_shows_an_earlier_clock(minutes: int, zone: str) -> None:
    civil = (datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")

    shown = store_local(civil_to_ms(civil, zone), zone).replace(" ", "T")

    assert shown >= civil
    assert civil_to_ms(shown, zone) == civil_to_ms(civil, zone)


@pytest.mark.parametrize(
    ("utc", "zone", "turn", "day"),
    [
        ("2026-07-09T20:00", HONG_KONG, "04:00", "2026-07-10"),
        ("2026-07-09T19:59", HONG_KONG, "04:00", "2026-07-09"),
        ("2026-07-09T16:00", HONG_KONG, "00:00", "2026-07-10"),
        ("2026-07-10T15:59", HONG_KONG, "04:00", "2026-07-10"),
        ("2026-01-01T03:00", "UTC", "04:00", "2025-12-31"),
    ],
)
def test_business_day(utc: str, zone: str, turn: str, day: str) -> None:
    assert business_day(at(utc), zone, turn) == day


@pytest.mark.parametrize("turn", ["4:00", "24:00", "", "04:60"])
def test_a_bad_day_turn_is_refused(turn: str) -> None:
    with pytest.raises(Invalid):
        business_day(0, "UTC", turn)


@pytest.mark.parametrize(
    ("last", "day"),
    [("", "2026-07-10"), ("2026-07-09", "2026-07-10"), ("2026-07-11", "2026-07-11"), ("2026-07-13", "2026-07-13"),
     ("2026-07-14", "2026-07-10"), ("9999-12-31", "2026-07-10")],
)  # fmt: skip
def test_a_day_does_not_go_back_by_a_little(last: str, day: str) -> None:
    assert day_not_back("2026-07-10", last) == day


def test_store_local() -> None:
    assert store_local(at("2026-07-09T16:05"), HONG_KONG) == "2026-07-10 00:05"


@pytest.mark.parametrize("zone", [HONG_KONG, "UTC", "America/New_York"])
@pytest.mark.parametrize(
    ("now_ms", "shown"),
    [
        (253_402_300_800_000, "9999-12-31 23:59"),
        (2**53 - 1, "9999-12-31 23:59"),
        (10**30, "9999-12-31 23:59"),
        (-(2**53), "0001-01-01 00:00"),
        (-(10**30), "0001-01-01 00:00"),
    ],
)
def test_a_moment_that_no_calendar_has_shows_the_end_of_the_calendar(
    now_ms: int, shown: str, zone: str
) -> None:
    """SC-14. A store may tell any moment: a page that shows it must not fail."""
    assert store_local(now_ms, zone) == shown


def test_a_zone_ahead_reaches_the_end_of_the_calendar_first() -> None:
    assert store_local(253_402_300_799_999, HONG_KONG) == "9999-12-31 23:59"
    assert store_local(253_402_300_799_999, "America/New_York") == "9999-12-31 18:59"


def test_an_early_year_has_four_digits() -> None:
    assert store_local(-62_000_000_000_000, "UTC") == "0005-04-19 09:46"
