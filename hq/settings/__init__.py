"""What holds for the whole chain: currency, taxes, rounding, day-turn, receipts, reasons, roles, quick keys.

Tables `chain_setting`, `tax_code`, `reason`, `till_role`, `quick_key`. Everything goes down to all tills as
reference rows. Administrators change settings; merchandisers change quick keys; auditors look.
"""

from hq.settings.builders import BUILDERS
from hq.slice import ADMINISTRATOR, EVERYONE, MERCHANDISER, MenuItem, Slice

SLICE = Slice(
    name="settings",
    pages=("hq.settings.pages:pages",),
    permissions={
        "settings.view": EVERYONE,
        "settings.change": frozenset({ADMINISTRATOR}),
        "settings.quick_keys": frozenset({ADMINISTRATOR, MERCHANDISER}),
    },
    menu=(
        MenuItem("catalogue", "settings.quick_keys", "settings.quick_keys", "settings.view"),
        MenuItem("system", "settings.title", "settings.index", "settings.view"),
    ),
    builders=BUILDERS,
)
