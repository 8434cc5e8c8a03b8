"""A target as the engines know it, and the mutator of our own. Imports nothing of what is attacked.

The coverage-guided engine has to see the parsers being imported; this module may be imported before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """`seeds` are inputs that mean something, for the mutator to begin with."""

    what: str
    one: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]


def mutated(seeds: Sequence[bytes], chance: random.Random, most: int = 12) -> bytes:
    """A seed with bytes turned, cut, doubled, spliced with another or strewn with telling ones."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randrange(most)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.randrange(1, 9)]
        elif kind == 2:
            data[at:at] = data[at : at + chance.randrange(1, 33)]
        elif kind == 3:
            other = chance.choice(seeds)
            data[at:] = other[chance.randrange(len(other) + 1) :]
        elif kind == 4:
            data[at:at] = chance.choice(TELLING)
        else:
            data[at:at] = chance.randbytes(chance.randrange(1, 5))
    return bytes(data)


TELLING = (
    b"\0", b"\xff", b"\x1b", b"\x1d", b"\x10\x04", b"\r\n", b"\x1d", b'"', b"{", b"[[[[", b"}", b"\\ud800", b"1e999",
    b"9007199254740993", b"-", b"\x80\x00\x00\x00", b"\x7f\xff\xff\xff", b"]C1", b"\xef\xbc\x9d", b"%", b"\\u0000",
)  # fmt: skip
