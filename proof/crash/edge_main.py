"""`lianpu-edge` with a trap: when the file named by LIANPU_KILL_FILE holds the name of a point that is reached,
the process kills itself there with SIGKILL. The node's own code knows nothing of it.

    before_commit    everything of a sale is written, COMMIT is not
    after_commit     COMMIT is durable, the witness is not written
    after_witness    the witness is written, nobody has been answered
    sending          a print job is SENDING and its first bytes have left
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.transport.tcp import TcpTransport
from edge.cli import main
from edge.journal.draft import Draft
from edge.journal.witness import Witness


def reached(point: str) -> None:
    """Die here when this point is asked for; the wish is used up first, so that the next start lives."""
    wish = Path(os.environ["LIANPU_KILL_FILE"])
    if wish.exists() and wish.read_text().strip() == point:
        wish.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def install() -> None:
    """Put the traps around the real functions."""
    flush, write = Draft.flush, Witness.write
    send: Callable[..., int] = TcpTransport.write

    def flush_then(self: Draft) -> None:
        flush(self)
        if _is_sale(self):
            reached("before_commit")

    def write_between(self: Witness, witnessed: Any) -> None:
        reached("after_commit")
        write(self, witnessed)
        reached("after_witness")

    def send_then(self: TcpTransport, data: bytes, deadline: float) -> int:
        sent = send(self, data, deadline)
        if len(data) > 64:  # a body, not a status question
            reached("sending")
        return sent

    Draft.flush = flush_then  # type: ignore[method-assign]
    Witness.write = write_between  # type: ignore[method-assign]
    TcpTransport.write = send_then  # type: ignore[method-assign]


def _is_sale(draft: Draft) -> bool:
    return any(paper.kind == "receipt" for paper in draft.papers)


if __name__ == "__main__":
    install()
    main()
