"""Bundles: what a line would carry, on a stick (SYNC §10, docs/bundles.md)."""
