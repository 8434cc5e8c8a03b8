"""Stores, their terminals with the devices on them, and price zones.

Tables `zone`, `store`, `terminal`. A store's row and its terminals go down in the scope `store:<code>`.
Administrators change, everybody of the console may look (within their stores).
"""

from hq.slice import ADMINISTRATOR, EVERYONE, MenuItem, Slice
from hq.stores.builders import BUILDERS
from hq.stores.enrolment import pages as enrolment_pages
from hq.stores.pages import pages

SLICE = Slice(
    name="stores",
    blueprints=(pages, enrolment_pages),
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
