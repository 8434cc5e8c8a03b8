"""A cashier of one store, outside of it: sells real baskets over HTTP and notes what was acknowledged."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import requests

from proof.demo.selfcheck.sell import by_api
from proof.demo.till import TillClient, TillRefused
from proof.oracle.baskets import Basket

PIECES_MAX = 8  # a queue of small baskets: a fault more often between two sales


@dataclass(frozen=True)
class Sold:
    """A receipt that somebody outside has seen."""

    id: str
    number: str
    total_minor: int
    payable_minor: int


class Seller(threading.Thread):
    """Sells until `end`. A lost answer is asked for again with the same key, so every try ends in a receipt."""

    def __init__(self, name: str, client: TillClient, baskets: Sequence[Basket]) -> None:
        super().__init__(daemon=True, name=f"seller-{name}")
        self.client = client
        self.sold: list[Sold] = []
        self.wrong: list[str] = []
        self._baskets = [basket for basket in baskets if basket.pieces <= PIECES_MAX]
        self._ended = threading.Event()

    def run(self) -> None:
        """One basket after the other."""
        for basket in itertools.cycle(self._baskets):
            if self._ended.is_set():
                return
            try:
                sale = by_api(self.client, basket)
            except (TillRefused, requests.RequestException) as error:
                self.wrong.append(f"{self.name}: basket {basket.id}: {error}")
                return
            self.sold.append(Sold(sale["id"], sale["number"], sale["total_minor"], sale["payable_minor"]))

    def end(self) -> None:
        """Finish the basket in hand and stop."""
        self._ended.set()
        self.join(timeout=90)
        if self.is_alive():
            self.wrong.append(f"{self.name}: still sells 90 seconds after it was told to stop")
