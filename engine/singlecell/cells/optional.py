"""Packages that only some installations have, loaded where they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from engine.errors import NotHereError


def load(module: str, *, purpose: str, install: str) -> Any:
    """The module, untyped.

    Args:
        module: dotted name, as `sknetwork.clustering`.
        purpose: who needs it, the beginning of the sentence a user reads.
        install: the command that brings it.

    Raises:
        NotHereError: it is not installed, or something that it needs itself is not.
    """
    try:
        return import_module(module)
    except ImportError as error:
        missing = error.name or module.split(".", maxsplit=1)[0]
        raise NotHereError(f"{purpose} needs {missing}, which is not installed: {install}.") from error
