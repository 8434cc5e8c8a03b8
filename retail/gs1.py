"""GS1 element strings through biip.

A module of its own because biip loads the world's company prefixes with it (15 MB): a store that never scans such a
code never loads them.
"""

from __future__ import annotations

from biip import ParseConfig, ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message

_CONFIG = ParseConfig(gs1_element_strings_verify_date=False, separator_chars=("\x1d",))


def elements_of(text: str, payload: str) -> dict[str, GS1ElementString] | None:
    """The elements by application identifier, of the link `text` or the message `payload`; None when unreadable."""
    try:
        if text.lower().startswith("http"):
            elements = list(GS1DigitalLinkURI.parse(text, config=_CONFIG).element_strings)
        else:
            elements = list(GS1Message.parse(payload, config=_CONFIG).element_strings)
    except (ParseError, ValueError):
        return None
    return {str(element.ai.ai): element for element in elements}
