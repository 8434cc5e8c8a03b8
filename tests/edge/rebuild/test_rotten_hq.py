"""HQ cannot give all that it has of the dead PC's log: the mirror fills it, or what is missing is said exactly."""

from __future__ import annotations

import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import owner_of
from edge.rebuild.actions import Rebuilt, Unfinished, rebuild
from edge.rebuild.command import lines, patiently
from sync.calls import Answer, Request
from sync.transport import Transport
from tests.edge.rebuild.conftest import Dead, shop, world

__all__ = ["shop", "world"]


def spoil(dead: Dead, seq: int) -> str:
    """The sale at this place is rotten at HQ; returns the life's name."""
    with dead.shop.world.centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE body SET body = CAST(body || x'20' AS BLOB) WHERE seq = ?", (seq,))
    return str(dead.shop.world.centre.hq.db.value("SELECT inc FROM inc"))


def test_the_mirror_gives_what_hq_cannot(dead: Dead) -> None:
    """Three sales are at seq 2 … 4 of HQ, of which it can give the first."""
    spoil(dead, 3)
    node = dead.new_pc()

    rebuilt = dead.rebuild(node)

    assert dead.sales(node) == sorted(dead.ids)
    assert rebuilt.certain and rebuilt.withheld == []
    assert [(one.from_hq, one.from_mirror) for one in rebuilt.series] == [(1, 6)]
    node.close()


def test_without_a_mirror_what_hq_cannot_give_is_named_exactly(dead: Dead) -> None:
    inc = spoil(dead, 3)
    node = dead.new_pc()

    rebuilt = dead.rebuild(node, mirror=False)

    assert dead.sales(node) == sorted(dead.ids[:1])
    assert rebuilt.withheld == [(inc, 3, 4)] and not rebuilt.certain
    assert f"HQ has events 3 to 4 of {inc[:8]} and cannot give them: look at its alarms" in lines(
        "001", rebuilt
    )
    node.close()


def test_a_mirror_with_a_gap_there_is_not_called_certain(dead: Dead) -> None:
    inc = spoil(dead, 3)
    [file] = sorted((dead.shop.stick / "lianpu-mirror").glob("*/*.log"))
    node = dead.new_pc()
    away = file.rename(dead.shop.stick / "away")

    rebuilt = dead.rebuild(node)

    assert (rebuilt.mirror, rebuilt.withheld) == ("empty", [(inc, 3, 4)]) and not rebuilt.certain
    away.rename(file)
    assert dead.rebuild(node).certain
    node.close()


class Refusing:
    """HQ, or somebody before it, that gives no piece of a log."""

    def __init__(self, line: Transport) -> None:
        self.line = line

    def send(self, request: Request) -> Answer:
        given = "/log/" not in request.path or "/hashes" in request.path
        return self.line.send(request) if given else Answer(500, {}, b"")

    def close(self) -> None:
        """Nothing is held."""


def test_the_mirror_is_read_although_hq_gives_nothing(dead: Dead) -> None:
    """It is tried again first, as for any HQ that refuses; then it is said what is here and what is not."""
    node, pauses = dead.new_pc(), list[float]()
    line, place = Refusing(dead.shop.world.line), Folder(dead.shop.stick, owner_of(node))

    def step() -> Rebuilt:
        return rebuild(node, place, [], lambda: line)

    with pytest.raises(Unfinished):
        step()
    rebuilt = patiently(step, pauses.append)

    assert pauses and dead.sales(node) == sorted(dead.ids)
    assert rebuilt.withheld == [] and not rebuilt.certain
    assert any("HQ refused" in line for line in lines("001", rebuilt))
    node.close()
