"""Prices per scope (chain, zone, store) with history: one item now or later, cancelled before it begins.

Table `price`. A price row is never changed; a new one with a later start or a greater key wins. Civil times are
those of the store. Merchandisers and administrators set prices; a person with few stores sets store prices only.
"""

from hq.prices.builders import BUILDERS
from hq.slice import ADMINISTRATOR, EVERYONE, MERCHANDISER, MenuItem, Slice

SLICE = Slice(
    name="prices",
    pages=("hq.prices.pages:pages",),
    permissions={
        "prices.view": EVERYONE,
        "prices.change": frozenset({ADMINISTRATOR, MERCHANDISER}),
    },
    menu=(MenuItem("catalogue", "prices.title", "prices.index", "prices.view"),),
    builders=BUILDERS,
)
