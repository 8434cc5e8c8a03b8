"""The commands as a technician runs them, with a real HQ on a socket; the power of the new PC fails again and again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cheroot.wsgi import Server

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.mirror.remote import Remote
from edge.node import Node
from hq.enrolment import actions as enrolling
from kit.clock import ManualClock
from kit.crypto import fingerprint
from proof.sim.parties import Centre, a_centre, a_node, open_node, sell
from tests.edge.process import free_port
from tests.house.conftest import ROOT

KILLS = (3, 7, 10, 13)


class Line:
    """HQ behind a socket; kills the process that asks at its n-th question."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.asked = 0
        self.kill_at = 0
        self.victim: int | None = None
        self.server = Server(("127.0.0.1", 0), self, numthreads=2)
        self.server.prepare()
        self.address = f"http://127.0.0.1:{self.server.bind_addr[1]}"
        self._thread = threading.Thread(target=self.server.serve, daemon=True)
        self._thread.start()

    def __call__(self, environ: object, start_response: object) -> object:
        self.asked += 1
        if self.victim is not None and self.asked == self.kill_at:
            os.kill(self.victim, signal.SIGKILL)
        return self.centre.app(environ, start_response)  # type: ignore[arg-type]

    def close(self) -> None:
        """End serving."""
        self.server.stop()
        self._thread.join(10)


def command(home: Path, *words: str) -> subprocess.Popen[str]:
    """`lianpu-edge` in a process of its own."""
    witness = str(home.parent / f"{home.name}.witness")
    environment = {
        **os.environ, "LIANPU_EDGE_WITNESS": witness, "LIANPU_EDGE_BALLAST_MB": "1", "LIANPU_EDGE_DISK_MIN_MB": "1",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "edge.cli", "--home", str(home), *words], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def line(tmp_path: Path, clock: ManualClock) -> Iterator[Line]:
    made = Line(a_centre(tmp_path / "hq", clock, url=None))
    yield made
    made.close()
    made.centre.close()


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
        line.asked, line.kill_at = 0, kill_at
        process = command(fresh.home, *words)
        line.victim = process.pid
        _, wrong = process.communicate(timeout=60)
        assert process.returncode in (-signal.SIGKILL, 0), (
            wrong
        )  # the less is left the fewer questions are asked
        codes.append(process.returncode)
    assert codes.count(-signal.SIGKILL) >= 3
    line.victim = None
    process = command(fresh.home, *words)
    said, wrong = process.communicate(timeout=60)

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
    line: Line, tmp_path: Path, clock: ManualClock
) -> None:
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
        process.communicate(timeout=30)
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()
        node.close()


def a_receiver(there: Path, address: str) -> tuple[subprocess.Popen[str], str]:
    """`lianpu-edge mirror`, once it listens, and its secret."""
    process = command(there.parent / "no-home", "mirror", "--listen", address, "--path", str(there))
    assert process.stdout is not None
    for said in process.stdout:
        if "mirror.listening" in said:
            return process, (there / "mirror.secret").read_text()
    raise AssertionError(process.communicate()[1])


def test_a_mirror_that_listens_everywhere_is_refused(tmp_path: Path) -> None:
    process = command(
        tmp_path / "home", "mirror", "--listen", "0.0.0.0:8105", "--path", str(tmp_path / "there")
    )

    _, wrong = process.communicate(timeout=60)

    assert process.returncode == 1 and "name one address" in wrong


def test_the_doctor_says_that_the_stick_is_away(line: Line, tmp_path: Path, clock: ManualClock) -> None:
    node: Node = a_node(tmp_path / "node", line.centre, "001", clock)
    node.close()
    (node.home / "edge.toml").write_text(f'mirror_path = "{tmp_path}/nowhere"\n')

    process = command(node.home, "doctor")
    said, _ = process.communicate(timeout=60)

    [words] = [row for row in said.splitlines() if " mirror:" in row]
    assert words.startswith("fail") and "Plug the stick in" in words
