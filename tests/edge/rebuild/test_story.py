"""A till that sells over HTTP, its mirror on a stick or on another PC, and the day on which it is gone (C6, BK-07).

HQ was never reached while it sold: only the mirror has the sales.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest

from edge import control
from edge.mirror.folder import Folder
from edge.mirror.keeper import owner_of
from edge.mirror.keys import Keys
from edge.mirror.model import Owner
from edge.node import Node
from edge.syncing import enrolment
from hq.enrolment import actions as enrolling
from kit.clock import ManualClock
from kit.crypto import fingerprint
from kit.db import engine_readonly_rows
from proof.sim.parties import open_node
from proof.sockets import free_port
from tests.builders.edge import CASHIER, CASHIER_PIN, a_copy
from tests.edge.process import Running
from tests.edge.rebuild.processes import Line, a_receiver, command
from tests.patience import ENOUGH_SECONDS


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the till's disk."""
    others = [place for place in ("/dev/shm", "/var/tmp", "/tmp") if os.path.isdir(place)]
    away = [place for place in others if os.stat(place).st_dev != os.stat(tmp_path).st_dev]
    if not away:
        pytest.skip("this machine has one file system only")
    made = Path(tempfile.mkdtemp(prefix="lianpu-stick-", dir=away[0]))
    yield made
    shutil.rmtree(made)


def enrolled(line: Line, template: Path, home: Path) -> Owner:
    """A shop with goods and people that HQ knows, and that has its mirror's key; since then the line is dead."""
    shop = a_copy(template, home)
    node, line_in = shop.node, line.centre.transport()
    code = enrolling.make_code(
        line.centre.context, node.store, expected_fingerprint=fingerprint(node.key.public)
    )
    nobody = f"http://127.0.0.1:{free_port()}"
    assert enrolment.enrol(node, nobody, code, transport=line_in)["state"] == "enrolled"
    Keys(node, line_in).seal(node.key.public)
    owner = owner_of(node)
    shop.close()
    return owner


def sit_down(till: Running) -> None:
    """Pair and sign in."""
    code = control.call(till.home, "pair", {"terminal": "01"}, dict)["code"]
    till.post("pair", {"code": code, "label": "story"})
    assert till.post("sign-in", {"staff": CASHIER, "pin": CASHIER_PIN})["ok"]


def sold(till: Running, count: int) -> list[str]:
    """The numbers that the buyers were told."""
    told = []
    for _ in range(count):
        till.post("basket/scan", {"code": "2000000000015"})
        told.append(till.post("sale/finish", {"cash_given_minor": 1000})["sale"]["number"])
    return told


def mirrored(till: Running, place: Folder) -> None:
    """Wait until the mirror has all that the till has."""
    [(head,)] = engine_readonly_rows(till.home / "node.sqlite", "SELECT max(seq) FROM link")
    enough = Event()
    timer = Timer(ENOUGH_SECONDS, enough.set)
    timer.start()
    try:
        while [standing.seq for standing in place.standings()] != [head]:
            assert not enough.is_set(), place.standings()
    finally:
        timer.cancel()


def rebuilt(line: Line, home: Path, *words: str) -> tuple[str, Node]:
    """`lianpu-edge rebuild` on an empty PC; what it says, and the node as it is then."""
    fresh = open_node(home, ManualClock())
    code = enrolling.make_code(line.centre.context, "001", expected_fingerprint=fingerprint(fresh.key.public))
    fresh.close()
    process = command(home, "rebuild", "--hq", line.address, "--code", code, *words)
    said, wrong = process.communicate(timeout=ENOUGH_SECONDS)
    assert process.returncode == 0, wrong
    return said, open_node(home, ManualClock())


def numbers(node: Node) -> list[str]:
    rows = node.db.rows("SELECT number FROM document ORDER BY n")
    node.close()
    return [row["number"] for row in rows]


def test_the_stick_brings_every_sale_back(line: Line, template: Path, tmp_path: Path, stick: Path) -> None:
    home = tmp_path / "till"
    owner = enrolled(line, template, home)
    (home / "edge.toml").write_text(f'mirror_path = "{stick}"\n')
    till = Running(home)
    try:
        sit_down(till)
        told = sold(till, 5)
        mirrored(till, Folder(stick, owner))
    finally:
        till.kill()
    shutil.rmtree(home)

    said, node = rebuilt(line, tmp_path / "new", "--mirror", str(stick))

    assert numbers(node) == told
    assert "5 from the mirror" in said and "nothing that it had is missing" in said


def test_the_other_pc_brings_every_sale_back(line: Line, template: Path, tmp_path: Path) -> None:
    home, there, address = tmp_path / "till", tmp_path / "other-pc", f"127.0.0.1:{free_port()}"
    owner = enrolled(line, template, home)
    other, secret = a_receiver(there, address)
    try:
        words = f'mirror_url = "http://{address}"\nmirror_secret = "{secret}"\n'
        (home / "edge.toml").write_text(words)
        till = Running(home)
        try:
            sit_down(till)
            told = sold(till, 5)
            mirrored(till, Folder(there, owner))
        finally:
            till.kill()
        shutil.rmtree(home)

        place = ("--mirror", f"http://{address}", "--secret", secret)
        said, node = rebuilt(line, tmp_path / "new", *place)
    finally:
        other.kill()
        other.communicate()

    assert numbers(node) == told
    assert "5 from the mirror" in said and "nothing that it had is missing" in said
