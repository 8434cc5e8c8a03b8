"""HQ is put back to any of its backups: the stores send again, nothing is lost, nothing counts twice."""

from __future__ import annotations

import pytest

from tests.hq.backups.conftest import judged


@pytest.fixture
def backups(chain, store):
    """Three backups with sales between them and after them."""
    found = []
    for _ in range(3):
        chain.sell(store)
        found.append(chain.backup())
    chain.sell(store)
    return found


@pytest.mark.parametrize("which", [0, 1, 2])
def test_any_of_the_last_three_can_be_restored(chain, store, backups, which):
    before = chain.hq.epoch

    done = chain.restore(backups[which])

    assert len(chain.sales()) == 2 * (which + 1)
    assert done.lost == []
    assert chain.hq.epoch == done.epoch != before
    assert chain.durable() == {}
    assert {"hq.restored", "scopes.frozen"} <= chain.alarms()
    chain.settle(store)
    assert chain.sales() == sorted(chain.sold)
    judged(chain, store)


def test_the_same_one_twice(chain, store, backups):
    first = chain.restore(backups[0])
    chain.settle(store)
    chain.sell(store)

    second = chain.restore(backups[0])
    assert len(chain.sales()) == 2
    chain.settle(store)

    assert chain.sales() == sorted(chain.sold)
    assert int(second.epoch[:8]) == int(first.epoch[:8]) + 1
    judged(chain, store)
