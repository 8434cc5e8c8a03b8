"""Till staff: who they are in each store, and their way to a first PIN."""

from __future__ import annotations

import pytest

from hq.people import actions
from kit.crypto import secret_matches
from retail.errors import Conflict, Invalid, NotFound
from schemas.rows.registry import decode
from tests.builders.hq import House


def row(house: House, store: str, number: str = "1001") -> object | None:
    sql = "SELECT bytes FROM scope_row WHERE scope = :s AND kind = 'staff' AND key = :y"
    data = house.value(sql, s=f"store:{store}", y=number)
    return None if data is None else decode("staff", bytes(data))


def add(house: House, **changes: object) -> str:
    facts = {
        "number": "1001",
        "name": "Chan",
        "role": "cashier",
        "language": "zh-Hant",
        "stores": ["001"],
    } | changes
    return actions.add_staff(house.ctx, **facts)


def test_a_person_goes_down_to_their_stores_only(house: House) -> None:
    code = add(house)

    staff = row(house, "001")
    assert (staff.name, staff.role, staff.active, staff.generation) == ("Chan", "cashier", True, 1)
    assert secret_matches(code, staff.initial)
    assert row(house, "002") is None


def test_moving_to_another_store(house: House) -> None:
    add(house)

    actions.change_staff(house.ctx, "1001", name="Chan", role="manager", language="en", stores=["002"])

    assert row(house, "001") is None
    assert row(house, "002").role == "manager"


def test_a_new_code_is_a_new_generation(house: House) -> None:
    old = add(house)

    new = actions.reset_code(house.ctx, "1001")

    staff = row(house, "001")
    assert (staff.generation, secret_matches(new, staff.initial)) == (2, True)
    assert old == new or not secret_matches(old, staff.initial)


def test_dismissal_reaches_the_till(house: House) -> None:
    add(house)

    actions.set_active(house.ctx, "1001", active=False)
    assert row(house, "001").active is False

    actions.set_active(house.ctx, "1001", active=True)
    assert row(house, "001").active is True


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"number": "12a"}, Invalid, "people.number_unusable"),
        ({"name": ""}, Invalid, "people.name_missing"),
        ({"role": "king"}, Invalid, "people.role_unknown"),
        ({"language": "fr"}, Invalid, "people.language_unknown"),
        ({"stores": []}, Invalid, "people.store_missing"),
        ({"stores": ["009"]}, NotFound, "stores.store_unknown"),
    ],
)
def test_what_cannot_be_typed(
    house: House, changes: dict[str, object], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as refused:
        add(house, **changes)

    assert refused.value.code == code
    assert house.value("SELECT count(*) FROM staff") == 0


def test_a_number_is_taken_once(house: House) -> None:
    add(house)

    with pytest.raises(Conflict, match="number_taken"):
        add(house, name="Other")


def test_the_code_is_on_one_page_only(house: House) -> None:
    browser = house.client("admin")

    page = browser.post(
        "/people/new", number="1001", name="Chan", role="cashier", language="en", stores="001"
    ).text

    code = page.split('class="secret">')[1].split("<")[0]
    assert secret_matches(code, row(house, "001").initial)
    assert code not in browser.get("/people/1001").text
    assert "Added staff" in browser.get("/people/1001").text
