"""Twelve guesses at the same moment, on several workers' database: each that is heard is counted."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from hq.access import factors, one_time, second_factor
from kit.crypto import Wrapper
from kit.sql import run
from retail.errors import NotPermitted
from tests.builders.hq import a_house, a_person

pytestmark = pytest.mark.postgres
GUESSERS = 12


def test_of_many_guesses_at_once_no_more_are_heard_than_one_after_the_other(
    tmp_path: Path, postgres_database: str
) -> None:
    house = a_house(tmp_path / "hq", url=postgres_database)
    a_person(house, "anna", "auditor")
    anna = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    secret = one_time.new_secret()
    with house.hq.db.write() as connection:
        wrapped = Wrapper(house.hq.key.derive("second-factor")).wrap(secret.hex(), anna)
        factors.put_factor(connection, anna, wrapped, 1)
        factors.confirm(connection, anna, 1)
        run(connection, "UPDATE hq_factor SET failures = 4")
    shown = {one_time.code_at(secret, house.hq.clock.now_ms() + off) for off in (-30_000, 0, 30_000)}
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if code not in shown)
    said: Counter[str] = Counter()
    gate = threading.Barrier(GUESSERS)

    def guess() -> None:
        gate.wait()
        with pytest.raises(NotPermitted) as refused:
            second_factor.renew_recovery_codes(house.ctx.acting_as(actor), code=wrong)
        said[refused.value.code] += 1

    with house.hq.db.read() as connection:
        actor = second_factor.as_named(second_factor.existing(connection, anna))
    threads = [threading.Thread(target=guess) for _ in range(GUESSERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert said == {"access.code_wrong": 1, "access.code_wait": GUESSERS - 1}
    house.hq.close()
