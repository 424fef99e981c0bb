"""What goes through the pipes between a page and the process that holds its split.

That process reads what strangers give it. Were it taken over, its answers would still be text that is checked field by
field here, and never a program: a pickle could be one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from engine.local_split.cells.exchange import (  # noqa: TC001 - pydantic reads these types when it runs
    CellOptions,
    CellsFile,
    CellsResult,
    FoundCells,
)
from engine.local_split.exchange import (  # noqa: TC001 - pydantic reads these types when it runs
    Files,
    Inspection,
    Offer,
    Options,
    Result,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

Question = Literal["inspect", "compare", "offers"]
_HEAD = struct.Struct(">Q")
_LARGEST = 1 << 30
# Options of a table and of cells share names: what knows a field of the other is not the one.
_AS_JSON = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants", extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What goes to the process; `files` is None where it has them from the question before."""

    number: int
    question: Question
    files: Files | CellsFile | None
    options: Options | CellOptions


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenCells:
    """The same of a file of cells."""

    result: CellsResult
    html: bytes
    csv: bytes
    json: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What comes back of a question: a step on the way (what, done, total), or its end.

    Attributes:
        kind: `refusal` has a sentence for the user, `fault` one that says where this program broke.
    """

    number: int
    kind: Literal["step", "answer", "refusal", "fault"]
    value: Annotated[
        Inspection | FoundCells | Taken | TakenCells | list[Offer] | JsonValue, Field(union_mode="left_to_right")
    ]


_Message = TypeVar("_Message", Asked, Told)


def write(pipe: IO[bytes], message: Asked | Told) -> None:
    """Send one message: its length in eight bytes, then JSON.

    Raises:
        OSError: nobody reads any more.
    """
    content = _FORMS[type(message)].dump_json((message,))
    pipe.write(_HEAD.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def read(pipe: IO[bytes], kind: type[_Message]) -> _Message | None:
    """One message; None where nobody writes any more, also in the middle of one, and where what comes is none."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    (length,) = _HEAD.unpack(head)
    if length > _LARGEST:
        return None
    try:
        (message,) = _FORMS[kind].validate_json(pipe.read(length))
    except ValidationError:
        return None
    found: _Message = message
    return found


# Settings of how bytes and infinities are written hold for what is inside a tuple, not for a data class itself.
_FORMS: Mapping[type[Asked | Told], TypeAdapter[Any]] = {
    Asked: TypeAdapter(tuple[Asked], config=_AS_JSON),
    Told: TypeAdapter(tuple[Told], config=_AS_JSON),
}
