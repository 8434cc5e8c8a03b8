"""Two windows of one browser at one basket of a real server, both at work at once (UI-04)."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from tests.edge.process import Running
from tests.edge.test_process import checked, sit_down
from tests.patience import ENOUGH_SECONDS

SCANS = 15


class Window:
    """Another window of the same browser: the cookies are one, the connection and the keys are its own."""

    def __init__(self, server: Running, name: str) -> None:
        self.server, self.name, self.sent = server, name, 0
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.cookies.update(server.session.cookies)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sent += 1
        answer = self.session.post(
            f"{self.server.address}/api/v1/{path}", json=body, timeout=ENOUGH_SECONDS,
            headers={"X-Lianpu": "1", "Idempotency-Key": f"{self.name}-key-number-{self.sent}"},
        )  # fmt: skip
        found: dict[str, Any] = answer.json()
        return found

    def scan_many(self) -> list[dict[str, Any]]:
        return [self.post("basket/scan", {"code": "2000000000015"}) for _ in range(SCANS)]


def test_no_scan_is_lost_one_window_sells_and_the_late_one_is_told(template: Path, tmp_path: Path) -> None:
    home = tmp_path / "node"
    shutil.copytree(template, home)
    shutil.copy(template.parent / f"{template.name}.witness", tmp_path / "node.witness")
    server = Running(home)
    try:
        sit_down(server)
        first, second = Window(server, "first"), Window(server, "second")
        with ThreadPoolExecutor(2) as pool:
            answers = [one for many in pool.map(Window.scan_many, (first, second)) for one in many]
        assert all(answer["ok"] for answer in answers)
        state = server.session.get(f"{server.address}/api/v1/state", timeout=ENOUGH_SECONDS).json()["state"]
        basket = state["basket"]
        assert sum(line["quantity"] for line in basket["lines"]) == 2 * SCANS * 1000

        outdated = {"basket": basket["id"], "version": state["version"], "add": []}
        first.post("basket/scan", {"code": "2000000000022"})
        assert second.post("sale/finish", outdated)["code"] == "till.basket_changed"
        state = server.session.get(f"{server.address}/api/v1/state", timeout=ENOUGH_SECONDS).json()["state"]
        current = outdated | {"version": state["version"]}
        with ThreadPoolExecutor(2) as pool:
            paid = list(pool.map(lambda window: window.post("sale/finish", current), (first, second)))
        assert paid[0]["sale"] == paid[1]["sale"]
        assert server.end() == 0
        assert checked(home) == [paid[0]["sale"]["number"]]
    finally:
        if server.process.poll() is None:
            server.kill()
