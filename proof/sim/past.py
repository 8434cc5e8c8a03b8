"""Seeds that broke something once. They are played first, whatever else is asked for."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_name("seeds.txt")


def seeds() -> list[int]:
    """The seeds of the file, in its order; a line is `seed  what it had found`."""
    lines = (line.split("#")[0].split() for line in FILE.read_text().splitlines())
    return [int(words[0]) for words in lines if words]
