"""Stock per store as sums of postings, the ledger behind each figure, and opening stock.

Reads `balance`, `posting` and the documents of `hq.ingest`; owns `stock_opening`, which remembers what was set,
so that the same file changes nothing a second time. Stock is never written as a last value: opening stock is an
event of HQ, everything else comes from the stores.
"""

from hq.slice import ADMINISTRATOR, EVERYONE, MERCHANDISER, MenuItem, Slice

SLICE = Slice(
    name="stock",
    pages=("hq.stock.pages:pages",),
    permissions={"stock.view": EVERYONE, "stock.open": frozenset({ADMINISTRATOR, MERCHANDISER})},
    menu=(MenuItem("stock", "stock.title", "stock.index", "stock.view"),),
)
