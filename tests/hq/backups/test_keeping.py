"""Which backups stay: the newest, in the order in which they were taken, whatever the clock said."""

from __future__ import annotations

import errno

import msgspec
import pytest

from hq.backups import queries
from hq.backups.model import FAILED, KEPT_MIN, MISSING, VERIFIED
from hq.backups.targets import Folder, reaching
from kit.sql import run

YEAR_MS = 365 * 86_400_000


def rot(file):
    raw = bytearray(file.read_bytes())
    raw[-20] ^= 1
    file.write_bytes(raw)


def states(chain):
    """Newest first."""
    return [(row.kind, row.state) for row in queries.listed(chain.hq.db)]


GOOD, BAD = (("full", VERIFIED), ("incremental", VERIFIED)), (("full", FAILED), ("incremental", FAILED))


@pytest.mark.parametrize("leap", [YEAR_MS, -YEAR_MS], ids=["ahead", "behind"])
def test_a_wrong_clock_deletes_no_new_backup(chain, store, leap):
    """The clock was off by a year while as many were taken as are kept; it is set right, and the stores sell on."""
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_keep=KEPT_MIN)
    right = [chain.backup() for _ in range(KEPT_MIN)]
    chain.clock.set_wall(chain.clock.now_ms() + leap)
    wrong = [chain.backup() for _ in range(KEPT_MIN)]
    assert [file.exists() for file in right + wrong] == [False] * KEPT_MIN + [True] * KEPT_MIN
    chain.clock.set_wall(chain.clock.now_ms() - leap)
    chain.sell(store, 5)

    new = [chain.backup() for _ in range(KEPT_MIN)]

    assert [file.exists() for file in wrong + new] == [False] * KEPT_MIN + [True] * KEPT_MIN
    assert [row.file for row in queries.listed(chain.hq.db)][:KEPT_MIN] == [
        file.name for file in reversed(new)
    ]
    head = store.node.journal.head
    assert chain.durable() == {head.inc: head.seq}


def test_a_rotten_full_one_takes_along_what_stands_on_it(chain, store):
    """It is the oldest, read once more with every backup, which finds it as the base of this one."""
    chain.sell(store)
    full = chain.backup()
    for _ in range(3):
        chain.backup("incremental")
    assert chain.durable()
    rot(full)

    made = chain.backup("incremental")

    assert "-full-" in made.name
    assert states(chain) == [GOOD[0], *[BAD[1]] * 3, BAD[0]]
    assert chain.alarms() == {"backup.rotten"}
    assert chain.durable() == {}


def test_a_rotten_oldest_one_is_found_by_a_full_backup_too(chain, store):
    chain.sell(store)
    full = chain.backup()
    for _ in range(3):
        chain.backup("incremental")
    rot(full)

    chain.backup("full")

    assert states(chain) == [GOOD[0], *[BAD[1]] * 3, BAD[0]]
    assert chain.alarms() == {"backup.rotten"} and chain.durable() == {}


def test_a_rotten_full_one_that_is_not_the_oldest_rings_when_it_is_wanted(chain, store):
    chain.sell(store)
    chain.backup()
    base = chain.backup()
    chain.backup("incremental")
    rot(base)

    chain.backup("incremental")

    assert states(chain) == [GOOD[0], BAD[1], BAD[0], GOOD[0]]
    assert chain.alarms() == {"backup.rotten"} and chain.durable() == {}


def test_what_an_older_program_left_on_a_rotten_full_one_counts_no_more(chain, store):
    chain.sell(store)
    chain.backup()
    for _ in range(3):
        chain.backup("incremental")
    with chain.hq.db.write() as connection:
        run(connection, "UPDATE backup SET state = 'failed' WHERE kind = 'full'")

    chain.backup()

    assert states(chain) == [GOOD[0], *[BAD[1]] * 3, BAD[0]]
    assert chain.durable() == {}


@pytest.mark.parametrize(
    ("error", "state"),
    [(errno.EIO, FAILED), (errno.ETIMEDOUT, MISSING)],
    ids=["a disk that cannot read it", "a line that breaks"],
)
def test_what_is_there_and_does_not_come_back(chain, store, monkeypatch, error, state):
    """A line that breaks condemns nothing: it promises nothing until it gives the backup back."""
    chain.sell(store)
    base = chain.backup()
    for _ in range(3):
        chain.backup("incremental")
    real, promised = Folder.get, chain.durable()

    def get(self, name, file):
        if name == base.name:
            with reaching(self):
                raise OSError(error, "not now")
        real(self, name, file)

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "get", get)
        made = chain.backup("incremental")

    assert "-full-" in made.name
    assert states(chain) == [GOOD[0], *[("incremental", state)] * 3, ("full", state)]
    assert chain.durable() == {}
    chain.backup()
    assert chain.durable() == (promised if state == MISSING else {})
