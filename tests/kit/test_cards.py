"""Card numbers are recognised, article numbers are left alone."""

from __future__ import annotations

import pytest

from kit.cards import holds_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111", "4111 1111 1111 1111", "pay with 5500-0000-0000-0004!", "378282246310005",
        "30569309025904", "6011000990139424", "2223003122003222", "6205500000000000004",
        "%B4111111111111111^DOE/JANE^2512", ";4111111111111111=2512?",
    ],
)  # fmt: skip
def test_a_card_number_is_seen(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "tea", "4006381333931", "10614141000415", "40614141000416", "0110614141000415", "4111111111111112",
        "00340123450000000018", "84111111111111111", "001-01/K7Q2M-15", "2026-07-10 18:42", "12345678",
    ],
)  # fmt: skip
def test_other_numbers_are_not(text: str) -> None:
    assert not holds_card_number(text)


def test_an_identity_of_ours_is_no_card_whatever_its_digits() -> None:
    """A basket with such an id could not be finished: its sale was refused as a card number."""
    unlucky = "01a2010f-4111-7111-8111-111111114000"
    unlucky_runs = [f"01a2010f-4111-7111-8111-{n:04d}abcdefab" for n in range(100)]
    assert not any(holds_card_number(text) for text in (unlucky, *unlucky_runs))
    assert holds_card_number(f"{unlucky} 4111 1111 1111 1111")
