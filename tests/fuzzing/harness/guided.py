"""What the harnesses share: libFuzzer is told by atheris which lines of a parser an input reached."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from collections.abc import Callable


def start(one: Callable[[bytes], object]) -> None:
    """Feed inputs to a function, as the options of the command line say, until it raises or they are done."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
