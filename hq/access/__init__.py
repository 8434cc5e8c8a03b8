"""Access to the console: people with a password, roles, the stores they may see, sessions and API tokens.

Tables `hq_user`, `hq_user_role`, `hq_user_store`, `hq_session`, `hq_api_token`, `hq_factor`,
`hq_recovery_code`, `tries`. Roles are fixed bundles of
permissions `slice.verb`, declared by each slice; whatever no slice grants is refused. Administrators manage
people; auditors may look at the list.
"""

from hq.slice import ADMINISTRATOR, AUDITOR, MenuItem, Slice

SLICE = Slice(
    name="access",
    pages=("hq.access.pages:pages", "hq.access.factor_pages:pages"),
    permissions={
        "access.view": frozenset({ADMINISTRATOR, AUDITOR}),
        "access.change": frozenset({ADMINISTRATOR}),
    },
    menu=(MenuItem("system", "access.users", "access.index", "access.view"),),
)
