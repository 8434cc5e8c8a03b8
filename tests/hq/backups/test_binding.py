"""Backups are made with the one key whose words are in the safe."""

from __future__ import annotations

import pytest

from hq.backups import keys, queries, repository
from hq.backups.sealed import KEY_BYTES
from kit.crypto import random_bytes, write_secret
from retail.errors import Conflict


def bit(raw):
    return bytes([raw[0] ^ 1, *raw[1:]])


@pytest.mark.parametrize("other", [bit, lambda _: random_bytes(KEY_BYTES)], ids=["a bit", "another key"])
@pytest.mark.parametrize("kind", ["full", "incremental"])
def test_another_key_in_its_file_makes_no_backup(chain, store, kind, other):
    """It would prove itself, count for what stores delete, and no words in the safe would open it."""
    path = chain.hq.home / keys.FILE
    chain.sell(store)
    made = [chain.backup() for _ in range(3)]
    raw, promised = path.read_bytes(), chain.durable()
    chain.sell(store)
    write_secret(path, other(raw))

    for _ in range(3):
        with pytest.raises(Conflict, match="backups.key_changed"):
            chain.backup(kind)

    assert chain.alarms() == {"backup.failed"}
    assert (chain.durable(), [file.exists() for file in made]) == (promised, [True] * 3)
    write_secret(path, raw)
    chain.backup(kind)
    assert chain.alarms() == set()


def test_a_restored_headquarters_goes_on_with_the_key_that_opened_it(chain, store):
    chain.sell(store)
    chain.backup()
    file = chain.backup()
    raw = (chain.hq.home / keys.FILE).read_bytes()

    chain.restore(file)
    chain.backup()

    assert queries.key_id(chain.hq.db) == keys.id_of(raw)


def test_a_database_that_does_not_know_its_key_learns_it_with_the_next_backup(chain):
    """As after an update."""
    chain.backup()
    with chain.hq.db.write() as connection:
        repository.bind_key(connection, "")

    chain.backup()

    assert queries.key_id(chain.hq.db) == keys.id_of(keys.load(chain.hq.home / keys.FILE))
