"""The browser's side: cookies, form tokens, limits, and the matrix of pages and roles."""

from __future__ import annotations

import pytest

from hq.app import create_app
from hq.slice import ROLES
from tests.builders.hq import PASSWORD, Browser, House, a_person, a_product

READ = frozenset(ROLES)
ADMIN = frozenset({"administrator"})
BUYERS = frozenset({"administrator", "merchandiser"})
PAGES: dict[str, frozenset[str]] = {
    "/": READ,
    "/sales/": READ,
    "/sales/?store=001": READ,
    "/sales/export.csv?from=2026-07-10&to=2026-07-10": READ,
    "/proof/": READ,
    "/products/": READ,
    "/products/P1": READ,
    "/products/P1?tab=details": READ,
    "/products/P1?tab=history": READ,
    "/products/new": BUYERS,
    "/categories/": READ,
    "/prices/": READ,
    "/imports/": READ,
    "/imports/new": BUYERS,
    "/imports/template/products.csv": BUYERS,
    "/settings/": READ,
    "/settings/?tab=taxes": READ,
    "/settings/?tab=reasons": READ,
    "/settings/?tab=roles": READ,
    "/settings/quick-keys": READ,
    "/stock/": READ,
    "/stock/001": READ,
    "/stock/001/P1": READ,
    "/people/": READ,
    "/people/new": ADMIN,
    "/stores/": READ,
    "/stores/001": READ,
    "/stores/new": ADMIN,
    "/enrolment/": ADMIN,
    "/fleet/": READ,
    "/fleet/store/001": READ,
    "/fleet/parked": READ,
    "/users": frozenset({"administrator", "auditor"}),
    "/users/new": ADMIN,
    "/audit/": frozenset({"administrator", "auditor"}),
    "/me": READ,
}
CHANGES: dict[str, frozenset[str]] = {
    "/users/new": ADMIN,
    "/users/x/reset": ADMIN,
    "/stores/new": ADMIN,
    "/stores/zones": ADMIN,
    "/stores/001/terminals": ADMIN,
    "/settings/chain": ADMIN,
    "/settings/taxes": ADMIN,
    "/settings/reasons": ADMIN,
    "/settings/roles/cashier": ADMIN,
    "/settings/quick-keys": BUYERS,
    "/people/new": ADMIN,
    "/products/new": BUYERS,
    "/products/P1": BUYERS,
    "/products/P1/barcodes": BUYERS,
    "/categories/": BUYERS,
    "/brands/": BUYERS,
    "/prices/P1": BUYERS,
    "/imports/new": BUYERS,
    "/stock/001/P1/opening": BUYERS,
    "/enrolment/": ADMIN,
    "/fleet/parked/001/x/1/retry": ADMIN,
    "/fleet/alarms/close": ADMIN,
}


@pytest.mark.parametrize("role", ROLES)
def test_every_page_asks_for_its_right(house: House, role: str) -> None:
    """SC-13."""
    a_product(house)
    a_person(house, "someone", role)
    browser = house.client("someone")

    seen = {path: browser.get(path).status_code for path in PAGES}

    assert seen == {path: 200 if role in roles else 403 for path, roles in PAGES.items()}


@pytest.mark.parametrize("role", ROLES)
def test_every_change_asks_for_its_right(house: House, role: str) -> None:
    """SC-13."""
    a_product(house)
    a_person(house, "someone", role)
    browser = house.client("someone")

    refused = {path: browser.post(path).status_code == 403 for path in CHANGES}

    assert refused == {path: role not in roles for path, roles in CHANGES.items()}


def test_a_stranger_gets_the_sign_in_page_and_nothing_else(house: House) -> None:
    stranger = house.client()

    seen = {(stranger.get(path).status_code, stranger.get(path).headers.get("Location", "")[:8]) for path in PAGES
            if not path.startswith("/api")}  # fmt: skip

    assert seen == {(302, "/sign-in")}
    assert stranger.get("/api/v1/products").status_code == 401


def test_every_view_is_marked(house: House) -> None:
    unmarked = {
        name
        for name, view in house.app.view_functions.items()
        if not hasattr(view, "permission") and name != "static"
    }

    assert unmarked == set()


def test_the_cookie_is_hidden_and_changes_with_each_sign_in(house: House) -> None:
    browser = house.client("admin")
    first = browser.client.get_cookie("lianpu_hq")
    assert first is not None and first.http_only and first.same_site == "Lax"

    browser.post("/sign-in", login="admin", password=PASSWORD)

    second = browser.client.get_cookie("lianpu_hq")
    assert second is not None and second.value != first.value


def test_signing_out_ends_the_session_at_the_server(house: House) -> None:
    """SC-11."""
    browser = house.client("admin")
    cookie = browser.client.get_cookie("lianpu_hq")
    assert cookie is not None

    browser.post("/sign-out")
    browser.client.set_cookie("lianpu_hq", cookie.value)

    assert browser.get("/").status_code == 302


def test_a_form_without_its_token_changes_nothing(house: House) -> None:
    """SC-08."""
    browser = house.client("admin")

    answer = browser.client.post("/stores/zones", data={"code": "C", "name.en": "C"})

    assert answer.status_code == 400
    assert house.value("SELECT count(*) FROM zone") == 2


def test_a_foreign_page_is_refused(house: House) -> None:
    browser = house.client("admin")

    answer = browser.client.post("/sign-out", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example",
     "/\r\n/evil.example", "/a\\..\\..\\/evil.example", "/\x85/evil.example", "\t//evil.example", ""],
)  # fmt: skip
def test_sign_in_never_leads_elsewhere(house: House, wanted: str) -> None:
    browser = Browser(house.app.test_client())

    answer = browser.post("/sign-in", login="admin", password=PASSWORD, next=wanted)

    assert answer.headers["Location"] == "/"


def test_guessing_is_slowed_down(house: House) -> None:
    browser = Browser(create_app(house.hq).test_client())
    token = browser.token()

    codes = [
        browser.client.post(
            "/sign-in", data={"csrf_token": token, "login": "admin", "password": "no"}
        ).status_code
        for _ in range(6)
    ]

    assert codes == [403, 403, 403, 403, 403, 429]


def test_a_made_up_password_is_shown_once(house: House) -> None:
    browser = house.client("admin")

    page = browser.post(
        "/users/new", login="anna", name="Anna", language="en", roles="auditor", all_stores="1"
    ).text

    secret = page.split('class="secret">')[1].split("<")[0]
    assert house.client("anna", secret).get("/").status_code == 200
    anna = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    assert secret not in browser.get(f"/users/{anna}").text


def test_somebody_with_few_stores_sees_only_those(house: House) -> None:
    a_product(house)
    a_person(house, "local", "merchandiser", ["001"])
    browser = house.client("local")

    assert browser.get("/stock/001").status_code == 200
    assert browser.get("/stock/002").status_code == 403
    assert browser.get("/stores/002").status_code == 403
    assert browser.get("/fleet/store/002").status_code == 403
    assert browser.get("/sales/?store=002").status_code == 403
    assert browser.get("/api/v1/sales/totals?day=2026-07-10&store=002").status_code == 403
    assert "North Point" not in browser.get("/").text
    browser.post("/prices/P1", scope="chain", price="1.00", when="now")
    browser.post("/prices/P1", scope="store:001", price="9.00", when="now")
    assert house.value("SELECT group_concat(scope) FROM price WHERE made_by_name = 'Local'") == "store:001"
