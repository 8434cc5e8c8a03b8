"""What msgspec knows of a struct is made before a server starts its threads.

msgspec (0.22.0) makes it when a struct is read for the first time. When two threads do that at once, one of them meets
what the other has half made, and the process dies by SIGSEGV: a till at its first two questions after a start.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

_warm: set[type[msgspec.Struct]] = set()


def warm_up() -> None:
    """For every struct that has been imported, once each: some milliseconds for all of an application's."""
    for kind in _below(msgspec.Struct):
        if kind not in _warm:
            msgspec.json.Decoder(kind)
            _warm.add(kind)


def _below(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for lower in kind.__subclasses__():
        yield lower
        yield from _below(lower)
