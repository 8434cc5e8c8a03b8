"""HQ on a socket, and the commands of a store in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from cheroot.wsgi import Server

from proof.sim.parties import Centre
from tests.house.conftest import ROOT


class Line:
    """HQ behind a socket; kills the process that asks at its n-th question."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.asked = 0
        self.kill_at = 0
        self.victim: int | None = None
        self.starting = threading.Lock()  # held from the start of a process until it is known as the victim
        self.server = Server(("127.0.0.1", 0), self, numthreads=2, timeout=600)
        self.server.prepare()
        self.address = f"http://127.0.0.1:{self.server.bind_addr[1]}"
        self._thread = threading.Thread(target=self.server.serve, daemon=True)
        self._thread.start()

    def __call__(self, environ: object, start_response: object) -> object:
        with self.starting:
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


def a_receiver(there: Path, address: str) -> tuple[subprocess.Popen[str], str]:
    """`lianpu-edge mirror`, once it listens, and its secret."""
    process = command(there.parent / "no-home", "mirror", "--listen", address, "--path", str(there))
    assert process.stdout is not None
    for said in process.stdout:
        if "mirror.listening" in said:
            return process, (there / "mirror.secret").read_text()
    raise AssertionError(process.communicate()[1])
