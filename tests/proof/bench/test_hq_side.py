"""The items about headquarters run, tiny: both sides did the same work. How fast is nobody's test."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from hq.publish import queries
from proof.bench import bootstrap, crowd, lag, postgres
from proof.bench.replication import Replication
from proof.postgres import server
from tests.house.conftest import ROOT


@pytest.mark.postgres
def test_postgres_loses_nothing_on_any_side() -> None:
    figures = postgres.measure(1, sales=30)
    assert [figure.item.rpartition(", ")[2] for figure in figures] == ["COPY", "PostgreSQL's replication"]
    assert [figure.note for figure in figures] == ["", ""]
    assert all(figure.ours > 0 and figure.limit > 0 for figure in figures)


@pytest.mark.postgres
def test_two_runs_on_one_server_do_not_meet() -> None:
    """A slot's and a subscription's names are those of the whole server, whatever database they are of."""
    program = (
        "import sys\n"
        "from proof.bench.replication import Replication\n"
        "with Replication(sys.argv[1], {'sale': 'n bigint PRIMARY KEY'}) as other:\n"
        "    other.subscribe()\n"
        "    other.write([{'sale': [(1,)]}])\n"
        "    other.carry()\n"
        "    print(other.count('sale'))"
    )
    with server(logical=True) as address, Replication(address, {"sale": "n bigint PRIMARY KEY"}) as one:
        one.subscribe()

        done = subprocess.run(
            [sys.executable, "-c", program, address],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

        assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr[-2000:]


@pytest.mark.postgres
def test_bootstrap_brings_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "RESET_ROWS", 20)  # so few rows would come as changes
    figures = bootstrap.measure(1, products=50)
    assert [figure.unit for figure in figures] == ["s", "s", "s", "s", "kB"]
    assert [figure.note for figure in figures] == [""] * 5


def test_lag_waits_for_every_sale_on_both_sides() -> None:
    figures = lag.measure(1, sales=2)
    assert [figure.unit for figure in figures] == ["ms"] * 4
    stored, _, shown, _ = figures
    assert shown.ours > 0 and stored.ours > 0 and stored.limit == shown.limit > 0


@pytest.mark.parametrize("rounds", [1, 5, 9])
def test_the_memory_that_is_compared_is_of_the_same_work_however_many_rounds_are_measured(
    rounds: int,
) -> None:
    memory = [100.0 + n for n in range(max(rounds + 1, crowd.FLAT_ROUNDS))]
    rush = crowd.Rush(1.0, [1.0])

    flat = crowd.figures([rush] * rounds, [rush] * rounds, memory, "", 50)[2]

    assert (flat.limit, flat.ours, flat.ratio) == (100.0, 105.0, 1.05)


def test_crowd_loses_nothing() -> None:
    with ThreadPoolExecutor(
        1
    ) as apart:  # the browser tests of this process have a loop running in this thread
        figures = apart.submit(crowd.measure, 1, stores=3, sales=5).result()
    assert [figure.unit for figure in figures] == ["sales/s", "ms", "MB"]
    assert figures[0].note == ""
    assert figures[2].item == "HQ's memory after 6 rounds, after the first"
    assert all(figure.ours > 0 and figure.limit > 0 for figure in figures)
