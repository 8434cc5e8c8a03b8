"""The running server as a technician and a power cut meet it: start, commands beside it, SIGTERM, SIGKILL."""

from __future__ import annotations

import json
import shutil
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from edge import control
from edge.node import Node
from kit.clock import SystemClock
from proof.sockets import free_port
from retail.errors import LianpuError, Unavailable
from sync.chain import body_hash, link_hash
from tests.builders.edge import CASHIER, CASHIER_PIN, Shop, a_copy, config_for
from tests.edge.process import Running
from tests.patience import ENOUGH_SECONDS

READY_MS_MAX = 6_000  # of the processor's time: the bench asks for half of it, on a machine at rest


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    made = tmp_path / "node"
    shutil.copytree(template, made)
    shutil.copy(template.parent / f"{template.name}.witness", tmp_path / "node.witness")
    return made


@pytest.fixture
def running(home: Path) -> Iterator[Running]:
    server = Running(home)
    yield server
    if server.process.poll() is None:
        server.kill()


def sit_down(server: Running) -> None:
    """Pair by the command line, sign in over HTTP."""
    code = json.loads(server.cli("pair", "01", "--json").stdout)["code"]
    server.post("pair", {"code": code, "label": "process"})
    assert server.post("sign-in", {"staff": CASHIER, "pin": CASHIER_PIN})["ok"]


def checked(home: Path) -> list[str]:
    """Open the home as a node; every link and number must hold. Returns the receipt numbers in order."""
    node = Node(home, config_for(home), SystemClock())
    try:
        assert node.db.integrity_problems() == []
        for inc in node.db.rows("SELECT * FROM inc ORDER BY ordinal"):
            prev = None
            links = node.db.rows(
                "SELECT l.*, b.body FROM link l JOIN body b ON b.id = l.id WHERE inc = ? ORDER BY seq",
                (inc["inc"],),
            )
            for seq, row in enumerate(links, 1):
                assert row["seq"] == seq and row["bh"] == body_hash(row["body"])
                assert prev is None or row["prev"] == prev
                prev = link_hash(inc["node"], inc["inc"], seq, row["prev"], row["bh"])
                assert row["hash"] == prev
        rows = node.db.rows("SELECT number, n FROM document ORDER BY n")
        assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
        return [row["number"] for row in rows]
    finally:
        node.close()


def test_a_whole_life_with_a_kill_in_the_middle(running: Running) -> None:
    assert running.ready_ms < READY_MS_MAX
    sit_down(running)
    running.post("basket/scan", {"code": "2000000000015"})
    body = {"cash_given_minor": 1000}
    first = running.post("sale/finish", body, key="the-same-key")["sale"]
    running.post("basket/scan", {"code": "2000000000022"})

    running.kill()
    running.start()

    assert running.ready_ms < READY_MS_MAX
    assert running.post("sale/finish", body, key="the-same-key")["sale"] == first
    state = running.session.get(f"{running.address}/api/v1/state", timeout=ENOUGH_SECONDS).json()["state"]
    assert [line["sku"] for line in state["basket"]["lines"]] == ["B"]
    second = running.post("sale/finish", {"cash_given_minor": 1000})["sale"]
    assert (first["number"][-2:], second["number"][-2:]) == ("-1", "-2")

    assert running.end() == 0
    assert any('"server.ended"' in line for line in running.said)
    assert not (running.home / "control.json").exists()
    assert checked(running.home) == [first["number"], second["number"]]


def test_killed_at_any_moment_no_sale_that_was_told_is_lost(running: Running) -> None:
    sit_down(running)
    told: list[str] = []
    for life in range(4):
        enough = threading.Event()

        def sell(server: Running = running, enough: threading.Event = enough) -> None:
            try:
                while True:
                    server.post("basket/scan", {"code": "2000000000015"})
                    paid = {"cash_given_minor": 100_000}  # a kill may have left a line in the basket
                    told.append(server.post("sale/finish", paid)["sale"]["number"])
                    if len(told) % 7 == 6:
                        enough.set()
            except (requests.ConnectionError, requests.JSONDecodeError, KeyError):
                enough.set()  # the server is gone

        thread = threading.Thread(target=sell)
        thread.start()
        assert enough.wait(ENOUGH_SECONDS)
        running.kill()
        thread.join()
        if life < 3:
            running.start()
            assert running.ready_ms < READY_MS_MAX

    numbers = checked(running.home)
    assert len(told) > 20 and set(told) <= set(numbers) and len(numbers) - len(told) <= 4


