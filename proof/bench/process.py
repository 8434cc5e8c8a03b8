"""The process of a store node: how long it takes to start and how much memory it holds after work on all threads.

A real process with 100,000 products; a client pairs, sells baskets and searches until every thread of the server has
read. Memory is PSS, as the kernel counts it. The limit is a process with Flask and cheroot that only says it is well.
What an installation takes on the disk (`installed`) stands beside it: Flask and cheroot with what they need.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from proof.bench import installed
from proof.bench.measure import Figure
from proof.bench.scan import PRODUCTS, codes, prepare
from proof.bench.shop import INITIAL, PIN, STAFF
from proof.demo.processes import Child
from proof.demo.till import TillClient
from proof.skipped import Skipped
from proof.sockets import free_port
from schemas.config.edge import EdgeConfig

BASKETS, LINES, SEARCHES = 3, 40, 64
PSS_MB_MAX, START_SECONDS_MAX, INSTALLED_MB_MAX = 90.0, 3.0, 90.0
ROLLUP = Path("/proc/self/smaps_rollup")
BARE = """
import sys
from cheroot.wsgi import Server
from flask import Flask
app = Flask("bare")
app.get("/healthz")(lambda: "ok")
Server(("127.0.0.1", int(sys.argv[1])), app, numthreads=32).start()
"""


def measure(rounds: int, products: int = PRODUCTS) -> list[Figure]:
    """Start, PSS and size on the disk of the node beside those of the bare process."""
    if not ROLLUP.exists():
        raise Skipped("no PSS: this kernel has no smaps_rollup")
    starts, sizes, bare_starts, bare_sizes = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        home = Path(folder) / "node"
        config = EdgeConfig(
            port=free_port(), witness=str(Path(folder) / "witness"), ballast_mb=1, disk_min_mb=1
        )
        code = prepare(home, config, products)
        client = TillClient(f"http://127.0.0.1:{config.port}")
        known = codes(products)
        for n in range(rounds):
            with started(a_node(home, config, Path(folder) / "node.log")) as (child, seconds):
                if not n:
                    client.pair(code)
                    client.sign_in(STAFF, PIN, INITIAL)
                work(client, known)
                starts.append(seconds)
                sizes.append(pss_mb(child))
            port = free_port()
            bare = Child(
                "bare", ["-c", BARE, str(port)], f"http://127.0.0.1:{port}/healthz", Path(folder) / "bare.log"
            )
            with started(bare) as (child, seconds):
                bare_starts.append(seconds)
                bare_sizes.append(pss_mb(child))
    return [
        _figure("start of the store node until it answers", starts, bare_starts, "s", START_SECONDS_MAX),
        _figure("memory of the store node after work, PSS", sizes, bare_sizes, "MB", PSS_MB_MAX),
        _figure(
            "installed, without Python, pip and font", [installed.store_mb()], [installed.bare_mb()], "MB",
            INSTALLED_MB_MAX,
        ),
    ]  # fmt: skip


def a_node(home: Path, config: EdgeConfig, log: Path) -> Child:
    """The process of a node, not started."""
    return Child(
        "node", ["-m", "edge.cli", "--home", str(home), "run"], f"http://127.0.0.1:{config.port}/healthz", log,
        {
            "LIANPU_EDGE_PORT": str(config.port), "LIANPU_EDGE_WITNESS": config.witness,
            "LIANPU_EDGE_BALLAST_MB": str(config.ballast_mb), "LIANPU_EDGE_DISK_MIN_MB": str(config.disk_min_mb),
        },
    )  # fmt: skip


@contextmanager
def started(child: Child) -> Iterator[tuple[Child, float]]:
    """The running process, with the seconds until it answered."""
    began = time.perf_counter()
    try:
        child.start()
        yield child, time.perf_counter() - began
    finally:
        child.stop()


def work(client: TillClient, known: Iterator[str]) -> None:
    """Baskets sold and words searched, enough to come by every thread."""
    for _ in range(BASKETS):
        for code in islice(known, LINES):
            client.post("/basket/scan", {"code": code, "source": "wedge"})
        client.post("/sale/finish", {"add": []})
    for n in range(SEARCHES):
        client.get(f"/search?q={'milk' if n % 2 else 'bread'}")


def pss_mb(child: Child) -> float:
    """Memory of a process in MB of 2**20 bytes, what it shares counted by its share."""
    assert child.process is not None
    text = Path(f"/proc/{child.process.pid}/smaps_rollup").read_text(encoding="ascii")
    kib = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kib / 1024


def _figure(item: str, mine: list[float], theirs: list[float], unit: str, bound: float) -> Figure:
    ours, limit = statistics.median(mine), statistics.median(theirs)
    return Figure(item, ours, limit, unit, ours / limit, bound / limit, bound=bound)
