"""Imports from CSV: products, prices, opening stock, till staff.

A file is read, planned against the present state (dry run) and kept with its problems in `import_run`; applying
plans it again inside the write transaction and writes the good rows only. Keys decide, so the same file changes
nothing a second time; a column that is not there and an empty cell leave what is stored. Each changed record has an
entry on its own history with the import behind it. All rejected rows can be downloaded with
the reasons and uploaded again once corrected.
"""

from hq.slice import ADMINISTRATOR, EVERYONE, MERCHANDISER, MenuItem, Slice

SLICE = Slice(
    name="imports",
    pages=("hq.imports.pages:pages",),
    permissions={"imports.view": EVERYONE, "imports.run": frozenset({ADMINISTRATOR, MERCHANDISER})},
    menu=(MenuItem("catalogue", "imports.title", "imports.index", "imports.view"),),
)
