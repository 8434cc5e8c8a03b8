"""A store node in a process of its own, to be killed: `python -m tests.edge.spool.child HOME sell|spool`.

`sell` commits a sale while no spool runs; `spool` prints what waits. Either says one word when it is ready and then
waits to be killed.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from edge.node import Node
from edge.sales.actions import finish
from edge.till.actions import scan
from kit.clock import ManualClock
from retail.tender import cash
from schemas.config.edge import EdgeConfig
from tests.builders.edge import CASHIER, NOON, Shop


def open_again(home: Path) -> Shop:
    """The node of a home that `a_shop` made, after its process ended."""
    clock = ManualClock(NOON)
    config = EdgeConfig(witness=str(home.parent / f"{home.name}.witness"), ballast_mb=1, disk_min_mb=1)
    return Shop(Node(home, config, clock), clock)


def main() -> None:
    """Do one thing and wait for the end."""
    shop = open_again(Path(sys.argv[1]))
    if sys.argv[2] == "sell":
        ctx = shop.at(staff=CASHIER)
        scan(ctx, "2000000000015")
        sale = finish(ctx, basket=None, version=None, added=[cash(1000)])["sale"]
        print(sale["id"], flush=True)
    else:
        shop.node.devices.start()
        shop.node.spool.start()
        print("running", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
