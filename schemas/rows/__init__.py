"""Reference rows: what HQ publishes and every till overlays (store over zone over chain).

One row = (scope, kind, key, bytes); bytes are the JSON of one Struct here with sorted keys. A node keeps the raw
bytes, so a field that it does not know yet survives it.
"""
