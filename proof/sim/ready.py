"""What every world of a process begins with, made once: databases with their migrations run, and HQ's application.

An empty database is the same file each time, and an application holds nothing of a headquarters but what
`forget_process` takes out of it, so a world need not pay for either again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

from edge.node import SQL, Node
from hq.app import create_app, form_key
from hq.headquarters import DATABASE, Headquarters
from kit.clock import SystemClock
from kit.db import Database
from kit.db import migrate as migrate_file
from kit.files import make_folder
from kit.sql import SqlDatabase, migrate
from proof.sim.chance import the_system_itself
from proof.sim.parties import Centre, a_node, add_store, forget_process
from retail.clock import Clock

NODE_FILES = {"node.sqlite": "edge", "reference.sqlite": "reference"}
_free: list[Flask] = []


def a_ready_centre(home: Path, clock: Clock, *, stores: Mapping[str, str], url: str | None = None) -> Centre:
    """A headquarters as `a_centre` makes it; `give_back` ends it."""
    if url is None:
        make_folder(home)
        (home / DATABASE).write_bytes(_hq_file())
    hq = Headquarters.open(home, clock=clock, url=url)
    with hq.db.write() as connection:
        for code, zone in stores.items():
            add_store(connection, code, zone)
    return Centre(hq, _application(hq))


def prepare() -> None:
    """Make all of it now: processes that are forked from this one have it for nothing."""
    for schema in NODE_FILES.values():
        _node_file(schema)
    with tempfile.TemporaryDirectory(prefix="lianpu-ready-") as folder:
        give_back(a_ready_centre(Path(folder) / "hq", SystemClock(), stores={}))


def give_back(centre: Centre) -> None:
    """Close a centre; the next one has its application."""
    centre.close()
    _free.append(centre.app)


def a_ready_node(home: Path, centre: Centre, store: str, clock: Clock, **config: Any) -> Node:
    """An enrolled node as `a_node` makes it."""
    make_folder(home, mode=0o700)
    for name, schema in NODE_FILES.items():
        (home / name).write_bytes(_node_file(schema))
    return a_node(home, centre, store, clock, **config)


def _application(hq: Headquarters) -> Flask:
    if not _free:
        return create_app(hq, limits=False)
    app = _free.pop()
    forget_process(app, hq)
    app.secret_key = form_key(hq)
    return app


@cache
def _hq_file() -> bytes:
    with the_system_itself(), tempfile.TemporaryDirectory(prefix="lianpu-ready-") as folder:
        file = Path(folder) / DATABASE
        database = SqlDatabase(f"sqlite:///{file}")
        migrate(database)
        database.close()
        return file.read_bytes()


@cache
def _node_file(schema: str) -> bytes:
    with the_system_itself(), tempfile.TemporaryDirectory(prefix="lianpu-ready-") as folder:
        file = Path(folder) / schema
        database = Database(file)
        migrate_file(database, SQL / schema, schema)
        database.close()
        return file.read_bytes()
