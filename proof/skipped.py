"""What a proof says that this machine cannot do: a package, a browser, a kernel's file is missing.

It is nothing but that. A KeyError of our own is a LookupError too, and is no reason to leave anything out.
"""

from __future__ import annotations


class Skipped(Exception):
    """This machine lacks what is needed; the text says what, and where it comes from."""
