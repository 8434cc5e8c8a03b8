"""What nobody types in a browser, an attacker does: nonsense in forms and addresses is refused, never a 500."""

from __future__ import annotations

import pytest

from tests.builders.hq import House


@pytest.mark.parametrize("typed", ["²", "--5", "1-", "٣", "-", "1" * 13])
def test_a_number_that_is_none_is_refused(house: House, typed: str) -> None:
    answer = house.client("admin").post("/categories/", code="X", **{"name.en": "x", "position": typed})

    assert answer.status_code == 422
    assert "form.not_a_number" in answer.text
    assert house.value("SELECT count(*) FROM category") == 0


@pytest.mark.parametrize("number", ["abc", "²", "-3", "99", ""])
def test_a_page_of_quick_keys_that_does_not_exist_shows_one_that_does(house: House, number: str) -> None:
    assert house.client("admin").get(f"/settings/quick-keys?number={number}").status_code == 200


@pytest.mark.parametrize("page", ["²", "0", "-1", "x"])
def test_nonsense_for_a_page_is_the_first_page(house: House, page: str) -> None:
    assert house.client("admin").get(f"/products/?page={page}").status_code == 200


def test_a_key_that_is_no_hex_is_unknown(house: House) -> None:
    admin = house.client("admin")

    answer = admin.post("/enrolment/revoke/001", key="zz")

    assert answer.status_code == 302
    assert "enrolment.key_unknown" in admin.get("/enrolment/").text
