"""A stolen password opens nothing: the code of a phone, once, and what happens when the phone is lost."""

from __future__ import annotations

import re

import msgspec
import pytest

from hq import commands
from hq.access import one_time
from hq.app import create_app
from kit.crypto import Wrapper
from tests.builders.hq import PASSWORD, Browser, House, a_person

SPELLED = re.compile(r'class="secret">([A-Z2-7 ]+)<')
CODES = re.compile(r"<li>([0-9a-z-]+)</li>")
MINUTE = 60_000
WAIT = re.compile(r"請在 ([0-9]+) 分鐘後再試")


class Phone:
    """An authenticator app that has read the picture."""

    def __init__(self, house: House, login: str) -> None:
        self.house = house
        self.id = house.value("SELECT id FROM hq_user WHERE login = :login", login=login)

    def code(self, off_ms: int = 0) -> str:
        """What it shows."""
        wrapped = self.house.value("SELECT secret FROM hq_factor WHERE user_id = :u", u=self.id)
        text = Wrapper(self.house.hq.key.derive("second-factor")).unwrap(bytes(wrapped), self.id)
        assert text is not None
        return one_time.code_at(bytes.fromhex(text), self.house.hq.clock.now_ms() + off_ms)

    def next_code(self) -> str:
        """After the one that was used: half a minute later."""
        self.house.hq.clock.advance(30_000)
        return self.code()


def wrong(phone: Phone) -> str:
    """Six digits that the phone does not show now, before or after."""
    shown = {phone.code(off) for off in (-30_000, 0, 30_000)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in shown)


@pytest.fixture
def phone(house: House) -> Phone:
    """Anna's, set up through the pages."""
    a_person(house, "anna", "auditor")
    browser = house.client("anna")
    browser.post("/me/second-factor", password=PASSWORD)
    made = Phone(house, "anna")
    page = browser.post("/me/second-factor/confirm", code=made.code())
    assert page.status_code == 200
    house.hq.clock.advance(30_000)
    return made


def half_way(house: House) -> Browser:
    """Anna's browser after the password."""
    browser = Browser(house.app.test_client())
    answer = browser.post("/sign-in", login="anna", password=PASSWORD)
    assert answer.headers["Location"] == "/sign-in/code"
    return browser


def test_setting_up_shows_a_picture_and_ten_codes_once(house: House) -> None:
    a_person(house, "anna", "auditor")
    browser, other = house.client("anna"), house.client("anna")

    browser.post("/me/second-factor", password=PASSWORD)
    page = browser.get("/me/second-factor").text
    codes = CODES.findall(browser.post("/me/second-factor/confirm", code=Phone(house, "anna").code()).text)

    assert '<svg class="qr"' in page and SPELLED.search(page)
    assert len(codes) == 10
    after = browser.get("/me/second-factor").text
    assert SPELLED.search(after) is None and codes[0] not in after
    assert other.get("/").status_code == 302  # every other browser begins anew
    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'access.factor_on'") == 1


def test_an_unconfirmed_one_is_not_asked_for(house: House) -> None:
    a_person(house, "anna", "auditor")
    house.client("anna").post("/me/second-factor", password=PASSWORD)

    assert house.client("anna").get("/").status_code == 200


def test_the_wrong_password_begins_nothing(house: House) -> None:
    a_person(house, "anna", "auditor")

    answer = house.client("anna").post("/me/second-factor", password="guessed it 12")

    assert answer.status_code == 422
    assert house.value("SELECT count(*) FROM hq_factor") == 0


def test_the_password_alone_is_nobody(house: House, phone: Phone) -> None:
    browser = half_way(house)

    assert browser.get("/").status_code == 302
    assert browser.get("/me").status_code == 302
    assert browser.get("/api/v1/products").status_code == 401
    assert browser.post("/me/second-factor/off", code=phone.code()).headers["Location"].startswith("/sign-in")
    assert house.value("SELECT count(*) FROM hq_factor WHERE confirmed_at > 0") == 1


def test_password_and_code_sign_in_with_a_fresh_token(house: House, phone: Phone) -> None:
    browser = half_way(house)
    before = browser.client.get_cookie("lianpu_hq")

    answer = browser.post("/sign-in/code", code=phone.code()[:3] + " " + phone.code()[3:], next="/audit/")

    after = browser.client.get_cookie("lianpu_hq")
    assert answer.headers["Location"] == "/audit/"
    assert browser.get("/audit/").status_code == 200
    assert before is not None and after is not None and before.value != after.value


def test_a_code_opens_once(house: House, phone: Phone) -> None:
    """SC-16."""
    code = phone.code()
    assert half_way(house).post("/sign-in/code", code=code).status_code == 302

    seen = half_way(house)

    assert seen.post("/sign-in/code", code=code).status_code == 403
    assert seen.post("/sign-in/code", code=phone.next_code()).status_code == 302


def test_an_earlier_code_is_used_up_with_a_later_one(house: House, phone: Phone) -> None:
    earlier, later = phone.code(), phone.code(30_000)
    assert half_way(house).post("/sign-in/code", code=later).status_code == 302

    assert half_way(house).post("/sign-in/code", code=earlier).status_code == 403


