"""Which backups stay: the newest, in the order in which they were taken, whatever the clock said."""

from __future__ import annotations

import errno
from pathlib import Path

import msgspec
import pytest

from hq.backups import copying, promise, queries
from hq.backups.model import FAILED, KEPT_MIN, KINDS, MISSING, VERIFIED
from hq.backups.targets import Folder, reaching
from kit.sql import run
from retail.errors import Misconfigured, Unavailable

YEAR_MS = 365 * 86_400_000


def rot(file):
    raw = bytearray(file.read_bytes())
    raw[-20] ^= 1
    file.write_bytes(raw)


def states(chain):
    """Newest first."""
    return [(row.kind, row.state) for row in queries.listed(chain.hq.db)]


GOOD, BAD, AWAY = ([(kind, state) for kind in KINDS] for state in (VERIFIED, FAILED, MISSING))


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


@pytest.mark.parametrize("error", [errno.EIO, errno.ETIMEDOUT], ids=["no contact", "a line that breaks"])
def test_what_is_there_and_does_not_come_back(chain, store, monkeypatch, error):
    """It condemns nothing: the backup promises nothing until it reads back. EIO is a soft mount without server, too."""
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
    assert states(chain) == [GOOD[0], *[AWAY[1]] * 3, AWAY[0]]
    assert (chain.alarms(), chain.durable()) == ({"backup.missing"}, {})
    chain.backup()
    assert (chain.alarms(), chain.durable()) == (set(), promised)


@pytest.fixture
def both(chain, tmp_path):
    """Two targets outside the home."""
    usb, nas = tmp_path / "usb", tmp_path / "nas"
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[str(usb), str(nas)])
    return usb, nas


@pytest.fixture
def away(monkeypatch):
    """Folders that do not answer; those in it may change."""
    places: set[Path] = set()
    for method in ("put", "get", "has", "drop"):
        real = getattr(Folder, method)

        def asked(self, *arguments, real=real):
            with reaching(self):
                if self.path in places:
                    raise OSError(errno.ETIMEDOUT, "no answer")
            return real(self, *arguments)

        monkeypatch.setattr(Folder, method, asked)
    return places


def test_one_rotten_copy_condemns_nothing_while_the_other_place_is_away(chain, store, both, away):
    """The good copy lies where nobody can look for a night."""
    usb, nas = both
    chain.sell(store)
    full = chain.backup().name
    for _ in range(3):
        chain.backup("incremental")
    promised = chain.durable()
    rot(usb / full)

    away.add(nas)
    made = chain.backup("incremental")

    assert promised and "-full-" in made.name
    assert states(chain) == [GOOD[0], *[AWAY[1]] * 3, AWAY[0]]
    assert (chain.alarms(), chain.durable()) == ({"backup.missing", "backup.target_failed"}, {})
    away.clear()
    chain.backup("incremental")
    assert states(chain) == [GOOD[1], GOOD[0], *[GOOD[1]] * 3, GOOD[0]]
    assert (chain.alarms(), chain.durable()) == (set(), promised)


def test_a_file_that_is_there_again_counts_when_it_reads_back(chain, store, both, away):
    """Not the oldest, which is read every night: for several nights only its rotten copy is in reach."""
    usb, nas = both
    chain.sell(store)
    chain.backup()
    base = chain.backup().name
    chain.backup("incremental")
    rot(usb / base)
    away.add(nas)
    chain.backup("incremental")

    for kind in ("incremental", "full"):
        chain.backup(kind)
        assert states(chain)[-3:] == [AWAY[1], AWAY[0], GOOD[0]]

    rot(nas / base)
    away.clear()
    chain.backup("incremental")
    assert states(chain)[-3:] == [BAD[1], BAD[0], GOOD[0]]
    assert chain.alarms() == {"backup.rotten"}


def test_a_place_that_says_it_has_none_keeps_no_hope_up(chain, store, both):
    usb, nas = both
    chain.sell(store)
    full = chain.backup().name
    for _ in range(3):
        chain.backup("incremental")
    (nas / full).unlink()
    rot(usb / full)

    chain.backup("incremental")

    assert states(chain) == [GOOD[0], *[BAD[1]] * 3, BAD[0]]
    assert chain.alarms() == {"backup.rotten"}


def test_what_was_found_again_counts_after_a_night_without_a_backup_too(
    chain, store, both, away, monkeypatch
):
    chain.sell(store)
    for _ in range(3):
        chain.backup()
    promised = chain.durable()
    away.update(both)
    with pytest.raises(Unavailable):
        chain.backup()
    assert (states(chain)[1:], chain.durable()) == ([AWAY[0]] * 3, {})

    away.clear()
    monkeypatch.setattr(copying, "copy", no_room)
    with pytest.raises(Unavailable):
        chain.backup()

    assert (states(chain)[2:], chain.durable()) == ([GOOD[0]] * 3, promised)


def no_room(*_):
    raise Unavailable("backups.not_copied", why="no room")


def test_the_promise_rests_on_what_was_read_and_not_on_what_has_a_name(chain, store):
    """Three files are emptied in place: each in turn is the oldest, until one reads good."""
    chain.sell(store)
    for file in [chain.backup() for _ in range(3)]:
        file.write_bytes(b"")

    chain.backup()

    assert states(chain) == [GOOD[0], *[BAD[0]] * 3]
    assert (chain.alarms(), chain.durable()) == ({"backup.rotten"}, {})


def test_what_fails_after_the_backup_rings_too(chain, store):
    """A file beside the database is half written by a bad disk: the promise can neither fall nor rise."""
    chain.sell(store)
    made = [chain.backup() for _ in range(3)]
    beside = chain.hq.home / promise.FILE
    whole = beside.read_bytes()
    beside.write_bytes(whole[:20])

    with pytest.raises(Misconfigured):
        chain.backup()

    assert chain.alarms() == {"backup.failed"}
    assert states(chain) == [GOOD[0]] * (len(made) + 1), "the backup itself is good"
    beside.write_bytes(whole)
    chain.backup()
    assert chain.alarms() == set()
