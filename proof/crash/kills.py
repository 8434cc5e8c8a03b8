"""A real process that sells and is killed with SIGKILL at a seeded moment, again and again on the same files (ES-01).

The child is a fork of this process, which has everything imported. It boots the node and sells; each sale that is
done it tells on a pipe, and a sale that was told must be there when the next child boots. The parent kills after a
seeded number of sales and a seeded part of the next one. A child that ends by itself, or comes to a stand, is a finding
like a lost sale: what was not killed proves nothing.
"""

from __future__ import annotations

import os
import random
import select
import signal
import time
import traceback
from dataclasses import dataclass, field
from io import RawIOBase
from pathlib import Path

from structlog.testing import capture_logs

from kit.clock import SystemClock
from proof.crash.boot import judged_by_verify
from proof.crash.run import folders
from proof.crash.shop import HOME, a_shop, cashier, sell
from proof.sim.parties import open_node

SALES_MAX = 4  # sales that a child may tell before it is killed
PART_SECONDS_MAX = 0.008  # of what follows
PATIENCE_SECONDS = 60.0  # for one more sale


@dataclass
class Kills:
    """The figures: kills, sales told, children killed before they told one; and what was wrong."""

    kills: int = 0
    told: int = 0
    boots_killed: int = 0
    wrong: list[str] = field(default_factory=list)


def kill_often(wanted: int, seed: int = 1) -> Kills:
    """Boot, sell, kill, `wanted` times; then look for every sale that was told."""
    kills, rng = Kills(), random.Random(seed)
    with folders() as folder, capture_logs():
        shop = a_shop(folder / "shop")
        shop.close()
        root = shop.template
        told: list[str] = []
        for _ in range(wanted):
            new, ending = one_life(root, rng)
            kills.wrong += [f"child {kills.kills}: {text}" for text in ending]
            kills.kills += 1
            kills.boots_killed += not new
            told += new
        kills.told = len(told)
        kills.wrong += missing(root, told) + judged_by_verify(root)
    return kills


def one_life(root: Path, rng: random.Random) -> tuple[list[str], list[str]]:
    """A child from its boot to its death; the ids that it told, and what was wrong with its end."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _sell_for_ever(root, theirs)
    os.close(theirs)
    wanted, part_seconds = rng.randrange(SALES_MAX + 1), rng.random() * PART_SECONDS_MAX
    with os.fdopen(ours, "rb", buffering=0) as pipe:
        try:
            told, wrong = _heard(pipe, wanted)
            time.sleep(part_seconds)
        finally:  # also when somebody ends this process: the child would sell for ever
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        while part := pipe.read(4096):
            told += part
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        wrong.append(f"ended by itself ({os.waitstatus_to_exitcode(status)}), {wanted} sales wanted")
    return told.decode().split(), wrong


def _heard(pipe: RawIOBase, wanted: int) -> tuple[bytes, list[str]]:
    """What the child tells until it has sold so often, and what is wrong when it does not."""
    told = b""
    while (lines := told.count(b"\n")) < wanted:
        if not select.select([pipe], [], [], PATIENCE_SECONDS)[0]:
            return told, [f"stood still after {lines} of {wanted} sales"]
        part = pipe.read(4096)
        if not part:
            break
        told += part
    return told, []


def _sell_for_ever(root: Path, pipe: int) -> None:
    """The child: nothing of it comes back."""
    try:
        node = open_node(root / HOME, SystemClock())
        while True:
            os.write(pipe, f"{sell(cashier(node), 'A')['id']}\n".encode())
    except Exception:  # noqa: BLE001 — the outermost loop of the child: nobody above would say it
        traceback.print_exc()
    finally:
        os._exit(1)


def missing(root: Path, told: list[str]) -> list[str]:
    """Every sale that was told is in the journal and among the documents, and no number is missing."""
    node = open_node(root / HOME, SystemClock())
    try:
        here = {row[0] for row in node.db.rows("SELECT b.id FROM body b JOIN document d ON d.id = b.id")}
        numbers = [row[0] for row in node.db.rows("SELECT n FROM document ORDER BY n")]
        incs = node.db.value("SELECT count(*) FROM inc")
    finally:
        node.close()
    wrong = [f"sale {id_} was told and is gone" for id_ in told if id_ not in here]
    if numbers != list(range(1, len(numbers) + 1)):
        wrong.append("a receipt number is missing")
    if incs != 1:
        wrong.append(f"{incs} incarnations")
    return wrong
