"""The frame of the console: headers, languages, errors, health, texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hq.headquarters import TEXTS, check_schema
from kit.i18n import LANGUAGES, Catalogue
from kit.web import CSP
from retail.errors import Misconfigured
from tests.builders.hq import House, a_product

HQ = Path(__file__).resolve().parents[3] / "hq"
# Chinese texts that rightly equal the English or each other's script are compared elsewhere; these stay Latin.
LATIN = frozenset({"fleet.free", "proof.same", "proof.day_empty"})


def test_pages_forbid_inline_scripts_and_styles(house: House) -> None:
    """SC-22."""
    answer = house.client("admin").get("/")

    assert answer.headers["Content-Security-Policy"] == CSP
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<style|\sstyle=|<script(?! src=)|\son[a-z]+=", answer.text)


def test_no_template_writes_inline_code() -> None:
    found = [
        path.name
        for path in HQ.rglob("*.html")
        if re.search(r"<style|\sstyle=|<script(?! src=)|\son(click|change|load|submit)=|hx-on|\|safe(?!.{0,60}%\})(?!\))",
                     re.sub(r"'[^']*'\|safe", "", path.read_text()))
        and path.name != "macros.html"
    ]  # fmt: skip

    assert found == []


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Consolidated sales"), ("zh-Hans", "合并销售"), ("zh-Hant", "綜合銷售")]
)
def test_a_person_chooses_the_language(house: House, language: str, words: str) -> None:
    browser = house.client("admin")

    browser.post("/language", language=language, back="/sales/")

    page = browser.get("/sales/").text
    assert f'<html lang="{language}"' in page and words in page
    assert house.value("SELECT language FROM hq_user") == language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-CN,en", "zh-Hans"), ("zh-HK", "zh-Hant"), ("en-GB", "en"), ("fr", "zh-Hant")],
)
def test_the_sign_in_page_follows_the_browser(house: House, accepted: str, language: str) -> None:
    page = house.client().get("/sign-in", headers={"Accept-Language": accepted}).text

    assert f'<html lang="{language}"' in page


def test_every_page_is_whole_in_three_languages(house: House) -> None:
    a_product(house, code="2000000000206")
    till = house.device("001")
    sale = till.sell()
    till.push()
    browser = house.client("admin")
    pages = (
        "/", "/sales/?store=001", f"/sales/receipt/001/{sale}", "/proof/?store=001", "/products/", "/products/P1",
        "/products/P1?tab=details", "/products/P1?tab=history", "/products/new", "/categories/", "/prices/", "/imports/",
        "/imports/new", "/settings/", "/settings/?tab=taxes", "/settings/?tab=reasons", "/settings/?tab=roles",
        "/settings/quick-keys", "/stock/", "/stock/001", "/stock/001/P1", "/people/", "/people/new", "/stores/",
        "/stores/001", "/stores/new", "/enrolment/", "/fleet/", "/fleet/store/001", "/fleet/parked", "/users",
        "/users/new", "/audit/", "/me",
    )  # fmt: skip
    keys = Catalogue(TEXTS).keys("en")
    prefixes = {key.split(".")[0] for key in keys}
    for language in LANGUAGES:
        browser.post("/language", language=language)
        for path in pages:
            page = browser.get(path, follow_redirects=True)
            bare = re.sub(r"<[^>]*>", " ", page.text)
            left = [word for word in re.findall(r"\b[a-z_]+\.[a-z_]+(?:\.[a-z_]+)*\b", bare)
                    if word.split(".")[0] in prefixes and word in keys]  # fmt: skip
            assert (path, page.status_code, left) == (path, 200, [])
            assert "{n}" not in bare and "{total}" not in bare


def test_all_texts_exist_in_three_languages() -> None:
    texts = Catalogue(TEXTS)
    english = texts.table("en")

    assert texts.keys("en") == texts.keys("zh-Hans") == texts.keys("zh-Hant")
    for key, words in english.items():
        holes = set(re.findall(r"\{[a-z_]+\}", words))
        for language in ("zh-Hans", "zh-Hant"):
            chinese = texts.text(language, key)
            assert set(re.findall(r"\{[a-z_]+\}", chinese)) <= holes | {"{limit}"}, key
            assert (
                key in LATIN
                or chinese != words
                or not re.search(r"[a-z]{3}", re.sub(r"\{[^}]*\}", "", words))
            ), key


def test_texts_used_in_code_and_templates_exist() -> None:
    keys = Catalogue(TEXTS).keys("en")
    used: set[str] = set()
    for path in [*HQ.rglob("*.html"), *HQ.rglob("*.py")]:
        source = path.read_text()
        if path.suffix == ".html":
            used |= set(re.findall(r"\bt\('([a-z_]+\.[a-z_.]+)'\s*[,)]", source))
        else:
            used |= set(re.findall(r'\b(?:say|t|web\.t)\(\s*"([a-z_]+\.[a-z_.]+)"', source))
            used |= {f"verb.{verb}" for verb in re.findall(r'\.audit\(\s*"([a-z_.]+)"', source)}
            used |= set(re.findall(r'MenuItem\("[a-z]+", "([a-z_.]+)"', source))

    assert sorted(used - keys) == []


def test_an_unknown_page_is_designed(house: House) -> None:
    answer = house.client("admin").get("/nowhere")

    assert answer.status_code == 404
    assert "This page does not exist" in answer.text and "To the first page" in answer.text


def test_another_host_gets_nothing(house: House) -> None:
    assert house.app.test_client().get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_health_and_metrics(house: House) -> None:
    client = house.app.test_client()

    health = client.get("/healthz").json
    metrics = client.get("/metrics").text

    assert (health["ok"], health["epoch"]) == (True, house.hq.epoch)
    assert "lianpu_hq_products_active 0.0" in metrics
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 403


def test_a_newer_schema_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hq.headquarters.newest_version", lambda: "0001")

    with pytest.raises(Misconfigured, match="newer program"):
        check_schema(house.hq.db)


def test_the_theme_is_remembered_in_the_browser(house: House) -> None:
    browser = house.client("admin")

    browser.post("/theme", back="/")

    assert 'data-bs-theme="dark"' in browser.get("/").text


def test_one_s_own_page_belongs_to_no_entry_of_the_menu(house: House) -> None:
    assert 'class="item here"' not in house.client("admin").get("/me").text


def test_a_dialog_opens_by_its_address_without_script() -> None:
    named = [
        path.name
        for path in HQ.rglob("*.html")
        for tag in re.findall(r"<(?:a|button)\b[^>]*data-open[^>]*>", path.read_text())
        if 'href="#' not in tag
    ]

    assert named == []
