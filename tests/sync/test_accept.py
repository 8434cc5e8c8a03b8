"""HQ's answer to a batch: append, duplicate, gap, fork."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import chain
from sync.accept import Append, Duplicate, Fork, Gap, decide

INC = "a" * 32
GENESIS = chain.genesis(b"record")


def links(bodies, first=1, prev=GENESIS):
    return chain.extend("001", INC, first, prev, [chain.body_hash(body) for body in bodies])


def stored(bodies):
    return {0: GENESIS, **dict(enumerate(links(bodies), 1))}


HERE = [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    ("first", "bodies", "expected"),
    [
        (4, [b"d", b"e"], Append(0)),
        (1, [b"a", b"b", b"c", b"d"], Append(3)),
        (3, [b"c", b"d"], Append(1)),
        (2, [b"b", b"c"], Duplicate()),
        (1, [b"a"], Duplicate()),
        (5, [b"e"], Gap()),
        (2, [b"x"], Fork(2)),
        (1, [b"a", b"b", b"x", b"y"], Fork(3)),
    ],
)
def test_decisions(first, bodies, expected):
    known = stored(HERE)
    hashes = links(bodies, first, known.get(first - 1, b"?" * 32))

    found = decide(3, first, known.get(first - 1, b"?" * 32), hashes, known)

    assert found == expected


def test_another_past_is_a_fork_even_behind_the_head():
    assert decide(3, 4, b"\0" * 32, links([b"d"], 4, b"\0" * 32), stored(HERE)) == Fork(3)


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=12), st.data())
def test_any_split_into_batches_builds_the_same_log(bodies, data):
    """U14: independent of batch split; overlap and repetition change nothing (U16)."""
    log = {0: GENESIS}
    head = 0
    while head < len(bodies):
        first = data.draw(st.integers(1, head + 1))
        last = data.draw(st.integers(max(first, head), len(bodies)))
        part = bodies[first - 1 : last]
        hashes = links(part, first, log[first - 1])
        found = decide(head, first, log[first - 1], hashes, log)
        if isinstance(found, Append):
            for i in range(found.skip, len(part)):
                log[first + i] = hashes[i]
            head = first + len(part) - 1

    assert log == stored(bodies)
