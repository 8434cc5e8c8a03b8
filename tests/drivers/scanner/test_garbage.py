"""A wrong baud rate, parity errors, half frames: bytes that no scanner meant (HW-10)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.framing import Framer
from retail.barcode import WeighedRule, classify
from retail.errors import Invalid
from retail.weighed import check_digit

RULE = WeighedRule("21IIIIIWWWWWC", "weight")
BODY = "210004201234"
LABEL = f"{BODY}{check_digit(BODY)}"


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_no_noise_stops_the_reader_or_invents_a_weight(parts: list[bytes]) -> None:
    """Each frame is a code or a refusal in words; a weight needs its whole label with its check digit (HW-10)."""
    framer = Framer()
    for frame in [*(frame for part in parts for frame in framer.feed(part)), *framer.end()]:
        try:
            found = classify(frame.text, (RULE,))
        except Invalid as refused:
            assert refused.code in ("barcode.empty", "barcode.too_long")
            continue
        if found.kind == "weighed":
            assert found.text[-1] == str(check_digit(found.text[:-1]))


@given(st.integers(0, 12), st.integers(1, 9))
def test_one_digit_of_a_label_read_wrong_is_no_weight(place: int, by: int) -> None:
    wrong = LABEL[:place] + str((int(LABEL[place]) + by) % 10) + LABEL[place + 1 :]

    (frame,) = Framer().feed(wrong.encode() + b"\r")

    assert classify(LABEL, (RULE,)).weight_grams == 1234
    assert classify(frame.text, (RULE,)).weight_grams is None


@given(st.integers(1, 12))
def test_half_a_label_is_no_weight(kept: int) -> None:
    """The rest of the frame was lost; what came is another code, never a lighter piece (HW-10)."""
    (frame,) = Framer().feed(LABEL[:kept].encode() + b"\r")

    assert classify(frame.text, (RULE,)).weight_grams is None
