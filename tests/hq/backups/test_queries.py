"""What is asked of an unpacked backup."""

from __future__ import annotations

from hq.backups.queries import wrong_balances
from kit import db
from schemas.events.base import INTEGER_MAX


def test_postings_that_pass_64_bits_on_the_way_to_a_balance_are_added_up() -> None:
    """SC-14. A store may book a lot and book it back: the order in which they are added is not its own."""
    image = db.dbapi.connect(":memory:")
    image.execute(
        "CREATE TABLE posting (store TEXT, id TEXT, n INTEGER, account TEXT, commodity TEXT, quantity INTEGER)"
    )
    image.execute("CREATE TABLE balance (store TEXT, account TEXT, commodity TEXT, quantity INTEGER)")
    booked = [INTEGER_MAX] * 1100 + [-INTEGER_MAX] * 1100 + [7]
    rows = [(f"{n:04d}", quantity) for n, quantity in enumerate(booked)]
    image.executemany("INSERT INTO posting VALUES ('001', ?, 0, 'cash:001:01', 'HKD', ?)", rows)
    image.execute("INSERT INTO balance VALUES ('001', 'cash:001:01', 'HKD', 7)")

    assert wrong_balances(image) == 0
    image.execute("UPDATE balance SET quantity = 8")
    assert wrong_balances(image) == 2
    image.close()
