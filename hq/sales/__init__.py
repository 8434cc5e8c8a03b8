"""Sales of the whole chain: home, consolidated sales down to the journal entry, proof of agreement, export.

Reads the projections and logs of `hq.ingest`; owns no table. Everybody may look within their stores; the export
carries every receipt and has a right of its own.
"""

from hq.sales.jobs import jobs
from hq.slice import EVERYONE, MenuItem, Slice

SLICE = Slice(
    name="sales",
    pages=("hq.sales.home:home", "hq.sales.pages:pages", "hq.sales.proof:proof"),
    jobs=jobs,
    permissions={"sales.view": EVERYONE, "sales.export": EVERYONE},
    menu=(
        MenuItem("overview", "home.title", "home.index", "sales.view"),
        MenuItem("sales", "sales.title", "sales.index", "sales.view"),
        MenuItem("sales", "proof.title", "proof.index", "sales.view"),
    ),
)
