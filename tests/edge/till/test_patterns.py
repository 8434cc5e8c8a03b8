"""SC-21: a scanner that suddenly sends something else is told on the node's page."""

from __future__ import annotations

import pytest

from edge.office import device_checks
from edge.till import actions
from edge.till.patterns import Patterns
from retail.barcode import classify
from tests.builders.edge import Shop
from tests.edge.till.looks import A, ean

AIM = "]E0"


def told(patterns: Patterns, *codes: str, known: bool = True) -> list[str]:
    for code in codes:
        patterns.hear("01", classify(code), known=known)
    return patterns.changed()


@pytest.fixture
def usual() -> Patterns:
    """A scanner that has sent ten codes with their AIM prefix."""
    patterns = Patterns()
    assert told(patterns, *[AIM + A] * 10) == []
    return patterns


@pytest.mark.parametrize(("before", "behind"), [("", "X"), ("F", ""), ("", "00"), ("A", "B")])
def test_a_sign_too_many_is_noticed_after_three_codes(before: str, behind: str) -> None:
    """SC-21."""
    patterns = Patterns()
    told(patterns, *[A] * 10)
    wrong = [f"{before}{ean(f'4006381333{n}')}{behind}" for n in range(10, 13)]

    assert told(patterns, *wrong[:2], known=False) == []
    assert told(patterns, wrong[2], known=False) == ["01"]
    assert told(patterns, A) == []


def test_a_prefix_that_stays_away_is_noticed_and_typed_codes_are_not(usual: Patterns) -> None:
    """SC-21."""
    assert told(usual, *[A] * 9, AIM + A, *[A] * 9) == []
    assert told(usual, A) == ["01"]


def test_what_shows_no_shape_and_new_articles_are_nothing(usual: Patterns) -> None:
    new = AIM + ean("489123456789")
    assert told(usual, *["HELLO-1"] * 5, *["12345"] * 5, *[new] * 5, known=False) == []


def test_a_scanner_that_was_always_so_is_as_it_should_be() -> None:
    assert told(Patterns(), *[f"X{A}"] * 30, known=False) == []


def test_the_nodes_page_names_the_terminal(shop: Shop) -> None:
    for _ in range(10):
        actions.scan(shop.at(), A)
    assert list(device_checks.scanners(shop.node)) == []

    for _ in range(3):
        actions.scan(shop.at(), f"{A}Z")

    (finding,) = device_checks.scanners(shop.node)
    assert (finding.topic, finding.state, finding.facts) == ("scanner", "warn", {"names": "01"})
