"""Enrolment: a store's node becomes known by a one-use code, and a person compares fingerprints (SYNC §10).

Tables: enrolment_code, node, node_key. A code is good for 15 minutes and one device. The node asks with its
public key; a person at HQ compares the fingerprint that both screens show and confirms; only then does the node
get the record that HQ signed. A code that was made with the device's fingerprint is confirmed beforehand.
Administrators may do it.
"""

from hq.slice import ADMINISTRATOR, Slice

SLICE = Slice(
    name="enrolment",
    pages=("hq.enrolment.api:api",),
    permissions={"enrolment.manage": frozenset({ADMINISTRATOR})},
    open_paths=("/sync/",),
)
