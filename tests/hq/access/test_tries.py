"""Tries are counted for all workers together, and over a restart."""

from __future__ import annotations

import pytest

from hq.access import actions
from hq.access.tries import Tries
from hq.app import create_app
from tests.builders.hq import PASSWORD, Browser, House

SECOND = 1000


def tries(house: House) -> Tries:
    return Tries("lianpu://", hq=house.hq)


def test_two_workers_count_together_and_a_window_ends(house: House) -> None:
    """SC-06."""
    one, two = tries(house), tries(house)

    assert [one.incr("a", 60), two.incr("a", 60), two.incr("b", 60), one.get("a")] == [1, 2, 1, 2]
    house.hq.clock.advance(59 * SECOND)
    assert (one.get("a"), one.incr("a", 60)) == (2, 3)
    house.hq.clock.advance(1 * SECOND)
    assert (two.get("a"), two.get_expiry("a") <= house.hq.clock.now_ms() / 1000, two.incr("a", 60)) == (
        0,
        True,
        1,
    )


def test_a_window_that_a_wrong_clock_began_is_over_when_it_is_right_again(house: House) -> None:
    """Nobody is locked out until that date, whether somebody tries or not."""
    clock, counted = house.hq.clock, tries(house)
    right = clock.now_ms()
    clock.set_wall(right + 365 * 86_400 * SECOND)
    for name in ("asked", "hit", "left"):
        assert counted.incr(name, 3600, amount=30) == 30
    clock.set_wall(right)

    assert (counted.get("asked"), counted.get_expiry("asked")) == (0, right / 1000)
    assert (counted.incr("hit", 60), counted.get("hit")) == (1, 1)
    actions.end_old_sessions(house.ctx)
    assert house.value("SELECT count(*) FROM tries") == 1


def test_what_has_ended_is_forgotten_with_the_old_sessions(house: House) -> None:
    tries(house).incr("short", 60)
    tries(house).incr("long", 3600)
    house.hq.clock.advance(61 * SECOND)

    actions.end_old_sessions(house.ctx)

    assert house.value("SELECT count(*) FROM tries") == 1
    tries(house).clear("long")
    assert (house.value("SELECT count(*) FROM tries"), tries(house).reset(), tries(house).check()) == (
        0,
        0,
        True,
    )


def test_wrong_passwords_at_one_worker_count_at_the_other(house: House) -> None:
    """The limit is that of the headquarters; no name that was typed stands in the table."""
    workers = [Browser(create_app(house.hq).test_client()) for _ in range(2)]

    codes = [
        workers[n % 2].post("/sign-in", login="my secret word", password="x").status_code for n in range(6)
    ]

    assert codes == [403, 403, 403, 403, 403, 429]
    assert all("secret" not in row[0] for row in house.db.rows("SELECT key FROM tries"))


@pytest.mark.parametrize(("path", "field"), [("/me/password", "old"), ("/me/second-factor", "password")])
def test_who_has_somebodys_session_does_not_guess_the_password(house: House, path: str, field: str) -> None:
    """Forty wrong ones were forty times 422. What is right is not counted."""
    browser = Browser(create_app(house.hq).test_client())
    browser.post("/sign-in", login="admin", password=PASSWORD)

    codes = [browser.post(path, **{field: f"guess {n}"}).status_code for n in range(6)]

    assert codes == [422, 422, 422, 422, 422, 429]
    house.hq.clock.advance(60 * SECOND)
    right = [browser.post("/me/second-factor", password=PASSWORD).status_code for _ in range(7)]
    assert right == [302] * 7


def test_a_flood_that_is_refused_never_waits_for_the_only_writer(house: House) -> None:
    """SC-06. Refused by a look, also with names that were never typed before, while another one writes."""
    browser = Browser(create_app(house.hq).test_client())
    for n in range(10):
        browser.post("/sign-in", login=f"name {n}", password="x")
    counted = house.db.rows("SELECT key, n, until FROM tries ORDER BY key")

    with house.db.write():
        codes = {browser.post("/sign-in", login=f"flood {n}", password="x").status_code for n in range(2)}

    assert codes == {429}
    assert house.db.rows("SELECT key, n, until FROM tries ORDER BY key") == counted
    house.hq.clock.advance(60 * SECOND)
    assert browser.post("/sign-in", login="flood 1", password="x").status_code == 403
