"""Writes `docs/openapi/*.json`: run `python -m proof.openapi` after a change of an API."""

from __future__ import annotations

from proof.openapi.files import DOCS, texts


def main() -> None:
    """One file per API."""
    DOCS.mkdir(exist_ok=True)
    for name, text in texts().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
