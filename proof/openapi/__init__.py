"""Both APIs describe themselves: OpenAPI 3.1 files made of the applications' own routes, types and refusals.

`python -m proof.openapi` writes docs/openapi/till.json and docs/openapi/hq.json; a house test fails while they are
stale. Sync routes (docs/wire.md) and the pages of node and console are no part of them.
"""
