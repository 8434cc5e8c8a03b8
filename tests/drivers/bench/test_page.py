"""The hardware bench page: looking changes nothing, changes need the page's token or JSON, local names
only.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from drivers.bench.devices import Bench
from drivers.bench.page import create_app
from drivers.bench.start import start
from drivers.bench.words import LANGUAGES, WORDS


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = start(
        {
            "printers": [{"name": "front", "port": 0}],
            "scanners": [{"name": "gun", "path": tmp_path / "gun"}],
        }
    )
    made.printer("front").receive("合计 84.00\n".encode("gbk") + b"\x1dVB\x00" + b"hanging\n")
    yield made
    made.stop()


@pytest.fixture
def client(bench: Bench) -> FlaskClient:
    return create_app(bench).test_client()


def token(client: FlaskClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', client.get("/").text)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_each_language(client: FlaskClient, language: str) -> None:
    answer = client.get(f"/?lang={language}")

    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert WORDS[language]["new_roll"] in answer.text
    assert "合计 84.00" in answer.text
    assert "<script" not in answer.text


def test_every_word_is_there_in_every_language() -> None:
    assert [set(WORDS[language]) for language in LANGUAGES] == [set(WORDS["en"])] * 3
    assert all(word for words in WORDS.values() for word in words.values())


def test_pages_forbid_everything_but_themselves(client: FlaskClient) -> None:
    """SC-23."""
    policy = client.get("/").headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'")
    with client.get("/static/bench/bench.css") as file:
        assert file.status_code == 200


def test_papers_are_shown_as_png_text_and_json(client: FlaskClient) -> None:
    papers = client.get("/api/printers/front/papers").get_json()

    assert client.get("/printers/front/papers/1.png").data[:8] == b"\x89PNG\r\n\x1a\n"
    assert client.get("/printers/front/papers/1.txt").text == "合计 84.00\n"
    assert [paper["text"] for paper in papers["papers"]] == ["合计 84.00\n"]
    assert papers["hanging"]["text"] == "hanging\n"
    assert client.get("/printers/front/papers/9.png").status_code == 404
    assert client.get("/printers/none/papers/1.txt").status_code == 404


def test_a_person_turns_switches_with_the_pages_token(client: FlaskClient, bench: Bench) -> None:
    form = {"token": token(client), "switch": "paper_out", "value": "1", "lang": "zh-Hans"}

    answer = client.post("/printers/front/switch", data=form)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/?lang=zh-Hans")
    assert bench.printer("front").switches()["paper_out"] is True
    client.post("/printers/front/do", data={"token": form["token"], "action": "new_roll"})
    assert bench.printer("front").switches()["paper_out"] is False


def test_a_program_uses_json(client: FlaskClient, bench: Bench) -> None:
    state = client.post("/printers/front/switch", json={"switch": "paper_after", "value": 600}).get_json()
    client.post("/scanners/gun/scan", json={"code": "6901234567892"})

    assert state["switches"]["paper_after"] == 600
    assert bench.scanner("gun").history == ["6901234567892"]
    assert client.get("/api/devices").get_json()["printers"]["front"]["counts"]["papers"] == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/printers/front/switch", {"switch": "explode", "value": 1}),
        ("/printers/front/switch", {"switch": "speed", "value": "fast"}),
        ("/printers/front/switch", {"switch": "speed", "value": "²"}),
        ("/printers/front/do", {"action": "set"}),
        ("/scanners/gun/scan", {"code": ""}),
        ("/scanners/gun/switch", {"switch": "slow", "value": "-1"}),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(
    client: FlaskClient, bench: Bench, path: str, body: dict[str, object]
) -> None:
    before = (bench.printer("front").switches(), bench.scanner("gun").switches())

    assert client.post(path, json=body).status_code == 400
    assert (bench.printer("front").switches(), bench.scanner("gun").switches()) == before


def test_another_sites_form_and_another_host_name_are_refused(client: FlaskClient, bench: Bench) -> None:
    forged = client.post("/printers/front/switch", data={"switch": "mute", "value": "1"})
    rebound = client.get("/", headers={"Host": "evil.example"})

    assert (forged.status_code, rebound.status_code) == (403, 421)
    assert bench.printer("front").switches()["mute"] is False


def test_no_get_changes_anything(client: FlaskClient, bench: Bench) -> None:
    for path in (
        "/printers/front/switch?switch=mute&value=1",
        "/printers/front/do?action=tear_off",
        "/scanners/gun/scan",
    ):
        assert client.get(path).status_code == 405

    assert bench.printer("front").counts()["papers"] == 1


def test_the_page_can_be_served_over_http(tmp_path: Path) -> None:
    import requests

    bench = start({"printers": [], "http": {"port": 0}})
    assert bench.http_url is not None

    assert requests.get(bench.http_url + "healthz", timeout=60).json() == {"ok": True}
    bench.stop()


class Line:
    """A line that only remembers."""

    state = "pass"

    def cut(self, state: str) -> None:
        self.state = state


def test_a_line_on_the_bench_is_cut_and_restored(bench: Bench, client: FlaskClient) -> None:
    bench.lines["001"] = line = Line()

    assert client.post("/lines/001/switch", json={"state": "refuse"}).get_json() == {"state": "refuse"}
    assert line.state == "refuse"
    assert client.get("/api/devices").get_json()["lines"] == {"001": {"state": "refuse"}}
    page = client.get("/?lang=en").text
    assert "Line to HQ 001" in page and "cut: refuses" in page
    assert client.post("/lines/001/switch", json={"state": "ajar"}).status_code == 400
    assert client.post("/lines/009/switch", json={"state": "pass"}).status_code == 404