def test_commands_go_to_the_running_server_and_alone_when_none_runs(running: Running) -> None:
    def ask(name: str, **arguments: str) -> dict[str, object]:
        found: dict[str, object] = control.call(running.home, name, arguments, lambda: {"alone": True})
        return found

    assert stat.S_IMODE((running.home / "control.json").stat().st_mode) == 0o600
    assert len(str(ask("pair", terminal="02")["code"])) == 8
    assert ask("unlock", staff=CASHIER, terminal="01") == {"unlocked": [f"staff:{CASHIER}", "device:01"]}
    unknown = running.cli("pair", "99")
    assert (unknown.returncode, unknown.stderr.strip()) == (
        1,
        "Error: There is no terminal 99 in this store. Nothing was changed. Choose one from the list."
        " [people.terminal_unknown (terminal='99')]",
    )

    running.end()

    assert ask("pair", terminal="02") == {"alone": True}
    assert len(json.loads(running.cli("pair", "02", "--json").stdout)["code"]) == 8


def test_a_second_server_on_the_same_home_or_port_is_refused_in_words(
    running: Running, template: Path, tmp_path: Path
) -> None:
    second = running.cli("run")
    assert second.returncode == 1 and "in use by another Lianpu process" in second.stderr
    assert "Traceback" not in second.stderr

    other = tmp_path / "other"
    shutil.copytree(template, other)
    squatter = Running.__new__(Running)
    squatter.home, squatter.port = other, running.port
    third = squatter.cli("run")
    assert third.returncode == 1 and f"127.0.0.1:{running.port} cannot be used" in third.stderr
    assert "Traceback" not in third.stderr
    assert not (other / "control.json").exists()


def test_a_setting_that_nobody_knows_is_refused_in_words(home: Path) -> None:
    (home / "edge.toml").write_text("prot = 1\n", encoding="utf-8")
    squatter = Running.__new__(Running)
    squatter.home, squatter.port = home, free_port()
    found = squatter.cli("run")
    assert found.returncode == 1 and "unknown setting prot; did you mean port?" in found.stderr
    assert "Traceback" not in found.stderr


# -- the token file ----------------------------------------------------------------------------------------


def test_a_stale_token_file_of_a_killed_server_is_no_obstacle(tmp_path: Path) -> None:
    control.announce(tmp_path, free_port())
    assert control.call(tmp_path, "pair", {}, lambda: "alone") == "alone"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"port": "x", "token": "t"}', '{"token": "t"}', "null"])
def test_a_broken_token_file_is_no_obstacle(tmp_path: Path, content: str) -> None:
    (tmp_path / control.FILE).write_text(content)
    assert control.call(tmp_path, "pair", {}, lambda: "alone") == "alone"


def test_another_program_at_the_old_port_is_not_believed(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        control.announce(tmp_path, stranger.getsockname()[1])

        def answer() -> None:
            line, _ = stranger.accept()
            with line:
                line.recv(10_000)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")

        thread = threading.Thread(target=answer)
        thread.start()
        assert control.call(tmp_path, "pair", {}, lambda: "alone") == "alone"
        thread.join()


def test_refusals_of_the_server_come_back_by_their_code(tmp_path: Path, template: Path) -> None:
    shop: Shop = a_copy(template, tmp_path / "node")
    try:
        with pytest.raises(LianpuError, match="people.terminal_unknown"):
            control.call(tmp_path, "pair", {}, lambda: _raise(shop))
    finally:
        shop.close()
    assert issubclass(Unavailable, LianpuError)


def _raise(shop: Shop) -> None:
    from edge.commands import COMMANDS

    COMMANDS["pair"](shop.node, {"terminal": "99"})
