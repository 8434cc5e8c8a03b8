"""`lianpu-sim live` and `lianpu-sim offline`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from proof.demo.processes import ended_in_order
from proof.live.fates import FATES, PASS
from proof.live.line import ON_TLS
from proof.live.offline import RATIO_MAX, Offline
from proof.live.packets import why_not
from proof.live.run import Outcome, play


@click.command()
@click.option("--minutes", default=1.0, show_default=True, help="How long; then until every kind has struck.")
@click.option("--seed", default=1, show_default=True, help="What is done to whom, in which order.")
@click.option("--stores", default=3, show_default=True, type=click.IntRange(1, 9))
@click.option("--home", type=click.Path(path_type=Path), help="Keep the world's files here.")
@click.option(
    "--netns/--no-netns",
    default=None,
    help="Lines of packets in network namespaces; otherwise where that can be.",
)
def live(minutes: float, seed: int, stores: int, home: Path | None, netns: bool | None) -> None:
    """Real processes on bad lines, killed and stopped at random; exit 1 when a receipt is lost, doubled or changed.

    The seed says what strikes whom in which order; when exactly is the machine's business.
    """
    without = "not asked for" if netns is False else why_not()
    if netns and without:
        raise click.UsageError(f"--netns: {without}")
    with ended_in_order():
        outcome = play(minutes, seed, stores, home, click.echo, netns=not without)
    if without:
        click.echo(f"not with namespaces: {without}")
    for line in shown(outcome):
        click.echo(line)
    click.echo(f"again: lianpu-sim live --minutes {minutes:g} --seed {seed} --stores {stores}")
    sys.exit(0 if outcome.good else 1)


def shown(outcome: Outcome) -> list[str]:
    """The figures."""
    lines = [f"{kind:<30}{outcome.struck[kind]:>7}{_on_tls(outcome, kind)}" for kind in outcome.kinds]
    lines.append(f"{'questions that passed':<30}{outcome.struck[PASS]:>7}{_on_tls(outcome, PASS)}")
    lines += [f"{name:<30}{count:>7} receipts" for name, count in outcome.sold.items()]
    lines.append(", ".join(f"{name} {seconds:.0f} s" for name, seconds in outcome.seconds.items()))
    lines += [f"never struck: {', '.join(outcome.idle)}"] if outcome.idle else ["every kind has struck"]
    lines += [f"WRONG: {why}" for why in outcome.wrong]
    lines.append("every receipt that was told is at its store and at HQ, once" if outcome.good else "FAILED")
    return lines


def _on_tls(outcome: Outcome, kind: str) -> str:
    """How many of them had TLS behind them; the others had the plain line."""
    return f", {outcome.struck[ON_TLS.format(kind)]} on TLS" if kind in (PASS, *FATES) else ""


@click.command()
@click.option("--days", default=90, show_default=True, type=click.IntRange(1))
@click.option("--receipts", default=500_000, show_default=True, type=click.IntRange(1))
@click.option("--home", type=click.Path(path_type=Path), help="Keep the folders here.")
def offline(days: int, receipts: int, home: Path | None) -> None:
    """Sell a store's past fast, measure its till beside an empty one, drain it; exit 1 when HQ lacks anything.

    Slow is never a failure: the figures are told beside their bound, and the last line counts those within it.
    """
    with ended_in_order(), tempfile.TemporaryDirectory(prefix="lianpu-offline-") as folder:
        run = Offline((home or Path(folder)).resolve(), days, receipts, click.echo)
        wrong = run.run()
    for name, (before, most) in run.peaks_mb.items():
        click.echo(f"memory {name:<8}{before:>8.0f} MB before the drain, {most:.0f} MB at most")
    rate = run.receipts / run.drain_seconds
    click.echo(
        f"drain         {run.drain_seconds:>9.0f} s, {rate:.0f} receipts/s, both directions and the books"
    )
    for why in wrong:
        click.echo(f"WRONG: {why}")
    click.echo(verdict(wrong, [ratio for *_, ratio in run.figures()]))
    sys.exit(1 if wrong else 0)


def verdict(wrong: Sequence[str], ratios: Sequence[float]) -> str:
    """The last line; the ratios stand beside the verdict, because slow is never a failure."""
    within = sum(ratio <= RATIO_MAX for ratio in ratios)
    whole = "FAILED" if wrong else "HQ has every receipt, to the cent and the piece"
    return f"{whole}; {within} of {len(ratios)} ratios within {RATIO_MAX:g} ×"
