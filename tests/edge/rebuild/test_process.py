"""The commands as a technician runs them, with a real HQ on a socket; the power of the new PC fails again and again."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.mirror.remote import Remote
from edge.node import Node
from hq.enrolment import actions as enrolling
from kit.clock import ManualClock
from kit.crypto import fingerprint
from proof.sim.parties import a_node, open_node, sell
from proof.sockets import free_port
from tests.edge.rebuild.processes import Line, a_receiver, command
from tests.patience import ENOUGH_SECONDS

KILLS = (3, 7, 10, 13)


def test_bk_07_killed_again_and_again_the_rebuild_loses_nothing(
    line: Line, tmp_path: Path, clock: ManualClock
) -> None:
    """BK-07, N4: SIGKILL at four questions to HQ, then a run to the end."""
    stick = tmp_path / "stick"
    stick.mkdir()
    old = a_node(tmp_path / "old", line.centre, "001", clock)
    told = [sell(old) for _ in range(5)]
    assert Mirror(old, Folder(stick, owner_of(old)), line.centre.transport()).turn()
    old.close()
    shutil.rmtree(old.home)
    fresh = open_node(tmp_path / "new", clock)
    code = enrolling.make_code(line.centre.context, "001", expected_fingerprint=fingerprint(fresh.key.public))
    fresh.close()
    words = ("rebuild", "--hq", line.address, "--code", code, "--mirror", str(stick))

    codes = []
    for kill_at in KILLS:
        with line.starting:
            line.asked, line.kill_at = 0, kill_at
            process = command(fresh.home, *words)
            line.victim = process.pid
        _, wrong = process.communicate(timeout=ENOUGH_SECONDS)
        assert process.returncode in (-signal.SIGKILL, 0), (
            wrong
        )  # the less is left the fewer questions are asked
        codes.append(process.returncode)
    assert codes.count(-signal.SIGKILL) >= 3
    line.victim = None
    process = command(fresh.home, *words)
    said, wrong = process.communicate(timeout=ENOUGH_SECONDS)

    assert process.returncode == 0, wrong
    name = told[0].number.rpartition("-")[0]
    assert f"{name}: 0 receipts from HQ, 5 from the mirror, last {name}-5" in said
    assert "nothing that it had is missing" in said
    line.centre.projector.drain()
    assert sorted(row[0] for row in line.centre.hq.db.rows("SELECT id FROM sale")) == sorted(
        s.id for s in told
    )
    assert_whole(fresh.home, clock, [one.id for one in told])


def assert_whole(home: Path, clock: ManualClock, ids: list[str]) -> None:
    node = open_node(home, clock)
    found = [row[0] for row in node.db.rows("SELECT id FROM body WHERE type = 'sale.completed' ORDER BY id")]
    node.close()
    assert found == sorted(ids)


def test_the_other_pc_is_killed_and_keeps_what_it_said_it_has(
    line: Line, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.mirror.remote.SECONDS", (60.0, 60.0))
    there, address = tmp_path / "other-pc", f"127.0.0.1:{free_port()}"
    node = a_node(tmp_path / "node", line.centre, "001", clock)
    process, secret = a_receiver(there, address)
    try:
        place = Remote(f"http://{address}", secret, owner_of(node))
        mirror = Mirror(node, place, line.centre.transport())
        sell(node)
        assert mirror.turn(), mirror.why
        process.kill()
        process.communicate()
        sell(node)
        assert not mirror.turn() and mirror.state == "unreachable"

        process, same = a_receiver(there, address)
        assert same == secret and mirror.turn(), mirror.why
        [standing] = place.standings()
        assert standing.seq == node.journal.head.seq
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=ENOUGH_SECONDS)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
        node.close()


def test_a_mirror_that_listens_everywhere_is_refused(tmp_path: Path) -> None:
    process = command(
        tmp_path / "home", "mirror", "--listen", "0.0.0.0:8105", "--path", str(tmp_path / "there")
    )

    _, wrong = process.communicate(timeout=ENOUGH_SECONDS)

    assert process.returncode == 1 and "name one address" in wrong


def test_the_doctor_says_that_the_stick_is_away(line: Line, tmp_path: Path, clock: ManualClock) -> None:
    node: Node = a_node(tmp_path / "node", line.centre, "001", clock)
    node.close()
    (node.home / "edge.toml").write_text(f'mirror_path = "{tmp_path}/nowhere"\n')

    process = command(node.home, "doctor")
    said, _ = process.communicate(timeout=ENOUGH_SECONDS)

    [words] = [row for row in said.splitlines() if " mirror:" in row]
    assert words.startswith("fail") and "Plug the stick in" in words
