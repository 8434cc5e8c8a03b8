"""A text that one engine refuses is refused on both: parked with its postings booked, and the books are equal."""

from __future__ import annotations

import json
import random

import pytest
import sqlalchemy as sa

from hq.ingest.handlers.statements import STATEMENTS, columns
from hq.ingest.projector import projector_of
from hq.ingest.texts import INDEXED
from proof.sim.books import digests
from schemas.events.shifts import ShiftOpened
from tests.builders.hq import NOW, a_house

LONG = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=9000))  # no engine packs it
OURS = {"store", "node", "kind"}  # names that HQ gave, a word of the handler's
OWN_ID = {"shift", "alarm"}  # the others are called by their event, whose id is bounded
SPOILT = [
    {"p": {"reason": "x\0y"}},
    {"p": {"tenders": [{"kind": "c\0", "amount_minor": 1, "given_minor": 1, "change_minor": 0}]}},
    {"shift": "\0"},
    {"actor": {"staff": "7\0", "terminal": "01"}},
    {"p": {"number": LONG}},
    {"p": {"original": LONG}},
    {"p": {"series": LONG}},
    {"day": LONG},
    {"day": "2" * 201},
]


def a_return(house):
    """A till whose last event, not told yet, is a return."""
    till = house.device()
    till.take_back(till.sell(pieces=2), "001-01/K7Q2M-1")
    return till


def spoil(till, changes):
    event = json.loads(till.origin.bodies[-1])
    payload = event["p"] | changes.get("p", {})
    del till.origin.bodies[-1], till.origin.hashes[-1]
    body = json.dumps(event | changes | {"p": payload}, separators=(",", ":"), sort_keys=True)
    till.origin.add(body.encode())


def tell(house):
    """(seq, state, reason, booked) of what is parked once all of the till's events were told."""
    projector_of(house.app).drain()
    rows = house.db.rows("SELECT seq, state, reason, booked FROM parked ORDER BY seq")
    return [tuple(row) for row in rows]


def books(house):
    return {
        name: hash_
        for name, hash_ in digests(house.db).items()
        if name in ("sale", "sale_line", "sale_tender", "sale_return", "posting", "balance", "parked_key")
    }


@pytest.mark.parametrize("changes", SPOILT)
def test_a_text_that_one_engine_refuses_is_parked_and_booked(house, changes):
    till = a_return(house)
    spoil(till, changes)

    till.push()

    assert tell(house) == [(2, "parked", "rows_refused", 1)]
    assert house.value("SELECT count(*) FROM sale") == 1
    assert house.value("SELECT count(DISTINCT id) FROM posting") == 2


def test_a_shift_of_any_length_is_parked(house):
    till = house.device()
    shift = {"shift": LONG, "terminal": "01", "day": "2026-07-10", "currency": "HKD", "float_minor": 0}
    till._say(ShiftOpened(**shift), [], NOW, "01", "2026-07-10")

    till.push()

    assert tell(house) == [(1, "parked", "rows_refused", 1)]
    assert house.value("SELECT count(*) FROM shift") == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"p": {"reason": "\\u0000"}},
        {"p": {"reason": LONG}},
        {"p": {"number": "n" * 200}},
        {"p": {"unknown": "x\0y"}},
    ],
    ids=["a backslash", "no index holds it", "as long as may be", "nobody keeps it"],
)
def test_what_both_engines_take_is_handled(house, changes):
    till = a_return(house)
    spoil(till, changes)

    till.push()

    assert tell(house) == []
    assert house.value("SELECT count(*) FROM sale") == 2


@pytest.mark.postgres
@pytest.mark.parametrize("changes", SPOILT)
def test_both_engines_have_the_same_books(house, tmp_path, postgres_database, changes):
    on_server = a_house(tmp_path / "server", url=postgres_database)
    for one in (house, on_server):
        till = a_return(one)
        spoil(till, changes)
        till.push()

    assert tell(house) == tell(on_server) == [(2, "parked", "rows_refused", 1)]
    assert books(house) == books(on_server)
    on_server.hq.close()


@pytest.mark.parametrize(
    "name", sorted(set(STATEMENTS) - {"twins", "twins_alarm", "sale_line", "sale_tender"})
)
def test_every_text_that_an_index_holds_is_looked_at(house, name):
    table = STATEMENTS[name].split()[2]
    look = sa.inspect(house.db.engine)
    indexes = [look.get_pk_constraint(table)["constrained_columns"]]
    indexes += [index["column_names"] for index in look.get_indexes(table)]
    texts = {column["name"] for column in look.get_columns(table) if isinstance(column["type"], sa.Text)}
    bounded = OURS if table in OWN_ID else OURS | {"id"}

    if table == "sale":  # `numbers` copies its series into a key
        indexes.append(["series"])
    held = {column for index in indexes for column in index} & texts - bounded

    assert set(INDEXED.get(name, ())) == {at for column, at in columns(name).items() if column in held}