@pytest.mark.parametrize("ms", [5 * MINUTE + 1, -5 * MINUTE - 1], ids=["later", "by a clock that was ahead"])
def test_a_password_is_good_for_five_minutes(house: House, phone: Phone, ms: int) -> None:
    browser = half_way(house)
    house.hq.clock.set_wall(house.hq.clock.now_ms() + ms)

    answer = browser.post("/sign-in/code", code=phone.code())

    assert answer.headers["Location"] == "/sign-in"
    assert browser.get("/").status_code == 302


def test_wrong_codes_are_counted_over_sessions_and_make_wait(house: House, phone: Phone) -> None:
    for _ in range(5):
        assert half_way(house).post("/sign-in/code", code=wrong(phone)).status_code == 403

    locked = half_way(house).post("/sign-in/code", code=phone.code())

    assert locked.status_code == 403 and "access.code_wait" in locked.text
    house.hq.clock.advance(MINUTE)
    assert half_way(house).post("/sign-in/code", code=phone.code()).status_code == 302
    assert house.value("SELECT failures FROM hq_factor") == 0


def test_waits_double_up_to_an_hour(house: House, phone: Phone) -> None:
    waits = []
    for _ in range(4):
        half_way(house).post("/sign-in/code", code=wrong(phone))
    for _ in range(9):
        half_way(house).post("/sign-in/code", code=wrong(phone))
        told = half_way(house).post("/sign-in/code", code=phone.code()).text
        waits.append(int(WAIT.findall(told)[0]))
        house.hq.clock.advance(waits[-1] * MINUTE)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_recovery_code_opens_once(house: House, phone: Phone) -> None:
    browser = half_way(house)
    browser.post("/sign-in/code", code=phone.code())
    codes = CODES.findall(browser.post("/me/second-factor/codes", code=phone.next_code()).text)

    assert half_way(house).post("/sign-in/code", code=codes[0].upper()).status_code == 302
    assert half_way(house).post("/sign-in/code", code=codes[0]).status_code == 403
    assert "9 recovery codes" in browser.get("/me/second-factor").text


def test_an_administrator_takes_it_away_and_ends_the_sessions(house: House, phone: Phone) -> None:
    browser = half_way(house)
    browser.post("/sign-in/code", code=phone.code())

    answer = house.client("admin").post(f"/users/{phone.id}/second-factor/reset")

    assert answer.status_code == 302
    assert browser.get("/").status_code == 302
    assert house.client("anna").get("/").status_code == 200
    assert house.value("SELECT count(*) FROM hq_recovery_code") == 0


def test_nobody_else_may_take_it_away(house: House, phone: Phone) -> None:
    a_person(house, "bob", "auditor")

    assert house.client("bob").post(f"/users/{phone.id}/second-factor/reset").status_code == 403
    assert house.value("SELECT count(*) FROM hq_factor") == 1


def test_the_command_line_helps_the_last_administrator(house: House, phone: Phone) -> None:
    commands.reset_second_factor(house.ctx, login="anna")

    assert house.client("anna").get("/").status_code == 200


def test_it_is_turned_off_with_a_code_only(house: House, phone: Phone) -> None:
    browser = half_way(house)
    browser.post("/sign-in/code", code=phone.code())

    assert browser.post("/me/second-factor/off", code=wrong(phone)).status_code == 422
    assert browser.post("/me/second-factor/off", code=phone.next_code()).status_code == 302
    assert house.client("anna").get("/").status_code == 200


def test_a_headquarters_may_ask_everybody(house: House) -> None:
    house.hq.config = msgspec.structs.replace(house.hq.config, second_factor="required")
    browser = house.client("admin")

    assert browser.get("/sales/").headers["Location"] == "/me/second-factor"
    assert browser.get("/api/v1/products").status_code == 403
    browser.post("/me/second-factor", password=PASSWORD)
    phone = Phone(house, "admin")
    browser.post("/me/second-factor/confirm", code=phone.code())

    assert browser.get("/sales/").status_code == 200
    assert browser.post("/me/second-factor/off", code=phone.next_code()).status_code == 422


def test_a_stolen_database_holds_no_secret_and_no_code(house: House, phone: Phone) -> None:
    browser = half_way(house)
    browser.post("/sign-in/code", code=phone.code())
    codes = CODES.findall(browser.post("/me/second-factor/codes", code=phone.next_code()).text)
    wrapped = bytes(house.value("SELECT secret FROM hq_factor"))
    secret = Wrapper(house.hq.key.derive("second-factor")).unwrap(wrapped, phone.id)
    assert secret is not None

    held = b"".join(path.read_bytes() for path in house.hq.home.glob("*.db*"))

    assert bytes.fromhex(secret) not in held and secret.encode() not in held
    assert not any(one_time.plain(code).encode() in held or code.encode() in held for code in codes)


def test_codes_are_guessed_slowly(house: House, phone: Phone) -> None:
    browser = Browser(create_app(house.hq).test_client())
    token = browser.token()

    seen = [
        browser.client.post("/sign-in/code", data={"csrf_token": token, "code": "1"}).status_code
        for _ in range(11)
    ]

    assert seen[-2:] == [302, 429]
