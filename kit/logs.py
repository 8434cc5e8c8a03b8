"""Structured logs for technicians, one line per fact, on standard output.

Never a PIN, token, key or card number: `redact` drops known names wherever they appear.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = frozenset(
    {"pin", "new_pin", "password", "token", "secret", "key", "cookie", "code", "authorization"}
)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the value of every secret-looking name."""
    for name in event:
        if name.lower() in SECRET_NAMES:
            event[name] = "[redacted]"
    return event


def configure(*, level: str = "INFO", as_json: bool = True) -> None:
    """Set up logging once per process; the standard library's loggers go the same way."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def logger(name: str) -> Any:
    """A bound logger: `logger("lianpu.spool").info("spool.done", job=7)`."""
    return structlog.get_logger(name)
