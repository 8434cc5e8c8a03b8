"""The same ingest and the same console on a real PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.syncing import identity as identities
from edge.syncing import outbox
from edge.syncing.running import make_links
from hq import commands
from hq.access.tries import Tries
from hq.enrolment import actions as enrolling
from hq.enrolment import branches
from hq.ingest import epoch
from hq.ingest.projector import load_entries
from hq.ingest.quota import Quota
from hq.ingest.sessions import Speaker
from hq.sales.queries import receipts, sums_by_store
from kit.sql import run
from proof.sim.origin import an_event, an_origin
from proof.sim.parties import Centre, a_node, open_shift, sell
from retail.errors import NetworkError, Unavailable

pytestmark = pytest.mark.postgres


@pytest.fixture
def centre(centre_on_postgres: Centre) -> Centre:
    return centre_on_postgres


def test_ingest_and_console_run_on_postgresql(centre: Centre, tmp_path: Path) -> None:
    node = a_node(tmp_path / "001", centre, "001", centre.hq.clock)
    open_shift(node, "s1")
    sold = [sell(node, pieces=pieces) for pieces in (1, 2, 3)]

    identity = identities.load(node.db)
    assert identity is not None
    links = make_links(node, identity, listens=False)
    line, request = centre.transport(), links.up.wake()
    for _ in range(60):
        if request is None:
            break
        try:
            request = links.up.answered(line.send(request))
        except NetworkError as error:
            request = links.up.failed(error)
    centre.projector.drain()

    assert outbox.unsent(node.db).count == 0
    rows = centre.hq.db.rows("SELECT number, total_minor FROM sale ORDER BY total_minor")
    assert [(row[0], row[1]) for row in rows] == [(sale.number, 1000 * n) for n, sale in enumerate(sold, 1)]
    drawer = centre.hq.db.value(
        "SELECT sum(quantity) FROM posting WHERE account = 'cash:001:01' AND commodity = 'HKD'"
    )
    assert drawer == 50_000 + 6_000

    tries = [Tries("lianpu://", hq=centre.hq) for _ in range(2)]
    assert [tries[n % 2].incr("door", 60) for n in range(3)] == [1, 2, 3]
    small = Quota(at_once=10, per_second=1)
    who = Speaker("001", "001", b"")
    small.take(centre.hq, who, bytes(9))
    with pytest.raises(Unavailable):
        small.take(centre.hq, who, bytes(9))

    key, inc = node.key.public, node.journal.inc.inc
    enrolling.revoke(centre.context, node="001", public_key=key, lost=True)
    last = branches.of_device(centre.hq.db, "001", key, centre.hq.clock.now_ms() + 1)[-1].before
    named: dict[str, int | None] = {inc: last - 1}
    branches.trust_up_to(centre.context, node="001", public_key=key, named=named, reason="stolen")
    held = "SELECT quantity FROM balance WHERE account = 'cash:001:01' AND commodity = 'HKD'"
    day = centre.hq.db.value("SELECT max(day) FROM sale")
    sums = sums_by_store(centre.hq.db, day)["001"]
    assert (centre.hq.db.value(held), sums.receipts, sums.net_minor) == (50_000 + 3_000, 2, 3_000)
    listed = [bool(row.untrusted) for row in receipts(centre.hq.db, "001", day)]
    assert sorted(listed) == [False, False, True]

    made = commands.init(
        commands.context_of(centre.hq),
        login="admin",
        name="A",
        password="a long pass phrase",
        language="en",
        chain={"en": "Chain", "zh-Hans": "Chain", "zh-Hant": "Chain"},
        currency="HKD",
        time_zone="Asia/Hong_Kong",
        cash_step_minor=10,
    )
    assert made["login"] == "admin"
    assert centre.app.test_client().get("/healthz").status_code == 200
    node.close()


def test_what_backups_promised_before_the_move_is_promised_on(centre: Centre) -> None:
    """They can be restored into PostgreSQL too, so what a store deletes can be given back."""
    origin = an_origin(centre)
    origin.add(an_event(1))
    origin.push(1, 1)
    with centre.hq.db.write() as connection:
        facts = {"hash": origin.hashes[1], "epoch": epoch.current(connection)}
        run(
            connection,
            "INSERT INTO durable (node, inc, seq, hash, epoch, read_at) SELECT node, inc, 1, :hash, :epoch, 1"
            " FROM origin WHERE node = '001'",
            facts,
        )

    said = origin.hello().incs[0]

    assert (said.durable_seq, said.durable_hash) == (1, origin.hashes[1])


def test_the_projector_reads_each_body_once_without_any_statistics(centre: Centre) -> None:
    """As in the partition of a month that has just begun, before the server has looked at it."""
    origin = an_origin(centre)
    origin.add(*map(an_event, range(1, 201)))
    origin.push(1, 200)

    with centre.hq.db.read() as connection:
        entries = load_entries(connection, {"node": "001", "inc": origin.inc, "after": 100, "limit": 100})
        read = run(
            connection,
            "SELECT SUM(COALESCE(idx_tup_fetch, 0) + seq_tup_read) FROM pg_stat_xact_user_tables"
            " WHERE relname = 'link' OR relname LIKE 'body_%'",
        ).scalar_one()

    assert [entry.seq for entry in entries] == list(range(101, 201))
    assert read <= 4 * len(entries), read
