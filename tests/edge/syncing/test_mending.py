"""Rows that are not what HQ signed any more are mended by the buckets that differ (SYNC §6)."""

from __future__ import annotations

import msgspec
import pytest

from edge.syncing import inbox
from hq.publish import freeze, snapshots
from kit.crypto import SigningKey
from schemas import wire
from schemas.rows.catalogue import ProductRow
from schemas.wire.down import Buckets
from sync import guard
from sync.calls import Answer, signature_header

ROWS = {("chain", "note", f"{n:04d}"): b'{"n":%d}' % n for n in range(300)}
ROT = "UPDATE row SET bytes = CAST(bytes || ' ' AS BLOB) WHERE key = "


class Line:
    """HQ, with something between that may change its answers about buckets; remembers paths and bytes both ways."""

    def __init__(self, world, change=lambda answer: answer):
        self.world = world
        self.change = change
        self.paths = []
        self.bytes = 0

    def send(self, request):
        self.paths.append(request.path.split("/")[1])
        answer = self.world.line.send(request)
        if request.path.startswith("/buckets/"):
            answer = self.change(answer)
        self.bytes += len(request.body) + len(answer.body)
        return answer

    def close(self):
        """Nothing is held."""


@pytest.fixture
def store(world):
    made = world.store()
    world.centre.publish(ROWS)
    world.poll(made)
    yield made
    made.node.close()


def rot(store, sql=ROT + "'0003'", *, scope="chain"):
    """A bit flips, and the nightly look finds it."""
    with store.node.reference.db.write() as tx:
        tx.execute(sql)
    assert store.links.down.inbox.verify() == [scope]
    store.links.down.inbox.forget([scope])


def poll(world, store, line):
    world.clock.advance(60_000)
    store.up(world.line)
    store.down(line)
    return line


def content(store, scope="chain"):
    rows = store.node.reference.db.rows("SELECT kind, key, bytes FROM row WHERE scope = ?", (scope,))
    return {(scope, row["kind"], row["key"]): row["bytes"] for row in rows}


def test_one_rotten_row_is_mended_with_one_request(world, store):
    rot(store)

    line = poll(world, store, Line(world))

    assert line.paths == ["buckets"]
    assert content(store) == ROWS
    assert store.links.down.inbox.verify() == []


ROTS = (
    "DELETE FROM row WHERE key = '0003'",
    "INSERT INTO row SELECT scope, kind, 'stray', bytes FROM row WHERE key = '0003'",
    "UPDATE row SET key = '000s' WHERE key = '0003'",
    "UPDATE row SET kind = 'nope' WHERE key = '0003'",
    "UPDATE row SET key = CAST(x'30ff3033' AS TEXT) WHERE key = '0003'",
    "UPDATE scope SET digest = zeroblob(32) WHERE scope = 'chain'",
)


def test_whatever_rotted_the_rows_are_hq_s_again(world, store):
    """A row that is gone, a stray one, another key, another kind, a key that is no text, the cursor itself."""
    for sql in ROTS:
        rot(store, sql)

        assert poll(world, store, Line(world)).paths == ["buckets"], sql
        assert content(store) == ROWS, sql


def test_hq_has_moved_on_meanwhile(world, store):
    rot(store)
    newer = {("chain", "note", "0004"): b"{}", ("chain", "note", "new"): b"{}"}
    world.centre.publish(newer | {("chain", "note", "0005"): None})

    assert poll(world, store, Line(world)).paths == ["buckets"]

    wanted = ROWS | newer
    del wanted["chain", "note", "0005"]
    assert content(store) == wanted


def test_changes_that_do_not_fit_find_the_rot_and_lead_to_the_buckets(world, store):
    with store.node.reference.db.write() as tx:
        tx.execute(ROT + "'0003'")
    world.centre.publish({("chain", "note", "0003"): b"{}"})

    assert poll(world, store, Line(world)).paths == ["scope", "buckets"]
    assert content(store) == ROWS | {("chain", "note", "0003"): b"{}"}


def test_what_differs_too_much_comes_as_a_snapshot(world, store):
    rot(store, "UPDATE row SET bytes = x'7b7d20' WHERE key >= '0030'")

    assert poll(world, store, Line(world)).paths == ["buckets", "snapshot"]
    assert content(store) == ROWS


def test_an_hq_that_knows_no_buckets_sends_a_snapshot(world, store):
    rot(store)

    line = poll(world, store, Line(world, lambda answer: Answer(404, {}, b"")))

    assert line.paths == ["buckets", "scope", "snapshot"]
    assert content(store) == ROWS


