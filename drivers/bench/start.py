"""Start a bench of emulated hardware in this process: printers with drawers on TCP or serial, scanners on serial.

    bench = start({"printers": [{"name": "store-1", "port": 9101, "dots": 576, "characters": "gbk"}],
                   "scanners": [{"name": "scan-1", "path": "/tmp/scan-1"}],
                   "http": {"port": 8099}})
    bench.printer("store-1").set("paper_out", True)
    bench.scanner("scan-1").scan("6901234567892")
    bench.stop()

A printer needs "port" (0 chooses one) or "path"; `bench.address` tells what was chosen. "http" is optional.
"""

import threading
from collections.abc import Mapping
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from drivers.bench.devices import Bench
from drivers.bench.page import create_app
from retail.errors import Misconfigured

PRINTER_KEYS = {"name", "host", "port", "path", "dots", "characters", "maker", "model", "switches"}
SCANNER_KEYS = {"name", "path", "terminator", "encoding"}


class QuietHandler(WSGIRequestHandler):
    """A demo's console is for the demo, not for every picture that a browser fetches."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def start(config: Mapping[str, Any]) -> Bench:
    """Start what the configuration names. Misconfigured lists every problem before anything starts."""
    problems = _problems(config)
    if problems:
        raise Misconfigured(problems)
    bench = Bench()
    for wish in config.get("printers", ()):
        bench.add_printer(wish)
    for wish in config.get("scanners", ()):
        bench.add_scanner(wish)
    http = config.get("http")
    if http is not None:
        serve_http(bench, http.get("host", "127.0.0.1"), int(http["port"]))
    return bench


def serve_http(bench: Bench, host: str, port: int) -> None:
    """Serve the hardware bench page until the bench stops."""
    server = make_server(host, port, create_app(bench), threaded=True, request_handler=QuietHandler)
    bench.http_url = f"http://{host}:{server.server_port}/"
    bench.at_stop += [server.shutdown, server.server_close]
    threading.Thread(target=server.serve_forever, name="hardware-bench", daemon=True).start()


def _problems(config: Mapping[str, Any]) -> list[str]:
    problems = [f"unknown key {key}" for key in config if key not in ("printers", "scanners", "http")]
    names: set[str] = set()
    for group, allowed in (("printers", PRINTER_KEYS), ("scanners", SCANNER_KEYS)):
        for wish in config.get(group, ()):
            name = str(wish.get("name") or "")
            problems += [f"{group} {name}: unknown key {key}" for key in wish if key not in allowed]
            if not name or name in names:
                problems.append(f"{group}: name {name!r} is missing or used twice")
            names.add(name)
            if "path" not in wish and (group == "scanners" or "port" not in wish):
                problems.append(
                    f"{group} {name}: needs a {'path' if group == 'scanners' else 'port or a path'}"
                )
    return problems
