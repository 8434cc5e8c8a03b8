"""Streams of other programs: the emulator prints what their independent plain text says."""

import csv
import json
from pathlib import Path

import pytest

from drivers.printer.charmodel import CharModel
from drivers.printer.engine import Engine, Model
from drivers.printer.paper import Picture, TextLine, plain
from drivers.printer.tokens import Tokenizer

DATA = Path(__file__).parents[1] / "data" / "escpos"
MODELS: dict[str, CharModel] = {
    "multilingual": "none",
    "shiftjis": "shift_jis",
    "gb18030": "gb18030",
    "big5": "big5",
}
STAR = "StarPRNT and Star Line are other command languages; the emulator speaks ESC/POS"
OPEN_SHIFT_JIS = "leaves Shift-JIS on before frame characters, which a real printer reads as pairs too"


def manifest() -> list[dict[str, str]]:
    with (DATA / "MANIFEST.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def excuse(row: dict[str, str]) -> str | None:
    """Why a stream cannot match, or None."""
    if row["command_set"].startswith("star"):
        return STAR
    if row["command_set"] == "impact" and row["encoding"] == "shiftjis":
        return OPEN_SHIFT_JIS
    return None


def normalised(text: str) -> list[str]:
    """Frames as plus, minus and bar; empty lines and blanks at line ends left out, the twin has no
    pictures.
    """
    return [line.rstrip() for line in plain(text).splitlines() if line.strip()]


def printed(row: dict[str, str], piece: int | None = None) -> Engine:
    """The emulator after a stream, fed whole or in pieces."""
    engine = Engine(Model(dots=int(row["columns"]) * 12, characters=MODELS[row["encoding"]]))
    stream = (DATA / row["file"]).read_bytes()
    step = piece or len(stream)
    for at in range(0, len(stream), step):
        engine.feed(stream[at : at + step])
    engine.tear_off()
    return engine


def text_of(engine: Engine) -> str:
    rows = [row for paper in engine.papers for row in paper.rows]
    return "\n".join(row.text(spread=True) for row in rows if isinstance(row, TextLine))


MATCHING = [row for row in manifest() if excuse(row) is None]


@pytest.mark.parametrize("row", MATCHING, ids=lambda row: Path(row["file"]).stem)
def test_a_stream_prints_its_twin(row: dict[str, str]) -> None:
    twin = (DATA / row["file"]).with_suffix(".txt").read_text(encoding="utf-8")

    engine = printed(row)

    assert normalised(text_of(engine)) == normalised(twin)
    assert (engine.counters.unknown, engine.backlog) == (0, 0)


def test_only_the_listed_streams_are_excused() -> None:
    excused = [row["command_set"] for row in manifest() if excuse(row)]

    assert len(manifest()) == 69
    assert len(MATCHING) == 55
    assert sorted(set(excused)) == [
        "impact",
        "starlinembcs",
        "starlinembcs2",
        "starlinesbcs",
        "starmbcs",
        "starmbcs2",
        "starsbcs",
    ]


@pytest.mark.parametrize("piece", [1, 7, 64])
def test_any_split_of_a_stream_gives_the_same_papers(piece: int) -> None:
    for row in MATCHING[::9]:
        assert printed(row, piece).papers == printed(row).papers


VECTOR_TEXT = {
    "encoder.text('hello').encode()": "hello",
    "encoder.text('hello').newline().newline().encode()": "hello",
    "encoder.line('hello').encode()": "hello",
    "encoder.codepage('epson/katakana').text('héllo').encode()": "h?llo",
    "encoder.codepage('windows1252').text('héllo').encode()": "héllo",
    "encoder.bold().text('hello').bold().encode()": "hello",
    "encoder.underline(true).text('hello').underline(false).encode()": "hello",
    "encoder.invert().text('hello').invert().encode()": "hello",
    "encoder.height(2).text('hello').height(1).encode()": "hello",
    "encoder.align('left').line('hello').encode()": "hello",
    "encoder.align('right').line('hello').encode()": "     hello",
    "encoder.qrcode('https://nielsleenheer.com', 1, 8, 'h').encode()": "[qr https://nielsleenheer.com]",
    "encoder.barcode('CODE128', 'code128', 60).encode()": "[CODE128 CODE128]",
    "encoder.image(canvas, 8, 8).encode()": "[picture]",
    "encoder.cut().encode()": "",
    "encoder.cut('partial').encode()": "",
    # Page 11 is the printer's Greek page 851, which Python does not have: a hollow square.
    "encoder.codepage('auto').text('héψжł').encode()": "hé□жł",
}


def vectors() -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / "encoder_vectors.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["call"])
def test_bytes_of_another_encoder_mean_what_its_call_says(vector: dict[str, str]) -> None:
    stream = bytes.fromhex(vector["expected_hex"])
    engine = Engine(Model(dots=576, characters="none"))

    engine.feed(stream)
    paper = engine.papers[0] if engine.papers else engine.typesetter.paper

    assert paper.text().rstrip() == VECTOR_TEXT[vector["call"]]
    assert engine.counters.unknown == 0
    assert "unknown" not in [token.name for token in Tokenizer().feed(stream)]


def test_pictures_are_placed_and_whole() -> None:
    row = next(row for row in MATCHING if "zh_hans_receipt_zh_hans_escpos" in row["file"])

    pictures = [part for paper in printed(row).papers for part in paper.rows if isinstance(part, Picture)]

    assert [(part.width_bytes, part.rows, len(part.data)) for part in pictures] == [(15, 116, 1740)]
