"""What a parser may say of an input that it does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from engine.errors import VledgerError

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_LONGEST = 800
_OF_PYTHON = ("Traceback", "object at 0x", "<class", "site-packages", "set_int_max_str_digits")


def check_sentence(sentence: str) -> None:
    """One line, of bounded length, without a word of Python's."""
    assert sentence.strip()
    assert sentence.isprintable(), repr(sentence[:200])
    assert len(sentence) <= _LONGEST, (len(sentence), sentence[:200])
    assert not [word for word in _OF_PYTHON if word in sentence], sentence


def value_or_sentence(parse: Callable[[], _T]) -> _T | None:
    """What a parser makes of an input; None where it refuses it in a proper sentence. Any other error is a defect."""
    try:
        return parse()
    except VledgerError as error:
        check_sentence(str(error))
        return None
