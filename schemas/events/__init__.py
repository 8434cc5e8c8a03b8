"""Events: what a node (or HQ) states as a fact, one module per family; `registry.TYPES` lists them all.

A body is written once and never re-serialised; every type version ever released stays decodable for ever.
"""
