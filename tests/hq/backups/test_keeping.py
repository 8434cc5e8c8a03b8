"""Which backups stay: the newest, in the order in which they were taken, whatever the clock said."""

from __future__ import annotations

import msgspec
import pytest

from hq.backups import queries
from hq.backups.model import KEPT_MIN

YEAR_MS = 365 * 86_400_000


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
