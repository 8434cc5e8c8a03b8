"""A wrong baud rate, parity errors, half frames: bytes that no scanner meant (HW-10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pty_port import PtyPort
from drivers.scanner.framing import Framer
from drivers.scanner.protocol import Scan
from drivers.scanner.serial_scanner import SerialScanner
from drivers.transport.serial_port import SerialTransport
from retail.barcode import Scanned, WeighedRule, classify
from retail.errors import Invalid
from retail.weighed import check_digit

RULE = WeighedRule("21IIIIIWWWWWC", "weight")
LAST = "the end"


def a_label(item: int, grams: int) -> str:
    body = f"21{item:05d}{grams:05d}"
    return f"{body}{check_digit(body)}"


LABEL = a_label(42, 1234)
LABELS = st.builds(a_label, st.integers(0, 99_999), st.integers(0, 99_999))


@dataclass(frozen=True)
class Sent:
    """What came down the cable for one frame, and the label in it if it came whole."""

    raw: bytes
    whole: str | None


def spoilt(label: str, place: int, by: int, how: str) -> Sent:
    """One label after one fault of the line."""
    raw = bytearray(label.encode())
    if how == "digit":
        raw[place] = ord("0") + (raw[place] - ord("0") + by) % 10
    elif how == "parity":
        raw[place] |= 0x80
    elif how == "lost":
        del raw[place]
    elif how == "noise":
        raw[place:place] = bytes([ord("A") + by])
    elif how == "half":
        del raw[place:]
    return Sent(bytes(raw), label if how == "none" else None)


FAULTS = st.sampled_from(["none", "none", "digit", "parity", "lost", "noise", "half"])
FRAMES = st.one_of(
    st.builds(spoilt, LABELS, st.integers(0, 12), st.integers(1, 9), FAULTS),
    st.builds(lambda raw: Sent(raw, None), st.binary(max_size=200)),
)


@dataclass
class Line:
    """A scanner's cable: the far end, and what the driver makes of it."""

    port: PtyPort
    scanner: SerialScanner
    scans: list[Scan]

    def read(self, data: bytes) -> list[str]:
        """Send, and listen until the last words have come; the codes before them."""
        self.scans.clear()
        self.port.write(data + LAST.encode() + b"\r")
        while not (self.scans and self.scans[-1].text == LAST):
            self.scanner.turn(5.0)
        return [scan.text for scan in self.scans[:-1]]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder: Path = tmp_path_factory.mktemp("line")
    port = PtyPort(folder / "scanner")
    port.plug_in()
    # Silence may end a frame too: not here, where a busy machine would decide when it is silent.
    scanner = SerialScanner(
        "scanner-1", SerialTransport(str(port.path)), duplicate_seconds=0.0, idle_seconds=60.0
    )
    scanner.open()
    made = Line(port, scanner, [])
    scanner.subscribe(made.scans.append)
    yield made
    scanner.close()
    port.unplug()


def known(text: str) -> Scanned | None:
    """What a code means at the till; None when it is refused in words."""
    try:
        return classify(text, (RULE,))
    except Invalid as refused:
        assert refused.code in ("barcode.empty", "barcode.too_long")
        return None


@given(st.lists(FRAMES, max_size=8))
def test_no_noise_stops_the_reader_or_invents_a_weight(line: Line, frames: list[Sent]) -> None:
    """On a real serial line: exactly the labels that came whole have a weight, and it is theirs (HW-10)."""
    codes = line.read(b"".join(frame.raw + b"\r" for frame in frames))

    weighed = [found for found in map(known, codes) if found is not None and found.kind == "weighed"]
    whole = [frame.whole for frame in frames if frame.whole is not None]
    assert [(found.text, found.weight_grams) for found in weighed] == [
        (label, int(label[7:12])) for label in whole
    ]


@given(st.lists(LABELS, min_size=2, max_size=4))
def test_labels_whose_ends_were_lost_run_together_into_no_weight(line: Line, labels: list[str]) -> None:
    """The terminators were lost: one long code that nobody sells (HW-10)."""
    (code,) = line.read("".join(labels).encode() + b"\r")

    found = known(code)
    assert found is None or found.weight_grams is None


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
