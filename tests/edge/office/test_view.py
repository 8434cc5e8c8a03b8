"""What the node's page says on top."""

from __future__ import annotations

from typing import Any

import pytest

from edge.office.view import Words, devices_shown, verdict
from tests.builders.edge import Shop


@pytest.mark.parametrize(
    ("state", "link", "said"),
    [
        ("pass", {"unsent": 0, "hq_seconds": 5}, "pass"),
        ("pass", {"unsent": 3, "hq_seconds": 5}, "pass"),
        ("pass", {"unsent": 0, "hq_seconds": None}, "pass"),
        ("pass", {"unsent": 3, "hq_seconds": 60}, "offline"),
        ("pass", {"unsent": 1, "hq_seconds": None}, "offline"),
        ("warn", {"unsent": 3, "hq_seconds": 600}, "warn"),
        ("fail", {"unsent": 3, "hq_seconds": 600}, "fail"),
    ],
)
def test_all_is_not_in_order_while_sales_wait_for_a_line(state: str, link: dict[str, Any], said: str) -> None:
    assert verdict(state, link) == said


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "3 records wait here"), ("zh-Hans", "3 条记录在本机等待"), ("zh-Hant", "3 筆記錄在本機等候")],
)
def test_the_sentence_names_how_many(shop: Shop, language: str, words: str) -> None:
    assert words in Words(shop.node, language)("office.verdict.offline", n=3)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_a_drawer_that_is_left_open_is_shown_as_that(shop: Shop, language: str) -> None:
    printer = shop.node.chip_sources["printer"]
    shop.node.chip_sources["printer"] = lambda terminal: printer(terminal) | {"drawer": "open"}
    words = Words(shop.node, language)

    shown = [one for one in devices_shown(shop.node, words) if one["kind"] == words("office.device.drawer")]

    assert {one["state"] for one in shown} == {words("office.state.open")}
    assert {one["colour"] for one in shown} == {"warn"}
