"""Small facts that must outlive a database: JSON files of mode 0600 beside it, replaced whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kit.crypto import write_secret
from retail.errors import Misconfigured


def read(path: Path, empty: Any) -> Any:
    """What the file says; `empty` when there is none. An unreadable one is refused, not taken for empty."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return empty
    except (OSError, ValueError) as error:
        raise Misconfigured([f"{path}: {error}"]) from error
    if type(found) is not type(empty):
        raise Misconfigured([f"{path}: not what Lianpu writes there"])
    return found


def write(path: Path, facts: Any) -> None:
    """Replace the file; after a power cut the old or the new one is there."""
    write_secret(path, json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode())
