"""One step for many stores is made once; what is kept is bounded; a newer version is never hidden by an older answer."""

from __future__ import annotations

from sqlalchemy import event

from hq.publish import queries
from hq.publish.kept import ENTRY_BYTES, Kept
from schemas import wire
from schemas.wire import down
from sync import calls
from sync.digest import EMPTY

X, Y = b'{"x":1}', b'{"y":2}'


def ask(centre, origin, since=0, digest=EMPTY):
    answer = centre.transport().send(calls.scope(origin.token, "chain", since, digest, ""))
    return wire.decode(calls.signed(answer, centre.hq.key.public, "manifest"), down.Changes)


def reads_of_changes(centre, act):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append("scope_change" in statement)

    event.listen(centre.hq.db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(centre.hq.db.engine, "before_cursor_execute", note)
    return sum(seen)


def test_the_step_that_every_store_asks_for_is_made_once(centre, origin):
    origin.connect()
    centre.publish({("chain", "a", "1"): X})

    first = ask(centre, origin)
    again = []
    assert reads_of_changes(centre, lambda: again.append(ask(centre, origin))) == 0

    assert again == [first]
    assert [row[1] for row in first.rows] == ["1"]


def test_a_newer_version_gives_a_longer_step(centre, origin):
    origin.connect()
    centre.publish({("chain", "a", "1"): X})
    assert ask(centre, origin).to == 1
    centre.publish({("chain", "a", "2"): Y})

    step = ask(centre, origin)

    with centre.hq.db.read() as connection:
        assert (step.to, step.digest) == (2, queries.head(connection, "chain").digest)


def test_what_is_kept_is_bounded_and_the_oldest_goes_first():
    kept, made = Kept(bytes_max=2 * ENTRY_BYTES + 10), []

    def answer(name):
        def make():
            made.append(name)
            return name.encode() * 4, b"signature"

        return kept.get((name,), make)

    for name in ("a", "b", "a", "c", "a", "b"):
        assert answer(name) == (name.encode() * 4, b"signature")

    assert made == ["a", "b", "c", "b"]


def test_small_answers_fill_no_memory():
    """Their keys and places are larger than they."""
    kept = Kept(bytes_max=10 * ENTRY_BYTES)
    for n in range(1000):
        kept.get((n,), lambda: (b"", b"signature"))

    made = [n for n in range(1000) if kept.get((n,), lambda: None) is not None]
    assert made == list(range(990, 1000))


def test_nothing_is_kept_where_there_is_no_step():
    kept = Kept()

    assert kept.get(("x",), lambda: None) is None
    assert kept.get(("x",), lambda: (b"now", b"signature")) == (b"now", b"signature")
