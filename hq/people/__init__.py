"""Till staff: number, name, role, the stores they work in, and the code for their first sign-in.

Tables `staff`, `staff_store`. One staff row goes down per store; a till asks for the initial code once per
generation and then for the PIN that the person has set. Administrators change, everybody may look.
"""

from hq.people.builders import BUILDERS
from hq.slice import ADMINISTRATOR, EVERYONE, MenuItem, Slice

SLICE = Slice(
    name="people",
    pages=("hq.people.pages:pages",),
    permissions={"people.view": EVERYONE, "people.change": frozenset({ADMINISTRATOR})},
    menu=(MenuItem("people", "people.title", "people.index", "people.view"),),
    builders=BUILDERS,
)
