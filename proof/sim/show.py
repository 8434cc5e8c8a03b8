"""What a run says: tables for people, JSON for programs, what was never looked at, which commit it was."""

from __future__ import annotations

import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from proof.sim.books import together
from proof.sim.checks import CHECKS, ELSEWHERE, WAITING, Report
from proof.sim.misfortunes import MISFORTUNES
from proof.sim.network import FATES

COUNTED = (
    *FATES, "delay", "offline", "one_way", "hq_restart", "hq_cut_met", "hq_older", "power_cut_met", "restored",
    "poison", "foreign_account", "newer_type", "newer_row", "refused_on_full_disk", "sync_on_full_disk",
    "late_handler", "chunk_cut", "chunk_corrupt", "snapshot_stale",
    "older_hq", "older_store", "newer_agreed", "no_common_version", "hq_went_back", "newer_question", "newer_answer",
    "newer_field", "newer_event_field", "mirror_brought_back", "basket_asked_again", "basket_continued", *MISFORTUNES,
)  # fmt: skip
SHOWN = 20


def silent(report: Report, left_out: Collection[str] = ()) -> list[str]:
    """Invariants that were never evaluated and faults that never struck, but those that were left out."""
    names = [f"invariant {name}" for name in CHECKS if not report.evaluated[name]]
    return names + [f"fault {name}" for name in COUNTED if not report.faults[name] and name not in left_out]


def table(report: Report, idle: list[str]) -> None:
    """The report for people."""
    click.echo("invariant  evaluated")
    for name in CHECKS:
        click.echo(f"  {name:<6} {report.evaluated[name]:>10}")
    click.echo("looked at elsewhere")
    for name, where in ELSEWHERE.items():
        click.echo(f"  {name:<6} {where}")
    click.echo("not looked at here")
    for name, why in WAITING.items():
        click.echo(f"  {name:<6} {why}")
    click.echo("fault  struck")
    for name in COUNTED:
        click.echo(f"  {name:<22} {report.faults[name]:>8}")
    for line in report.violated[:SHOWN]:
        click.echo(f"VIOLATED {line}")
    for line in idle:
        click.echo(f"NEVER {line}")


def plain(report: Report, idle: list[str], seconds: float) -> dict[str, Any]:
    """The report for programs."""
    return {
        "evaluated": report.evaluated, "faults": report.faults, "silent": idle, "violated": report.violated,
        "seeds": report.seeds, "store_days": report.store_days, "trace": report.trace, "books": together(report.books),
        "seconds": seconds,
    }  # fmt: skip


def last_line(report: Report, good: bool, seconds: float) -> str:
    """One line with every figure."""
    return (
        f"world {'holds' if good else 'FAILS'}: {report.seeds} seeds, {report.store_days} store-days,"
        f" {sum(report.evaluated.values())} evaluations, {sum(report.faults.values())} faults,"
        f" {len(report.violated)} violations, trace {report.trace[:16]},"
        f" books {together(report.books)[:16]}, {seconds} s"
    )


def commit() -> str:
    """Which code this is; "unknown" outside a checkout."""
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return found.stdout.strip() or "unknown"
