"""BK-01: `lianpu-hq backup` dies by SIGKILL at each of its steps; what it leaves counts for nothing."""

from __future__ import annotations

import pytest

from hq import config
from hq.backups import queries
from hq.backups.model import VERIFIED
from hq.backups.places import HOME_FOLDER
from tests.edge.syncing.conftest import Store
from tests.hq.backups.conftest import Chain, judged
from tests.hq.backups.dying import Step, killed

STEPS = [
    ("hq.backups.copying", "engine_backup", "after"),
    ("hq.backups.archive", "pack", "after"),
    ("hq.backups.targets", "sync_folder", "before"),
    ("hq.backups.actions", "store", "after"),
    ("hq.backups.image", "drill", "before"),
    ("hq.backups.actions", "_succeeded", "before"),
]


def proven(chain: Chain) -> list[str]:
    return [
        row[0] for row in chain.hq.db.rows("SELECT file FROM backup WHERE state = 'verified' ORDER BY file")
    ]


AFTERWARDS = [
    ("hq.backups.keeping", "_look", "before"),
    ("hq.backups.unproven", "note", "before"),
    ("hq.backups.keeping", "_set", "before"),
    ("hq.backups.unproven", "delete", "before"),
    ("hq.backups.promise", "note", "before"),
    ("hq.backups.repository", "promise", "before"),
    ("hq.backups.keeping", "make_up", "before"),
    ("hq.backups.keeping", "_tell_targets", "before"),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[2]} {step[1]}")
def test_bk_01_a_killed_backup_is_never_half_counted(chain: Chain, store: Store, step: Step) -> None:
    """The next start is healthy, `durable` does not move, the next backup is whole and sweeps what was left."""
    for _ in range(3):
        chain.sell(store, 1)
        chain.backup()
    chain.sell(store, 1)
    before, promised, home = proven(chain), chain.durable(), chain.hq.home
    assert len(before) == 3 and promised
    chain.hq.close()

    killed(home, step, "backup")

    chain.open_again(home)
    assert proven(chain) == before and chain.durable() == promised
    assert chain.hq.db.value("SELECT count(*) FROM backup") == 3
    whole = chain.backup()
    assert proven(chain) == sorted([*before, whole.name])
    assert not list(home.glob("backup-work/*"))
    assert sorted(file.name for file in (home / HOME_FOLDER).iterdir()) == proven(chain)
    chain.settle(store)
    judged(chain, store)


@pytest.mark.parametrize("step", AFTERWARDS, ids=lambda step: f"{step[2]} {step[1]}")
def test_bk_01_killed_while_old_ones_are_deleted(chain: Chain, store: Store, step: Step) -> None:
    """The new one is proven already; no file is left that nobody knows, and no promise that nothing stands behind."""
    (chain.hq.home / "hq.toml").write_text("backup_keep = 3\n")
    chain.hq.config = config.load(chain.hq.home)
    for _ in range(3):
        chain.sell(store, 1)
        chain.backup()
    chain.sell(store, 1)
    home = chain.hq.home
    chain.hq.close()

    killed(home, step, "backup")

    chain.open_again(home)
    chain.backup()
    assert len(proven(chain)) == 3 and chain.alarms() == set()
    assert sorted(file.name for file in (home / HOME_FOLDER).iterdir()) == proven(chain)
    with chain.hq.db.read() as connection:
        oldest = queries.heads_of(connection, queries.in_state(connection, VERIFIED)[-1].id)
    assert chain.durable() == {inc: seq for (node, inc), (seq, _) in oldest.items() if node != "hq"}
    chain.settle(store)
    judged(chain, store)