def told(world, answer, **changes):
    """The same answer with other words, and HQ's own signature below them."""
    said = wire.decode(guard.inflate(answer.body), Buckets)
    return signed(world.centre.hq.key, msgspec.structs.replace(said, **changes))


def signed(key: SigningKey, said):
    body = guard.compress(wire.encode(said))
    headers = {name.lower(): text for name, text in signature_header(key.sign("manifest", body)).items()}
    return Answer(200, headers, body)


LIES = (
    {"rows": [("note", "0003", '{"n":4}')]},
    {"rows": []},
    {"rows": [("note", "0004", '{"n":99}')]},  # of another bucket
    {"digest": b"\7" * 32},
    {"scope": "zone:A"},
)


class Watching(Line):
    """Looks at the rows before each question."""

    def __init__(self, world, store, change):
        super().__init__(world, change)
        self.store = store
        self.seen = []

    def send(self, request):
        self.seen.append(content(self.store))
        return super().send(request)


def test_an_answer_that_lies_changes_nothing_and_a_snapshot_is_asked_for(world, store):
    for lie in LIES:
        rot(store)
        before = content(store)

        line = Watching(world, store, lambda answer, lie=lie: told(world, answer, **lie))
        poll(world, store, line)

        assert line.paths == ["buckets", "scope", "snapshot"], lie
        assert line.seen == [before] * 3, lie
        assert content(store) == ROWS


def test_an_answer_that_hq_did_not_sign_changes_nothing(world, store):
    rot(store)
    stranger = SigningKey.generate()

    def change(answer):
        return signed(stranger, wire.decode(guard.inflate(answer.body), Buckets))

    before = content(store)
    assert poll(world, store, Line(world, change)).paths == ["buckets"]
    assert content(store) == before

    assert poll(world, store, Line(world)).paths == ["buckets"]
    assert content(store) == ROWS


class Killed(Exception):
    """The process ends here."""


def test_killed_in_the_middle_nothing_has_happened(world, store, monkeypatch):
    def kill(*_):
        raise Killed

    for step in ("_move_rows", "of_rows", "_set"):
        rot(store)
        before = content(store)
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(inbox, step, kill)
            poll(world, store, Line(world))
        assert content(store) == before, step
        store = world.links(store.node)
        poll(world, store, Line(world))
        assert content(store) == ROWS, step


def test_frozen_scopes_stay_what_the_store_has(world, store):
    rot(store)
    before = content(store)
    with world.centre.hq.db.write() as connection:
        freeze.freeze(connection, "e")

    poll(world, store, Line(world))
    assert content(store) == before

    with world.centre.hq.db.write() as connection:
        freeze.release(connection, world.clock.now_ms())
    poll(world, store, Line(world))
    assert content(store) == ROWS


def products(count):
    """As a chain has them: names in three languages, many words in common."""
    teas = ["Green tea", "Oolong tea", "Soy milk", "Rice noodles", "Fish balls", "Plum juice", "Egg rolls"]
    for n in range(count):
        tea = teas[n % len(teas)]
        name = {
            "en": f"{tea} no. {n}",
            "zh-Hans": f"茶{n * 7919 % 9973}号",
            "zh-Hant": f"茶{n * 7919 % 9973}號",
        }
        sku = f"{n * 104_729 % 1_000_003:06d}"
        row = ProductRow(
            sku=sku, name=name, brand={"en": tea.split()[0]}, spec=f"{n % 40}x{n % 7}50 ml", unit="piece", weighed=False,
            tax_code="std", category=f"c{n % 60}", active=True, pinyin=f"c{n % 97}h",
        )  # fmt: skip
        yield ("chain", "product", sku), wire.encode(row)


def test_a_flipped_row_among_twenty_thousand_costs_a_hundredth_of_the_snapshot(world):
    rows = dict(products(20_000))
    world.centre.publish(rows)
    store = world.store()
    poll(world, store, Line(world))
    assert content(store) == rows
    searched = "SELECT sku, search FROM product ORDER BY sku"
    before = [tuple(row) for row in store.node.reference.db.rows(searched)]
    whole = sum(chunk.size for chunk in snapshots.offer(world.centre.hq, "chain").chunks)
    rot(store, "UPDATE row SET bytes = CAST(replace(bytes, 'tea', 'sea') AS BLOB) WHERE key = '104729'")

    line = poll(world, store, Line(world))

    assert line.paths == ["buckets"]
    assert line.bytes <= whole / 100, (line.bytes, whole)
    assert content(store) == rows
    assert [tuple(row) for row in store.node.reference.db.rows(searched)] == before
    store.node.close()
