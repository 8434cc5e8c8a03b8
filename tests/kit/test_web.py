"""What every request passes before an action sees it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient

from kit.web import FORM_BYTES_MAX, Unauthenticated, browser_language, json_body, parse_json, protect
from retail.errors import Conflict, Invalid, LianpuError, NotFound, NotPermitted, Unavailable

HOST = "127.0.0.1:8101"


def an_app() -> Flask:
    app = Flask("tested")
    protect(app, hosts=lambda: [HOST, "till.example"], message_of=lambda error: f"said {error.code}",
            exempt_origin=("/devices/",))  # fmt: skip

    @app.post("/echo")
    @app.post("/devices/echo")
    def echo() -> Response:
        return jsonify({"ok": True, "body": json_body(limit=1000)})

    @app.get("/raise/<name>")
    def fail(name: str) -> Response:
        errors: dict[str, Exception] = {
            "invalid": Invalid("a.invalid", field="x"), "missing": NotFound("a.missing"),
            "conflict": Conflict("a.conflict"), "forbidden": NotPermitted("a.forbidden"),
            "unknown": Unauthenticated("a.unknown"), "later": Unavailable("a.later", retry_after_seconds=7),
            "mistake": KeyError("secret of the programmer"),
        }  # fmt: skip
        raise errors[name]

    return app


@pytest.fixture
def client() -> FlaskClient:
    return an_app().test_client()


def post(
    client: FlaskClient, path: str = "/echo", *, host: str = HOST, data: bytes = b"{}", **headers: str
) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(
        path, base_url=f"http://{host}", data=data, content_type="application/json", headers=named
    )


# -- who may speak -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [HOST, "till.example", "till.example:8443"])
def test_a_known_host_is_answered(client: FlaskClient, host: str) -> None:
    assert post(client, host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1:9999", "127.0.0.1", "127.0.0.1.evil.example:8101", "x" * 300, "a b", "[::1]"],
)
def test_a_foreign_host_gets_nothing(client: FlaskClient, host: str) -> None:
    """SC-07."""
    answer = client.get("/raise/missing", headers={"Host": host})

    assert (answer.status_code, answer.get_json()["code"]) == (400, "web.host_not_allowed")


def test_forwarded_headers_change_nothing(client: FlaskClient) -> None:
    """SC-09."""
    answer = client.get("/raise/missing", headers={"Host": "evil.example", "X-Forwarded-Host": HOST})
    assert answer.get_json()["code"] == "web.host_not_allowed"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": f"http://{HOST}"}, 200),
        ({"Origin": f"https://{HOST}"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
    ],
)
def test_only_our_own_pages_may_change_something(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    """SC-07."""
    assert post(client, **headers).status_code == status


def test_a_device_path_is_exempt_from_the_origin_check_only(client: FlaskClient) -> None:
    assert post(client, "/devices/echo", Origin="http://evil.example").status_code == 200
    assert post(client, "/devices/echo", host="evil.example").status_code == 400


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    headers = client.get("/raise/missing", base_url=f"http://{HOST}").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers


# -- bounded JSON ------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (nested(17), "web.json_too_deep"),
        (b"[" * 100_001, "web.json_too_deep"),
        (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "web.json_too_deep"),
        (b'{"a":1,"a":2}', "web.json_unreadable"),
        (b'{"a":{"b":1,"b":1}}', "web.json_unreadable"),
        (b'{"a":NaN}', "web.json_unreadable"),
        (b'{"a":-Infinity}', "web.json_unreadable"),
        (b'{"a":1.5}', "web.json_unreadable"),
        (b'{"a":1e999}', "web.json_unreadable"),
        (b'{"a":9007199254740992}', "web.json_unreadable"),
        (b'{"a":-9007199254740992}', "web.json_unreadable"),
        (b'{"a":' + b"9" * 5000 + b"}", "web.json_unreadable"),
        (b'{"a":"\\ud800"}', "web.text_not_unicode"),
        (b'{"\\udfff":1}', "web.text_not_unicode"),
        (b'{"a":"\\u0000"}', "web.text_not_unicode"),
        (b'{"a":"\xff"}', "web.json_unreadable"),
        ('{"a":1}'.encode("utf-16"), "web.json_unreadable"),
        (b"\xef\xbb\xbf{}", "web.json_unreadable"),
        (b"[]", "web.json_object_expected"),
        (b'"text"', "web.json_object_expected"),
        (b'{"a":1} trailing', "web.json_unreadable"),
    ],
)
def test_json_out_of_bounds_is_refused_by_code(raw: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_json(raw)
    assert refused.value.code == code


def test_json_at_its_bounds_is_read() -> None:
    assert parse_json(nested(16)) == eval(nested(16))  # noqa: S307 — our own literal
    assert parse_json(b'{"a":9007199254740991,"b":-9007199254740991}') == {"a": 2**53 - 1, "b": 1 - 2**53}
    assert parse_json(b"") == {}
    assert len(parse_json(b"{" + b",".join(b'"k%d":0' % n for n in range(50_000)) + b"}")) == 50_000


@pytest.mark.parametrize(
    ("raw", "kind", "status", "code"),
    [
        (b"{}", "application/json", 200, None),
        (b'{"a":"' + b"x" * 1000 + b'"}', "application/json", 422, "web.too_large"),
        (b"a=1", "application/x-www-form-urlencoded", 422, "web.json_expected"),
        (b"{}", "text/plain", 422, "web.json_expected"),
        (b"\x1f\x8b\x08\x00bomb", "application/json", 422, "web.json_unreadable"),
        (b"x" * (4 * 1024 * 1024 + 1), "application/json", 413, "web.request_entity_too_large"),
    ],
)
def test_a_body_is_bounded_and_json(
    client: FlaskClient, raw: bytes, kind: str, status: int, code: str | None
) -> None:
    """SC-08."""
    answer = client.post("/echo", base_url=f"http://{HOST}", data=raw, content_type=kind)
    assert (answer.status_code, answer.get_json().get("code")) == (status, code)


# -- one error shape ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("invalid", 422, "a.invalid"), ("missing", 404, "a.missing"), ("conflict", 409, "a.conflict"),
        ("forbidden", 403, "a.forbidden"), ("unknown", 401, "a.unknown"), ("later", 503, "a.later"),
        ("mistake", 500, "web.failed"),
    ],
)  # fmt: skip
def test_errors_have_one_shape(client: FlaskClient, name: str, status: int, code: str) -> None:
    answer = client.get(f"/raise/{name}", base_url=f"http://{HOST}")
    body = answer.get_json()

    assert (answer.status_code, body["ok"], body["code"], body["message"]) == (
        status,
        False,
        code,
        f"said {code}",
    )
    assert sorted(body) == ["code", "fields", "message", "ok", "trace"] and len(body["trace"]) == 16
    assert b"secret of the programmer" not in answer.data


def test_a_refusal_that_may_be_tried_again_says_when(client: FlaskClient) -> None:
    assert client.get("/raise/later", base_url=f"http://{HOST}").headers["Retry-After"] == "7"


def test_facts_that_json_cannot_hold_do_not_become_a_mistake() -> None:
    app = Flask("facts")
    protect(app, hosts=lambda: ["localhost"], message_of=lambda error: error.code)

    @app.get("/")
    def fail() -> Response:
        raise Invalid("a.odd", raw=b"\xff", kind=int, pair=(1, 2), code="in")

    answer = app.test_client().get("/")

    assert answer.status_code == 422
    assert answer.get_json()["fields"] == {
        "raw": "b'\\xff'",
        "kind": "<class 'int'>",
        "pair": [1, 2],
        "code": "in",
    }


def test_a_missing_page_is_json_too(client: FlaskClient) -> None:
    answer = client.get("/nowhere", base_url=f"http://{HOST}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "web.not_found")


def test_unknown_errors_of_ours_are_bad_requests() -> None:
    app = Flask("plain")
    protect(app, hosts=lambda: ["localhost"], message_of=lambda error: error.code)

    @app.get("/")
    def fail() -> Response:
        raise LianpuError("a.plain")

    assert app.test_client().get("/").status_code == 400


# -- pages for people --------------------------------------------------------------------------------------

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def an_app_with_pages() -> FlaskClient:
    app = Flask("paged")
    protect(app, hosts=lambda: [HOST], message_of=lambda error: f"said {error.code}",
            page_of=lambda error, status: f"<p>{browser_language()} {error.code} {status}</p>")  # fmt: skip

    @app.post("/form")
    @app.post("/api/v1/form")
    def form() -> str:
        raise KeyError("secret of the programmer")

    return app.test_client()


@pytest.mark.parametrize(
    ("method", "path", "host", "headers", "status", "code"),
    [
        ("GET", "/", "evil.example", {}, 400, "web.host_not_allowed"),
        ("POST", "/form", HOST, {"Origin": "http://evil.example"}, 403, "web.origin_not_allowed"),
        ("GET", "/nowhere", HOST, {}, 404, "web.not_found"),
        ("GET", "/form", HOST, {}, 405, "web.method_not_allowed"),
        ("POST", "/form", HOST, {}, 500, "web.failed"),
    ],
)
def test_a_person_gets_a_page_and_a_program_json(
    method: str, path: str, host: str, headers: dict[str, str], status: int, code: str
) -> None:
    client = an_app_with_pages()
    at: Any = {"method": method, "base_url": f"http://{host}"}

    page = client.open(path, **at, headers=headers | {"Accept": BROWSER, "Accept-Language": "zh-CN,zh;q=0.9"})
    told = client.open(path, **at, headers=headers | {"Accept": "application/json"})
    fetched = client.open("/api/v1" + path, **at, headers=headers | {"Accept": BROWSER})

    assert (page.status_code, page.text) == (status, f"<p>zh-Hans {code} {status}</p>")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert (told.status_code, told.get_json()["code"]) == (status, code)
    assert (fetched.status_code, fetched.get_json()["ok"]) == (status, False)


def test_a_body_that_is_too_large_is_refused_with_a_page() -> None:
    app = Flask("large")
    protect(app, hosts=lambda: [HOST], message_of=str, page_of=lambda error, status: f"{error.code} {status}")
    app.post("/echo")(lambda: json_body())

    answer = app.test_client().post(
        "/echo", base_url=f"http://{HOST}", data=b"x" * (4 * 1024 * 1024 + 1), content_type="application/json",
        headers={"Accept": BROWSER},
    )  # fmt: skip

    assert (answer.status_code, answer.text) == (413, "web.request_entity_too_large 413")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"), ("zh", "zh-Hans"), ("zh-Hant-HK", "zh-Hant"), ("zh-TW,en", "zh-Hant"),
        ("fr,zh-MO;q=0.5", "zh-Hant"), ("en-GB,zh-CN", "en"), ("fr", "en"), ("", "en"), ("zh-CN;q=0,en;q=0.1", "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_browser(accepted: str, language: str) -> None:
    with Flask("spoken").test_request_context("/", headers={"Accept-Language": accepted}):
        assert browser_language() == language


@pytest.mark.parametrize(
    "form",
    [{"reason": "a\0b"}, {"a\0b": "reason"}, {"file": (BytesIO(b"x"), "a\0b.csv")}],
    ids=["a value", "a name", "a file's name"],
)
def test_a_form_with_a_nul_is_refused_before_any_database_sees_it(
    client: FlaskClient, form: dict[str, Any]
) -> None:
    """Once it was a failure of PostgreSQL, shown as a mistake of ours."""
    headers = {"Origin": f"http://{HOST}"}
    answer = client.post("/echo", base_url=f"http://{HOST}", data=form, headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "web.text_not_unicode")


@pytest.mark.parametrize("declared", [True, False])
def test_a_form_beyond_its_bound_is_refused_unread(client: FlaskClient, declared: bool) -> None:
    """A million fields are four megabytes and a second of work, for somebody who has not said who he is."""
    data = b"a=1&" * (FORM_BYTES_MAX // 4 + 1)
    length = {"CONTENT_LENGTH": str(len(data))} if declared else {"wsgi.input_terminated": True}
    answer = client.post(
        "/echo", base_url=f"http://{HOST}", input_stream=BytesIO(data), environ_overrides=length,
        content_type="application/x-www-form-urlencoded", headers={"Origin": f"http://{HOST}"},
    )  # fmt: skip

    assert (answer.status_code, answer.get_json()["code"]) == (413, "web.request_entity_too_large")


@pytest.mark.parametrize("path", ["/raise/%00", "/raise/invalid?q=%00", "/raise/invalid?a%00=1"])
def test_an_address_with_a_nul_is_refused_before_any_database_sees_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url=f"http://{HOST}")

    assert (answer.status_code, answer.get_json()["code"]) == (422, "web.text_not_unicode")
