"""What every command of `lianpu-hq` shares: perform by name, and a refusal in words."""

from __future__ import annotations

from typing import Any

import click

from hq import commands
from hq.headquarters import TEXTS
from kit.i18n import Catalogue, words_of
from retail.errors import LianpuError


class Refusal(click.ClickException):
    """A refusal in words as one line on the error output, exit code 1."""

    def __init__(self, error: LianpuError) -> None:
        super().__init__(words_of(Catalogue(TEXTS), error))


def perform(context: click.Context, command: str, /, **arguments: Any) -> dict[str, Any]:
    """Run a command here or in the running server."""
    try:
        return commands.execute(context.obj["home"], command, arguments)
    except LianpuError as error:
        raise Refusal(error) from error
