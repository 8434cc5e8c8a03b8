"""Once per key: the claim, the effect and the answer are kept together, whatever happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from hq.access import actions as access
from hq.app import create_app
from hq.headquarters import Headquarters
from kit.clock import ManualClock
from tests.builders.hq import NOW, House, a_product

PRICE = {"scope": "chain", "price_minor": 990}
PRICES = "/api/v1/products/P1/prices"


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    """An administrator's token; product P1 has one price."""
    a_product(house)
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")
    return {"Authorization": f"Bearer {access.make_token(house.ctx, admin, 'test')}"}


def call(
    app: Any, bearer: dict[str, str], key: str, *, path: str = PRICES, method: str = "POST", body: Any = PRICE
) -> Any:
    headers = {**bearer, "Idempotency-Key": key}
    return app.test_client().open(path, method=method, json=body, headers=headers)


def counted(house: House) -> tuple[int, int, int]:
    """Prices, audit lines of them, remembered answers."""
    return (
        house.value("SELECT count(*) FROM price"),
        house.value("SELECT count(*) FROM audit_entry WHERE verb = 'prices.set'"),
        house.value("SELECT count(*) FROM api_answer"),
    )


def test_ten_calls_at_once_have_one_effect(house: House, bearer: dict[str, str]) -> None:
    together = Barrier(10)

    def one(_n: int) -> tuple[int, str]:
        together.wait()
        answer = call(house.app, bearer, "k1")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(one, range(10)))

    assert [status for status, _text in answers] == [200]
    assert counted(house) == (2, 2, 1)


def test_other_keys_are_other_calls(house: House, bearer: dict[str, str]) -> None:
    answers = [call(house.app, bearer, f"k{n}").status_code for n in range(3)]

    assert answers == [200, 200, 200]
    assert counted(house) == (4, 4, 3)


def test_a_failure_before_the_answer_takes_the_effect_back(house: House, bearer: dict[str, str]) -> None:
    with house.db.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER planted BEFORE UPDATE ON api_answer BEGIN SELECT RAISE(ABORT, 'planted'); END"
        )

    failed = call(house.app, bearer, "k1").status_code
    left = counted(house)
    with house.db.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER planted")
    again = call(house.app, bearer, "k1").status_code

    assert (failed, left) == (500, (1, 1, 0))
    assert (again, counted(house)) == (200, (2, 2, 1))


CRASH = """
import os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from hq.app import create_app
from hq.headquarters import Headquarters
from kit.clock import ManualClock

hq = Headquarters.open(Path(sys.argv[1]), clock=ManualClock(int(sys.argv[2])))
app = create_app(hq, limits=False)

def die(*_anything):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[3] == "before commit":
    sa.event.listen(hq.db.engine, "commit", die)
else:
    app.after_request(die)
app.test_client().post(
    "/api/v1/products/P1/prices", json={"scope": "chain", "price_minor": 990},
    headers={"Authorization": sys.argv[4], "Idempotency-Key": "k1"},
)
"""


@pytest.mark.parametrize(
    ("moment", "left"), [("before commit", (1, 1, 0)), ("before the answer went out", (2, 2, 1))]
)
def test_a_killed_server_keeps_all_or_nothing(
    house: House, bearer: dict[str, str], tmp_path: Path, moment: str, left: tuple[int, int, int]
) -> None:
    house.hq.close()
    values = [str(house.hq.home), str(NOW), moment, bearer["Authorization"]]
    killed = subprocess.run([sys.executable, "-c", CRASH, *values], cwd=os.getcwd(), check=False)

    back = Headquarters.open(house.hq.home, clock=ManualClock(NOW))
    again = House(back, create_app(back, limits=False), house.ctx)
    found = counted(again)
    answer = call(again.app, bearer, "k1")
    repeated = call(again.app, bearer, "k1")
    total = counted(again)
    back.close()

    assert (killed.returncode, found) == (-signal.SIGKILL, left)
    assert (answer.status_code, answer.json, total) == (200, repeated.json, (2, 2, 1))


def test_a_key_used_for_another_call_is_refused(house: House, bearer: dict[str, str]) -> None:
    call(house.app, bearer, "k1")

    other_body = call(house.app, bearer, "k1", body={**PRICE, "price_minor": 991})
    other_path = call(house.app, bearer, "k1", path="/api/v1/products/P2/prices")

    assert [(a.status_code, a.json["code"]) for a in (other_body, other_path)] == [
        (422, "api.key_reused")
    ] * 2
    assert counted(house) == (2, 2, 1)


def test_a_refused_call_leaves_its_key_free(house: House, bearer: dict[str, str]) -> None:
    refused = call(house.app, bearer, "k1", body={**PRICE, "scope": "zone:Z"})
    right = call(house.app, bearer, "k1")

    assert (refused.status_code, refused.json["code"]) == (404, "prices.scope_unknown")
    assert (right.status_code, counted(house)) == (200, (2, 2, 1))


def test_a_price_is_taken_back_once(house: House, bearer: dict[str, str]) -> None:
    price = call(house.app, bearer, "k1", body={**PRICE, "from": "2026-08-01T00:00"}).json["id"]
    path = f"/api/v1/prices/{price}"

    first = call(house.app, bearer, "k2", path=path, method="DELETE", body=None)
    again = call(house.app, bearer, "k2", path=path, method="DELETE", body=None)
    late = call(house.app, bearer, "k3", path=path, method="DELETE", body=None)
    keyless = call(house.app, bearer, "", path=path, method="DELETE", body=None)

    assert [(a.status_code, a.json) for a in (first, again)] == [(200, {"ok": True})] * 2
    assert (late.status_code, late.json["code"]) == (409, "prices.already_cancelled")
    assert (keyless.status_code, keyless.json["code"]) == (422, "api.key_missing")
