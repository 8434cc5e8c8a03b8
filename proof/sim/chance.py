"""Chance that a seed decides: named streams for the world, and the system's own generator while a world runs.

Each stream is its own generator, so that a misfortune that is taken out of a plan leaves the draws of everything
else as they were; without that a plan could not be shrunk. Keys, ids, nonces and tokens of the real code come from
a stream too: the same seed sends the same bytes.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from kit.crypto import SigningKey

_urandom = os.urandom


class Chance:
    """The generators of one seed, by name."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, random.Random] = {}

    def stream(self, name: str) -> random.Random:
        """The generator of this name; the same seed and name draw the same."""
        found = self._streams.get(name)
        if found is None:
            found = self._streams[name] = random.Random(f"{self.seed}/{name}")
        return found


@contextmanager
def seeded_system(seed: int) -> Iterator[None]:
    """Inside, whatever asks the operating system for random bytes gets the seed's. Never outside a simulation."""
    source = random.Random(f"{seed}/system")

    def draw(size: int) -> bytes:
        return source.randbytes(size)

    def generate(cls: type[SigningKey]) -> SigningKey:
        return cls.from_bytes(draw(32))

    with (
        patch.object(os, "urandom", draw),
        patch.object(random, "_urandom", draw),
        patch.object(SigningKey, "generate", classmethod(generate)),
    ):
        yield


@contextmanager
def the_system_itself() -> Iterator[None]:
    """Inside, the operating system's own generator, for what all worlds of a process share: no seed pays for it."""
    with patch.object(os, "urandom", _urandom), patch.object(random, "_urandom", _urandom):
        yield
