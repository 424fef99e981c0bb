"""What goes through the pipes between a page and the process that holds its split."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from typing import IO

    from engine.local_split.exchange import Files, Options, Result

Question = Literal["inspect", "compare", "offers"]
_HEAD = struct.Struct(">Q")
_FIFTH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What goes to the process; `files` is None where it has them from the question before."""

    number: int
    question: Question
    files: Files | None
    options: Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What comes back of a question: a step on the way (what, done, total), or its end.

    Attributes:
        kind: `refusal` has a sentence for the user, `fault` one that says where this program broke.
    """

    number: int
    kind: Literal["step", "answer", "refusal", "fault"]
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A result and what can be taken away of it.

    Attributes:
        result: of the comparison.
        html: the report, and `csv` and `json` the same as data, all in UTF-8.
    """

    result: Result
    html: bytes
    csv: bytes
    json: bytes


def write(pipe: IO[bytes], message: Asked | Told) -> None:
    """Send one message: its length in eight bytes, then a pickle.

    Raises:
        OSError: nobody reads any more.
    """
    content = pickle.dumps(message, protocol=_FIFTH)
    pipe.write(_HEAD.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def read(pipe: IO[bytes]) -> Any:
    """One message; None where nobody writes any more, also in the middle of one."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    (length,) = _HEAD.unpack(head)
    content = pipe.read(length)
    return pickle.loads(content) if len(content) == length else None  # noqa: S301 - of our own process, through a pipe
