"""One promise of size at both doors, kept at both; and a larger body only from somebody who may import."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from click.testing import CliRunner

from hq.cli import main
from hq.commands import COMMAND_BYTES_MAX, announce, as_text
from hq.imports import actions, reading
from hq.imports.reading import FILE_BYTES_MAX, FILE_MEGABYTES, ROWS_MAX, STAFF_ROWS_MAX, read
from kit.crypto import random_token
from kit.web import BODY_BYTES_MAX
from retail.errors import Invalid
from tests.builders.hq import Browser, House, a_person
from tests.hq.imports.files import a_row, encoded

UPLOAD = "/imports/new"
LANGUAGES = ("en", "zh-Hans", "zh-Hant")


class Unread(BytesIO):
    """A body that counts what is read of it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, counted."""
        data = super().read(size)
        self.taken += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """As much as fits, counted."""
        count = super().readinto(buffer)
        self.taken += count
        return count


def a_file(size: int) -> bytes:
    """A file of products of just so many bytes: a column that means nothing here makes up the rest."""
    head, row = b"sku,name_en,remark\n", b"P%06d,Tea,%s\n"
    lines = [row % (n, b"x" * 5000) for n in range(size // 5020)]
    made = head + b"".join(lines)
    return made + row % (999_999, b"y" * (size - len(made) - len(row % (999_999, b""))))


def upload(browser: Browser, content: bytes) -> Any:
    """Choose this file."""
    return sent(browser, Unread(form(browser, content)))


def form(browser: Browser, content: bytes) -> bytes:
    """As a browser packs it."""
    fields = {"csrf_token": browser.token(), "kind": "products"}
    head = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    )
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="p.csv"\r\n\r\n'
    return (head + file).encode() + content + b"\r\n--b--\r\n"


def sent(
    browser: Browser, body: Unread, *, path: str = UPLOAD, kind: str = "multipart/form-data; boundary=b"
) -> Any:
    """A body as it comes over the line."""
    length = len(body.getvalue())
    return browser.client.post(path, input_stream=body, content_type=kind, content_length=length)


def test_as_many_full_rows_as_are_promised_fit_the_promised_file() -> None:
    """Three languages in every column, as long as those of a real chain."""
    full = {
        **a_row(ROWS_MAX), "name_en": "Tea brand house blend number 20000 bottle 250 mL x 6",
        "name_zh_hant": "茶牌特級烏龍茶飲品系列 20000 樽裝 250 毫升 x 6",
        "name_zh_hans": "茶牌特级乌龙茶饮品系列 20000 瓶装 250 毫升 x 6",
    }  # fmt: skip
    for name in ("brand", "cat1", "cat2", "cat3"):
        full |= {f"{name}_{suffix}": "汽水及果汁飲品" for suffix in ("en", "zh_hant", "zh_hans")}
    row = len(encoded([full, full], header=list(full))) - len(encoded([full], header=list(full)))

    assert row > 400
    assert row * ROWS_MAX <= FILE_BYTES_MAX


def test_the_largest_file_comes_in_by_the_page_and_one_byte_more_is_told_of(house: House) -> None:
    browser = house.client("admin")
    largest = a_file(FILE_BYTES_MAX)
    assert len(largest) == FILE_BYTES_MAX > BODY_BYTES_MAX

    taken, refused = upload(browser, largest), upload(browser, largest + b"\n")

    assert taken.headers["Location"].startswith("/imports/0")
    assert house.value("SELECT length(content) FROM import_run") == FILE_BYTES_MAX
    assert refused.headers["Location"] == "/imports/new?kind=products"
    page = browser.get(refused.headers["Location"]).text
    assert "larger than 12 MB" in page
    assert f"at most {ROWS_MAX:,} rows and {FILE_MEGABYTES} MB" in page


def test_a_file_beyond_what_is_read_at_all_is_413_with_the_bound_in_words(house: House) -> None:
    answer = upload(house.client("admin"), a_file(FILE_BYTES_MAX + 1024 * 1024))

    assert answer.status_code == 413
    assert "larger than 12 MB" in answer.text
    assert house.value("SELECT count(*) FROM import_run") == 0


@pytest.mark.parametrize(("login", "status"), [("", 302), ("auditor", 403), ("admin", 302)])
def test_nobody_else_is_listened_to(house: House, login: str, status: int) -> None:
    """The session is asked before a byte of the file is read; a form token does not help who may not import."""
    a_person(house, "auditor", "auditor")
    browser = house.client(login)
    body = Unread(form(browser, a_file(BODY_BYTES_MAX + 1)))

    answer = sent(browser, body)

    assert answer.status_code == status
    assert (body.taken > 0) == (house.value("SELECT count(*) FROM import_run") > 0) == (login == "admin")


@pytest.mark.parametrize(
    ("path", "kind"),
    [(UPLOAD, "application/x-www-form-urlencoded"), (UPLOAD, "application/json"), ("/imports/x/apply", "multipart/form-data; boundary=b")],
)  # fmt: skip
def test_everything_else_keeps_its_bound(house: House, path: str, kind: str) -> None:
    body = Unread(b"a" * (BODY_BYTES_MAX + 1))

    answer = sent(house.client("admin"), body, path=path, kind=kind)

    assert (answer.status_code, body.taken) == (413, 0)


@pytest.mark.parametrize("rows", [ROWS_MAX, ROWS_MAX + 1])
def test_rows_are_counted_while_they_are_read(rows: int) -> None:
    content = b"sku\n" + b"P1\n" * rows
    if rows == ROWS_MAX:
        assert len(read("products", content).rows) == ROWS_MAX
        return
    with pytest.raises(Invalid) as refused:
        read("products", content)
    assert (refused.value.code, refused.value.facts) == ("imports.too_many_rows", {"limit": ROWS_MAX})


def test_staff_are_fewer_as_each_code_takes_its_time(house: House) -> None:
    head = "number,name,role,stores\n"
    people = [f"{n},Chan {n},cashier,001\n" for n in range(1000, 1001 + STAFF_ROWS_MAX)]

    assert len(read("staff", "".join([head, *people[1:]]).encode()).rows) == STAFF_ROWS_MAX
    with pytest.raises(Invalid, match="too_many_rows"):
        read("staff", "".join([head, *people]).encode())
    empty = "," * head.count(",") + "\n"
    assert len(read("staff", "".join([head, people[0], empty * 400]).encode()).rows) == 1, (
        "as Excel leaves them"
    )
    assert f"at most {STAFF_ROWS_MAX} rows" in house.client("admin").get("/imports/new?kind=staff").text


def test_somebody_else_writes_while_codes_are_made(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred new people kept everybody else at HQ from writing for a quarter of a minute and more."""
    content = b"number,name,role,stores\n1001,Chan,cashier,001\n1002,Ho,cashier,001\n"
    made = actions.dry_run(house.ctx, kind="staff", file_name="staff.csv", content=content)

    def a_code() -> tuple[str, str]:
        with house.db.write():
            return "123456", "$hash"

    monkeypatch.setattr(actions, "new_code", a_code)

    assert actions.apply(house.ctx, made.run).codes == {"1001": "123456", "1002": "123456"}


