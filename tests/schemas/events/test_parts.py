"""A long document goes into several events, each of which fits."""

from __future__ import annotations

import msgspec
import pytest

from schemas.events.base import BODY_BYTES_MAX
from schemas.events.parts import ENVELOPE_BYTES, in_parts
from schemas.events.stock import StockLine

ROOM = BODY_BYTES_MAX - ENVELOPE_BYTES


def a_line(n: int, name: str) -> StockLine:
    return StockLine(sku=f"P{n}", name={"en": name}, quantity=1000, unit="pc")


def nothing_posted(lines: list[StockLine]) -> list[tuple[str, str, int]]:
    return []


def pair(lines: list[StockLine]) -> list[tuple[str, str, int]]:
    return [(f"stock:{side}", line.sku, 1) for line in lines for side in ("a", "b")]


@pytest.mark.parametrize("name", ["x", "x" * 160, "長" * 160, '"' * 160, "\U0001d160" * 160])
def test_every_line_comes_once_in_order_and_every_part_fits(name: str) -> None:
    lines = [a_line(n, name) for n in range(300)]

    parts = list(in_parts(lines, pair, lines_max=100))

    assert [line for part in parts for line in part] == lines
    assert all(len(part) <= 100 for part in parts)
    assert all(len(msgspec.json.encode([part, pair(part)])) <= ROOM for part in parts)


def test_parts_are_as_long_as_they_can_be() -> None:
    lines = [a_line(n, "x" * 1000) for n in range(200)]

    first, second, *_rest = in_parts(lines, nothing_posted, lines_max=500)

    assert len(msgspec.json.encode([first, []])) + len(msgspec.json.encode(second[0])) > ROOM


def test_few_lines_are_one_part_and_no_lines_are_none() -> None:
    lines = [a_line(1, "a"), a_line(2, "b")]

    assert list(in_parts(lines, pair, lines_max=100)) == [lines]
    assert list(in_parts([], pair, lines_max=100)) == []


def test_a_line_that_fits_nowhere_stands_alone_and_the_journal_refuses_it() -> None:
    lines = [a_line(1, "a"), a_line(2, "x" * BODY_BYTES_MAX), a_line(3, "c")]

    assert [len(part) for part in in_parts(lines, pair, lines_max=100)] == [1, 1, 1]
