"""Products with their barcodes, categories and brands, the same for the whole chain.

Tables `category`, `brand`, `product`, `barcode`. A product keeps its sku for ever and is retired, not deleted;
one barcode may lead to several products (the till then asks). Merchandisers and administrators change.
"""

from hq.catalogue.builders import BUILDERS
from hq.slice import ADMINISTRATOR, EVERYONE, MERCHANDISER, MenuItem, Slice

SLICE = Slice(
    name="catalogue",
    pages=("hq.catalogue.pages:pages",),
    permissions={
        "catalogue.view": EVERYONE,
        "catalogue.change": frozenset({ADMINISTRATOR, MERCHANDISER}),
    },
    menu=(
        MenuItem("catalogue", "catalogue.products", "catalogue.index", "catalogue.view"),
        MenuItem("catalogue", "catalogue.categories", "catalogue.categories", "catalogue.view"),
    ),
    builders=BUILDERS,
)
