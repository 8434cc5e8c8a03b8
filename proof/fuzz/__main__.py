"""`python -m proof.fuzz --target NAME`: attack one parser by hand, for as long as wanted."""

from __future__ import annotations

import sys

import click

from kit.clock import SystemClock
from proof.fuzz import engine
from proof.fuzz.engine import Ran

NAMES = ("batch", "event", "json", "barcode", "serial", "answers", "escpos", "printer")


@click.command()
@click.option("--target", "name", required=True, type=click.Choice(NAMES), help="What is attacked.")
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1), help="How long.")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(1), help="The same seed, the same inputs."
)
@click.option(
    "--strings", type=click.IntRange(1), help="Target printer: judge so many hostile strings instead."
)
@click.option("--own", is_flag=True, help="Our own mutator even where atheris is installed.")
def main(name: str, seconds: int, seed: int, strings: int | None, own: bool) -> None:
    """Exit code 1 with the input when a promise breaks."""
    if strings is not None:
        if name != "printer":
            raise click.UsageError("--strings belongs to --target printer")
        _judge(seed, strings)
    elif engine.has_atheris() and not own:
        click.echo(f"{name}: atheris for {seconds} s")
        sys.stdout.flush()
        engine.by_atheris(name, seconds=seconds, seed=seed)
    else:
        from proof.fuzz.targets import TARGETS

        _tell(name, engine.by_ourselves(TARGETS[name], SystemClock(), seconds=seconds, seed=seed))


def _judge(seed: int, strings: int) -> None:
    from proof.fuzz import hostile

    clock = SystemClock()
    began = clock.monotonic_ms()
    printed, found = hostile.judge(seed, strings)
    seconds = (clock.monotonic_ms() - began) / 1000
    click.echo(f"printer: {printed} hostile strings in {seconds:.1f} s, {len(found)} unauthorised")
    for line in found[:20]:
        click.echo(line)
    if found:
        raise SystemExit(1)


def _tell(name: str, ran: Ran) -> None:
    pace = ran.executions / ran.seconds if ran.seconds else 0.0
    click.echo(f"{name}: {ran.executions} executions in {ran.seconds:.1f} s ({pace:.0f}/s), seeds mutated")
    if ran.found is not None:
        click.echo(f"FOUND {ran.found.error}\n{ran.found.data.hex()}")
        raise SystemExit(1)
    click.echo("nothing found")


if __name__ == "__main__":
    main()
