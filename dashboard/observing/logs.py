"""What the server notes down: lines for a person, or one JSON object a line; in both, nothing of what readers look at.

A trace says where a fault is; what an error says of itself is left out where it could speak of a reader's own file.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import duckdb
from pythonjsonlogger.json import JsonFormatter

from engine.errors import StoreError
from engine.redaction import all_redacted, redacted

if TYPE_CHECKING:
    from types import TracebackType

    Fault = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

# These speak of the store and the machine; any other may quote a cell or a column of somebody's table.
_SPEAKING = (StoreError, duckdb.Error, MemoryError, ImportError)
_SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


def begin(form: Literal["text", "json"]) -> None:
    """Write everything that any part of the server notes to standard error, in one form; to be called once, first."""
    # Not at the top: the settings of the server are read without Streamlit.
    from streamlit import logger as streamlit_logger  # noqa: PLC0415
    from uvicorn.config import LOGGING_CONFIG  # noqa: PLC0415

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    handler.addFilter(_wanted)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if form == "json" else logging.WARNING)
    logging.captureWarnings(capture=True)
    # Streamlit gives each logger a handler of its own, now and whenever a module of it is loaded later.
    streamlit_logger.setup_formatter = _through_root
    streamlit_logger.update_formatter()
    LOGGING_CONFIG["handlers"] = {}
    LOGGING_CONFIG["loggers"] = {name: {"handlers": [], "level": "INFO", "propagate": True} for name in _SERVERS}


def trace(error: BaseException) -> str:
    """Where an error was raised and what kind it is; its words only where they cannot be about a reader's file."""
    parts = []
    for one in _chain(error):
        kind = f"{type(one).__module__}.{type(one).__qualname__}"
        said = f": {redacted(str(one))}" if isinstance(one, _SPEAKING) else ""
        parts.append("".join(traceback.format_tb(one.__traceback__)) + kind + said)
    return "\n\n".join(reversed(parts))


def _chain(error: BaseException) -> list[BaseException]:
    found = [error]
    while (before := found[-1].__cause__ or found[-1].__context__) is not None and before not in found:
        found.append(before)
    return found


def _through_root(logger: logging.Logger) -> None:
    logger.handlers = []
    logger.propagate = True


def _wanted(record: logging.LogRecord) -> bool:
    """All but what Streamlit notes of a failed script, as ours has the number that the reader sees, and of its options.

    The options are set by our own command when it starts, which looks to Streamlit like a change.
    """
    return record.name != "streamlit.error_util" and not (
        record.name == "streamlit.config" and record.getMessage().startswith("An update to the [server] config option")
    )


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class _Json(JsonFormatter):
    def __init__(self) -> None:
        super().__init__("%(message)s", rename_fields={"exc_info": "exception"})

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data |= {"time": _time(record), "level": record.levelname, "logger": record.name}
        super().add_fields(log_data, record, message_dict)
        # Uvicorn's own copy of a message for coloured terminals.
        log_data.pop("color_message", None)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: all_redacted(value) for name, value in log_data.items()}

    def formatException(self, ei: Fault) -> str:  # noqa: N802 - logging's name
        return trace(ei[1]) if ei[1] is not None else ""


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's name
        return _time(record)

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))

    def formatException(self, ei: Fault) -> str:  # noqa: N802 - logging's name
        return trace(ei[1]) if ei[1] is not None else ""
