"""What a screen is told of its devices, in the language of the person there."""

from __future__ import annotations

from typing import Any

from edge.people import repository as people


def language_of(node: Any, terminal: str) -> str:
    """The language of the person at a terminal; the chain's when nobody is there."""
    signed = people.sign_in_of(node.db, terminal)
    chain = node.reference.settings.chain
    return str(signed["language"]) if signed else (chain.default_language if chain else "en")


def warn(node: Any, terminal: str, code: str, text: str) -> None:
    """A word with a sound: somebody has to look. `text` is the id of the words."""
    words = node.texts.text(language_of(node, terminal), text)
    message = {"kind": "warn", "sound": "attention", "code": code, "text": words}
    node.bus.publish("message", message, terminal)
