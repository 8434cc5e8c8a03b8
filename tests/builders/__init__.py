"""Builders with sensible defaults for tests: a node, its people, its goods."""
