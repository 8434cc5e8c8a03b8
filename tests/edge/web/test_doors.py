"""Every door of the node: who is let in, what is refused, what is answered twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge.app import create_app
from kit.cards import holds_card_number
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN, Shop, a_product
from tests.builders.till import ADDRESS, Browser, a_browser

OPEN = {"/", "/pair", "/healthz", "/api/v1/pair", "/api/v1/texts", "/control/<name>"}
HELP = {"/pair/trust", "/pair/lianpu-store.crt"}  # open on the LAN, absent without one


def rules(shop: Shop) -> list[tuple[str, str]]:
    """(method, path) of every route but static files."""
    found = []
    for rule in create_app(shop.node).url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            if not rule.rule.startswith("/static"):
                found.append((method, rule.rule))
    return sorted(found)


def test_an_unpaired_browser_gets_nothing_at_every_door(shop: Shop) -> None:
    """SC-01."""
    client = create_app(shop.node).test_client()
    let_in = []
    for method, rule in rules(shop):
        path = rule.replace("<id_>", "x").replace("<name>", "pair").replace("<int:job>", "1")
        headers = {"X-Lianpu": "1", "Idempotency-Key": "k" * 12, "Origin": ADDRESS}
        answer = client.open(path, method=method, base_url=ADDRESS, json={} if method != "GET" else None,
                             headers=headers)  # fmt: skip
        if answer.status_code not in (401, 403) and rule not in OPEN | HELP:
            let_in.append((method, rule, answer.status_code))
        if rule.startswith("/api/v1/") and rule not in OPEN | HELP:
            assert answer.get_json()["code"] == "people.device_unknown", rule
    assert let_in == []


def test_a_paired_browser_without_a_person_changes_nothing(shop: Shop) -> None:
    browser = Browser(shop).pair()
    free = {"/api/v1/pair", "/api/v1/sign-in", "/api/v1/switch", "/api/v1/lock"}
    for method, rule in rules(shop):
        if method == "POST" and rule.startswith("/api/v1/") and rule not in free:
            path = rule.replace("<id_>", "x").replace("<int:job>", "1").removeprefix("/api/v1/")
            assert browser.refused(path) == (403, "people.sign_in_needed"), rule


def test_no_get_changes_anything(shop: Shop) -> None:
    """SC-08."""
    browser = a_browser(shop)
    before = shop.node.db.value("SELECT total_changes()"), shop.node.db.writer.total_changes
    for method, rule in rules(shop):
        if method == "GET" and rule.startswith("/api/v1/") and not rule.endswith("/events"):
            browser.get(rule.replace("<id_>", "x").removeprefix("/api/v1/"))
    assert shop.node.db.writer.total_changes == before[1]


def test_a_call_without_the_pages_header_is_refused(shop: Shop) -> None:
    """SC-08."""
    browser = a_browser(shop)
    answer = browser.client.post("/api/v1/basket/scan", base_url=ADDRESS, json={"code": "A"},
                                 headers={"Idempotency-Key": "k" * 12})  # fmt: skip
    assert (answer.status_code, answer.get_json()["code"]) == (403, "web.header_missing")


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "white space", "a;b'c--d"])
def test_a_changing_call_needs_a_well_formed_key(shop: Shop, key: str) -> None:
    browser = a_browser(shop)
    answer = browser.client.post("/api/v1/basket/scan", base_url=ADDRESS, json={"code": "A"},
                                 headers={"X-Lianpu": "1", "Idempotency-Key": key})  # fmt: skip
    assert answer.get_json()["code"] == "web.key_missing"


def test_a_foreign_page_or_name_reaches_nothing(shop: Shop) -> None:
    """SC-07."""
    browser = a_browser(shop)
    for base, origin, code in (
        ("http://evil.example:8101", "http://evil.example:8101", "web.host_not_allowed"),
        (ADDRESS, "http://evil.example", "web.origin_not_allowed"),
        ("http://127.0.0.1", ADDRESS, "web.host_not_allowed"),
    ):
        answer = browser.client.post("/api/v1/drawer/open", base_url=base, json={"reason": "other"},
                                     headers={"X-Lianpu": "1", "Idempotency-Key": "k" * 12, "Origin": origin})  # fmt: skip
        assert answer.get_json()["code"] == code
    assert shop.node.db.value("SELECT count(*) FROM print_job") == 0


def test_a_forwarded_address_is_not_trusted(shop: Shop) -> None:
    """SC-09."""
    client = create_app(shop.node).test_client()
    answer = client.get("/api/v1/state", base_url=ADDRESS,
                        headers={"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "127.0.0.1:8101"})  # fmt: skip
    assert answer.status_code == 401


def test_the_control_door_is_shut_while_no_token_was_announced(shop: Shop) -> None:
    client = create_app(shop.node).test_client()
    tries: list[dict[str, str]] = [{}, {"X-Lianpu-Control": ""}, {"X-Lianpu-Control": "guess"}]
    for headers in tries:
        answer = client.post("/control/pair", base_url=ADDRESS, json={"terminal": "01"}, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "web.control_token_wrong")


def test_the_control_door_opens_with_the_token_for_known_commands(shop: Shop) -> None:
    shop.node.control_token = "t" * 43
    client = create_app(shop.node).test_client()

    def call(name: str) -> Any:
        return client.post(f"/control/{name}", base_url=ADDRESS, json={"terminal": "01"},
                           headers={"X-Lianpu-Control": "t" * 43}).get_json()  # fmt: skip

    assert len(call("pair")["result"]["code"]) == 8
    assert call("nothing")["code"] == "web.no_such_command"


# -- once and only once ------------------------------------------------------------------------------------


def test_a_repeated_call_answers_the_same_and_adds_nothing(shop: Shop) -> None:
    """SC-16."""
    browser = a_browser(shop)
    first = browser.post("basket/scan", {"code": "2000000000015"}, key="the-same-key")
    again = browser.post("basket/scan", {"code": "2000000000015"}, key="the-same-key")

    assert first["version"] == again["version"] == 1
    assert [line["quantity"] for line in again["state"]["basket"]["lines"]] == [1000]


def test_the_same_key_for_another_wish_is_refused(shop: Shop) -> None:
    browser = a_browser(shop)
    browser.post("basket/scan", {"code": "2000000000015"}, key="the-same-key")

    assert browser.refused("basket/scan", {"code": "2000000000022"}, key="the-same-key") == (
        422,
        "web.key_reused",
    )
    assert browser.refused("basket/hold", {}, key="the-same-key") == (422, "web.key_reused")


def test_a_key_belongs_to_its_terminal(shop: Shop) -> None:
    from edge.shifts.actions import open_shift

    open_shift(shop.at("02"), 0)
    for terminal in ("01", "02"):
        state = a_browser(shop, terminal).post("basket/scan", {"code": "2000000000015"}, key="the-same-key")[
            "state"
        ]
        assert len(state["basket"]["lines"]) == 1


def test_a_repeated_close_answers_the_same_although_everything_has_changed(shop: Shop) -> None:
    """The answer was lost; meanwhile another terminal holds a basket, which a new close would ask about."""
    from edge.shifts.actions import open_shift
    from edge.till.actions import hold, scan

    browser = a_browser(shop)
    first = browser.post("shift/close", {"count": {"50000": 1}, "confirm": []}, key="the-same-key")
    open_shift(shop.at("02"), 0)
    scan(shop.at("02"), "2000000000015")
    hold(shop.at("02"), "")

    again = browser.post("shift/close", {"count": {"50000": 1}, "confirm": []}, key="the-same-key")

    assert again["report"] == first["report"]


def test_a_sale_on_a_full_disk_is_finished_at_once_with_the_ballast(shop: Shop) -> None:
    """The node itself tries a second time after it gave the ballast up."""
    browser = a_browser(shop)
    browser.post("basket/scan", {"code": "2000000000015"})
    database = shop.node.db
    database.writer.execute(f"PRAGMA max_page_count={database.value('PRAGMA page_count')}")
    release = shop.node.disk.release

    def release_room() -> bool:
        database.writer.execute("PRAGMA max_page_count=1000000")
        return release()

    shop.node.disk.release = release_room  # type: ignore[method-assign]
    sold = [
        browser.raw("sale/finish", {"version": 1, "add": [{"kind": "cash", "given_minor": 1000}]}).status_code
    ]
    while shop.node.disk.ballast.exists():
        browser.post("basket/scan", {"code": "2000000000015"})
        sold.append(browser.raw("sale/finish", {"add": []}).status_code)

    assert set(sold) == {200}
    assert database.value("SELECT count(*) FROM document") == len(sold)


# -- sitting down ------------------------------------------------------------------------------------------


def test_sign_in_switch_lock_keep_the_basket(shop: Shop) -> None:
    browser = a_browser(shop)
    browser.post("basket/scan", {"code": "2000000000015"})

    locked = browser.post("lock")["state"]
    assert locked["locked"] and len(locked["basket"]["lines"]) == 1
    assert browser.refused("basket/scan", {"code": "A"}) == (403, "people.sign_in_needed")

    switched = browser.post("switch", {"staff": MANAGER, "pin": MANAGER_PIN})["state"]
    assert (switched["staff"]["number"], switched["locked"], len(switched["basket"]["lines"])) == (
        MANAGER,
        False,
        1,
    )
    row = shop.node.db.row("SELECT staff, verb FROM audit WHERE verb = 'people.locked'")
    assert row is not None and row["staff"] == CASHIER


def test_a_till_that_nobody_touches_locks_itself_and_stays_locked_over_a_restart(shop: Shop) -> None:
    browser = a_browser(shop)
    browser.post("basket/scan", {"code": "2000000000015"})
    shop.clock.advance(10 * 60_000 + 1)

    assert browser.state()["locked"]
    assert browser.refused("basket/scan", {"code": "A"}) == (403, "people.sign_in_needed")

    shop.restart()
    cookie = browser.client.get_cookie("lianpu_device", domain="127.0.0.1")
    assert cookie is not None
    again = Browser(shop)
    again.client.set_cookie("lianpu_device", cookie.value, domain="127.0.0.1")
    assert again.state()["locked"]
    assert again.refused("basket/scan", {"code": "A"}) == (403, "people.sign_in_needed")
    again.sign_in()
    assert len(again.state()["basket"]["lines"]) == 1


def test_a_dismissed_person_is_out_at_the_next_touch(shop: Shop) -> None:
    """SC-11."""
    from schemas.rows import stores
    from tests.builders.edge import put

    browser = a_browser(shop)
    row = stores.StaffRow(
        number=CASHIER, name="x", role="cashier", language="en", active=False, generation=1, initial=""
    )
    put(shop.node, "store:001", "staff", CASHIER, row)

    assert browser.refused("basket/scan", {"code": "A"}) == (403, "people.sign_in_needed")
    assert browser.state()["staff"] is None


def test_an_unpaired_terminal_is_out_at_the_next_touch(shop: Shop) -> None:
    old = a_browser(shop)
    a_browser(shop)
    answer = old.get("state")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "people.device_unknown")


def test_the_cookie_is_out_of_reach_of_scripts_and_foreign_pages(shop: Shop) -> None:
    from edge.people import pairing

    browser = Browser(shop)
    code = pairing.make_code(shop.node.context(), "01")
    cookie = browser.raw("pair", {"code": code, "label": "x"}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie


def test_refusals_speak_the_language_of_the_person(shop: Shop) -> None:
    browser = a_browser(shop)
    english = browser.raw("basket/line", {"line": "l9", "quantity": 1000}).get_json()["message"]
    browser.post("language", {"language": "zh-Hans"})
    chinese = browser.raw("basket/line", {"line": "l9", "quantity": 1000}).get_json()["message"]

    assert english != chinese or english.startswith("error.")
    assert browser.state()["language"] == "zh-Hans"
    assert browser.refused("language", {"language": "tlh"}) == (422, "web.field")


def test_staff_names_are_for_paired_terminals(shop: Shop) -> None:
    browser = Browser(shop).pair()
    assert browser.get("staff").get_json()["staff"] == [
        {"number": CASHIER, "name": "cashier 1001"}, {"number": MANAGER, "name": "manager 2001"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("basket/scan", {"code": ["A"]}), ("basket/scan", {"code": {"a": 1}}), ("basket/scan", {}),
        ("basket/scan", {"code": "A" * 129}), ("basket/scan", {"code": "A", "quantity": "1"}),
        ("basket/scan", {"code": "A", "quantity": True}), ("basket/line", {"line": 7, "quantity": 1000}),
        ("basket/discount", {"line": [], "kind": "percent", "value": 1, "reason": "other"}),
        ("tender/add", {"kind": {}, "given_minor": 1}), ("tender/add", {"kind": "cash", "given_minor": "1"}),
        ("tender/add", {"kind": "cash", "given_minor": 1, "approval": {}}), ("sale/finish", {"add": {"a": 1}}),
        ("sale/finish", {"add": [1]}), ("sale/finish", {"basket": 7}), ("held/recall", {"id": None}),
        ("returns", {"original": "x", "reason": "other", "lines": [{"line": "1", "quantity": 1}]}),
        ("shift/open", {"float_minor": None}), ("shift/close", {"count": [], "confirm": []}),
        ("shift/close", {"count": {"x": 1}, "confirm": []}), ("stock/receive", {"reference": "x", "lines": [{"sku": []}]}),
    ],
)  # fmt: skip
def test_fields_of_the_wrong_kind_are_invalid_and_never_a_mistake(
    shop: Shop, path: str, body: dict[str, Any]
) -> None:
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)
    status, code = browser.refused(path, body)
    assert status in (404, 409, 422), (status, code)


CARD = "4111111111111111"


@pytest.mark.parametrize(
    "text", [CARD, "4111 1111 1111 1111", "4111-1111-1111-1111", "call 5500000000000004 back",
             "%B4111111111111111^DOE/JANE^25121011000", ";4111111111111111=25121011000?", "378282246310005"],
)  # fmt: skip
def test_a_card_number_is_taken_nowhere(shop: Shop, text: str) -> None:
    """SC-36."""
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)
    browser.post("basket/scan", {"code": "2000000000015"})
    for path, body in (
        ("basket/scan", {"code": text}),
        ("basket/hold", {"note": text}),
        ("drawer/open", {"reason": "other", "note": text}),
        ("shift/cash", {"direction": "in", "amount_minor": 100, "reason": "other", "note": text}),
        ("stock/receive", {"reference": text, "lines": [{"sku": "A", "quantity": 1000}]}),
    ):
        status, code = browser.refused(path, body)
        assert (status, code) in ((422, "web.card_number"), (422, "barcode.too_long")), path
    shop.node.db.checkpoint()
    content = (shop.node.home / "node.sqlite").read_bytes()
    assert b"4111111111111111" not in content and b"5500000000000004" not in content


def test_a_payment_code_that_checks_like_a_card_is_a_masked_red_row(shop: Shop) -> None:
    """SC-36."""
    code = "280000000000000008"
    assert holds_card_number(code)
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)

    browser.post("basket/scan", {"code": code})

    rows = browser.get("state").get_json()["state"]["basket"]["lines"]
    assert [(row["state"], row["code"]) for row in rows] == [("unknown", "**************0008")]


def test_codes_that_only_look_like_cards_are_scanned(shop: Shop) -> None:
    browser = a_browser(shop)
    for code in (
        "4006381333931",
        "10614141000415",
        "0110614141000415",
        "00340123450000000018",
        "41111111111",
    ):
        browser.post("basket/scan", {"code": code})
    assert len(browser.state()["basket"]["lines"]) == 5


def test_a_known_code_that_checks_like_a_card_is_sold(shop: Shop) -> None:
    a_product(shop.node, "D", 500, code=CARD)
    browser = a_browser(shop)
    browser.post("basket/scan", {"code": CARD})
    assert [line["sku"] for line in browser.state()["basket"]["lines"]] == ["D"]


def test_every_answer_is_json_that_a_page_can_read(shop: Shop) -> None:
    browser = a_browser(shop)
    assert json.loads(browser.get("search?q=zzz%ff").data)["results"] == []
    for path in ("search?q=zzz%00%ff", "price-check?code=%00"):
        answer = browser.get(path)
        assert (answer.status_code, json.loads(answer.data)["code"]) == (422, "web.text_not_unicode")
    assert CASHIER_PIN


@pytest.mark.parametrize(
    ("accepted", "language", "word"),
    [("zh-CN", "zh-Hans", "此地址"), ("zh-HK", "zh-Hant", "此地址"), ("en-GB", "en", "This address")],
)
def test_a_browser_at_a_wrong_address_is_told_what_to_do(
    shop: Shop, accepted: str, language: str, word: str
) -> None:
    client = create_app(shop.node).test_client()
    answer = client.get("/", base_url="http://till.example:8101",
                        headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": accepted})  # fmt: skip
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert f'<html lang="{language}">' in answer.text
    assert word in answer.text and "host_names" in answer.text
    assert "<script" not in answer.text and " style=" not in answer.text


def test_a_browser_at_a_wrong_path_gets_a_page_with_the_way_back(shop: Shop) -> None:
    client = create_app(shop.node).test_client()
    for method, path, status in (("GET", "/nowhere", 404), ("GET", "/node/pair", 405)):
        answer = client.open(path, method=method, base_url=ADDRESS, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.mimetype) == (status, "text/html")
        assert 'href="/"' in answer.text and "office.problem" not in answer.text


def test_a_program_gets_json_in_the_language_it_asks_for(shop: Shop) -> None:
    client = create_app(shop.node).test_client()
    answer = client.get("/api/v1/nowhere", base_url=ADDRESS, headers={"Accept-Language": "zh-TW"})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "web.not_found")
    assert answer.get_json()["message"] == "此網址沒有內容。沒有改動。請開啟收銀機。"
