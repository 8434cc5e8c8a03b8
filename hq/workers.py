"""Several worker processes of one headquarters on PostgreSQL: gunicorn in front, each worker with its own pool.

Workers share nothing but the database and the home folder: every one of them takes pushes, answers pages and holds
doorbells; the projector and the scheduler run in one of them at a time (`kit.turns`).
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from hq.app import create_app
from hq.config import HqConfig
from hq.headquarters import Headquarters
from hq.ingest.projector import projector_of
from hq.owner import OneScheduler
from hq.publish.doorbell import doorbell_of
from hq.server import jobs
from kit.jobs import Scheduler
from kit.listener import make_room
from kit.logs import logger
from retail.errors import LianpuError, Misconfigured

log = logger("lianpu.hq")
END_SECONDS = 10
PUT_OFF_SECONDS = 2
SCHEDULER = "lianpu_scheduler"


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker that lets its held doorbells go as soon as it is told to end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: no held request keeps the worker from ending; one that is about to begin has none."""
        app = getattr(self, "wsgi", None)
        if isinstance(app, Flask):
            doorbell_of(app).stop()
        super().handle_exit(sig, frame)


class Workers(BaseApplication):  # type: ignore[misc]
    """gunicorn without a configuration file of its own: everything comes from `hq.toml`."""

    def __init__(self, home: Path, config: HqConfig, workers: int) -> None:
        self.home, self.config, self.workers = home, config, workers
        super().__init__()

    def load_config(self) -> None:
        """What `lianpu-hq run` says to cheroot, said to gunicorn."""
        config = self.config
        wanted: dict[str, Any] = {
            "bind": f"{config.host}:{config.port}", "workers": self.workers, "worker_class": Worker,
            "threads": config.threads, "graceful_timeout": END_SECONDS, "certfile": config.tls_certificate or None,
            "keyfile": config.tls_key or None, "worker_exit": _ended, "control_socket_disable": True,
            "loglevel": "warning", "proc_name": "lianpu-hq",
        }  # fmt: skip
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """In a worker, after the fork: its own application.

        One that cannot begin now, as the database is away, ends in a while and is begun anew by gunicorn, for which
        any other end here were a reason to end all workers. That everything is set up right the first process saw.
        """
        try:
            return self._begun()
        except LianpuError as error:
            log.warning("hq.worker_put_off", why=str(error))
            threading.Event().wait(PUT_OFF_SECONDS)
            raise SystemExit(1) from None

    def _begun(self) -> Flask:
        """With its own headquarters, its projector and, perhaps, the jobs."""
        hq = Headquarters.open(self.home)
        app = create_app(hq)
        scheduler = OneScheduler(hq.db, lambda: Scheduler(jobs(hq)))
        app.extensions[SCHEDULER] = scheduler
        scheduler.start()
        projector_of(app).start()
        log.info("hq.worker_started", epoch=hq.epoch)
        return app


def _ended(_server: Any, worker: Worker) -> None:
    app = getattr(worker, "wsgi", None)
    if not isinstance(app, Flask):
        return
    projector_of(app).stop()
    app.extensions[SCHEDULER].stop()
    app.extensions["lianpu_hq"].close()
    log.info("hq.worker_stopped")


def serve(home: Path, workers: int) -> None:
    """Run until SIGTERM or Ctrl-C; raises `Misconfigured` on SQLite, which one process owns."""
    make_room()
    hq = Headquarters.open(home)  # brings schema and keys up to date before there are many
    try:
        if hq.db.is_sqlite:
            raise Misconfigured(
                ["several workers need PostgreSQL; this headquarters is on SQLite, which one process owns:"
                 " run it without --workers, or move it with lianpu-hq move-database"]
            )  # fmt: skip
        create_app(hq)
    finally:
        hq.close()
    Workers(home, hq.config, workers).run()
