"""Stores, their terminals with the devices on them, and price zones.

Tables `zone`, `store`, `terminal`. A store's row and its terminals go down in the scope `store:<code>`.
Administrators change, everybody of the console may look (within their stores).
"""

from hq.slice import ADMINISTRATOR, EVERYONE, MenuItem, Slice
from hq.stores.builders import BUILDERS

SLICE = Slice(
    name="stores",
    pages=("hq.stores.pages:pages", "hq.stores.enrolment:pages"),
    permissions={
        "stores.view": EVERYONE,
        "stores.change": frozenset({ADMINISTRATOR}),
    },
    menu=(
        MenuItem("fleet", "stores.title", "stores.index", "stores.view"),
        MenuItem("fleet", "enrolment.title", "enrolment_pages.index", "enrolment.manage"),
    ),
    builders=BUILDERS,
)
