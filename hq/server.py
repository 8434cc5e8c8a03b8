"""The all-in-one server: cheroot, the scheduler inside (one owner per SQLite database), an orderly end."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType

from hq import commands, months
from hq.access import actions as access
from hq.app import create_app
from hq.headquarters import Headquarters
from hq.ingest.projector import projector_of
from hq.owner import OneScheduler
from hq.publish.doorbell import doorbell_of
from hq.slices import SLICES
from kit.jobs import Job, Scheduler
from kit.listener import Listener, Tls
from kit.logs import logger

log = logger("lianpu.hq")


def jobs(hq: Headquarters) -> list[Job]:
    """Every scheduled job of every slice."""
    found = [job for entry in SLICES for job in entry.jobs(hq)]
    context = commands.context_of(hq)

    def end_old_sessions() -> None:
        access.end_old_sessions(context)

    def make_months() -> None:
        months.extend(hq.db, hq.clock.now_ms())

    return [
        *found, Job("access.end_old_sessions", 600, end_old_sessions), Job("months.extend", 3600, make_months),
    ]  # fmt: skip


def serve(home: Path) -> None:
    """Run until SIGTERM or Ctrl-C."""
    hq = Headquarters.open(home)
    try:
        app = create_app(hq)
        server = Listener(
            (hq.config.host, hq.config.port), app, numthreads=hq.config.threads, server_name="lianpu-hq",
            shutdown_timeout=5,
        )  # fmt: skip
        scheme = "http"
        if hq.config.tls_certificate:
            server.ssl_adapter = Tls(hq.config.tls_certificate, hq.config.tls_key)
            scheme = "https"
        scheduler = OneScheduler(hq.db, lambda: Scheduler(jobs(hq)))
        ended = end_on_signals()
        server.prepare()
        thread = threading.Thread(target=server.serve, name="lianpu-hq-web")
        thread.start()
        commands.announce(hq, f"{scheme}://127.0.0.1:{server.bind_addr[1]}")
        scheduler.start()
        projector_of(app).start()
        log.info("hq.started", url=f"{scheme}://{hq.config.host}:{server.bind_addr[1]}", epoch=hq.epoch)
        try:
            ended.wait()
        finally:
            commands.withdraw(hq)
            doorbell_of(app).stop()
            projector_of(app).stop()
            scheduler.stop()
            server.stop()
            thread.join()
            log.info("hq.stopped")
    finally:
        hq.close()


def end_on_signals() -> threading.Event:
    """An event that SIGTERM or Ctrl-C sets."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return ended