def test_a_file_of_nothing_but_line_ends_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    record = reading.Record
    monkeypatch.setattr(reading, "Record", lambda *facts: made.append(1) or record(*facts))

    with pytest.raises(Invalid, match="too_many_rows"):
        read("products", b"sku\n" + b"\n" * 1_000_000)

    assert len(made) == reading.LINES_MAX + 1


def test_a_header_of_a_million_columns_is_refused_at_once() -> None:
    with pytest.raises(Invalid, match="header_twice"):
        read("products", b"sku," * 500_000 + b"\nP1\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_refusals_name_bound_and_way_out_in_three_languages(house: House, language: str) -> None:
    texts = house.hq.texts
    large = texts.text(language, "error.imports.file_too_large", limit=FILE_MEGABYTES, rows=ROWS_MAX)
    many = texts.text(language, "error.imports.too_many_rows", limit=ROWS_MAX)
    assert ("12 MB" in large, "20000" in large, "20000" in many) == (True, True, True)


# -- the command line --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "words"), [(FILE_BYTES_MAX, "(dry run)"), (FILE_BYTES_MAX + 1, "larger than 12 MB")]
)
def test_the_command_line_promises_the_same(house: House, tmp_path: Any, size: int, words: str) -> None:
    home = house.hq.home
    house.hq.close()
    file = tmp_path / "p.csv"
    file.write_bytes(a_file(size))

    said = CliRunner().invoke(main, ["--home", str(home), "import", "products", str(file), "--dry-run"])

    assert words in said.output


@pytest.mark.parametrize("size", [FILE_BYTES_MAX, FILE_BYTES_MAX + 1])
def test_a_command_of_this_machine_carries_the_largest_file_to_the_server(house: House, size: int) -> None:
    """With the base64 around it; 4 MiB of that were all that the server took."""
    announce(house.hq, "http://localhost")
    token = (house.hq.home / "command.token").read_text()
    arguments = {"kind": "products", "file_name": "p.csv", "content": as_text(a_file(size)), "dry": True}
    body = json.dumps({"name": "import", "arguments": arguments}).encode()
    assert BODY_BYTES_MAX < len(body) < COMMAND_BYTES_MAX

    def ask(key: str) -> Any:
        return house.app.test_client().post(
            "/local/v1/command", data=body, content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip

    taken, stranger = ask(token), ask(random_token())

    assert stranger.get_json()["code"] == "access.loopback_only"
    if size == FILE_BYTES_MAX:
        assert taken.get_json()["rejected"] == 0
    else:
        assert taken.get_json()["code"] == "imports.file_too_large"
        assert taken.get_json()["fields"] == {"limit": FILE_MEGABYTES, "rows": ROWS_MAX}
