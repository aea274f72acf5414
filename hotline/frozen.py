"""The form of every value in this program: a dataclass with slots that nobody changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Value = TypeVar("_Value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_Value]) -> type[_Value]:
    """What `dataclass(frozen=True, slots=True)` is to mypy, which refuses any line that would change a value.

    Nothing guards it while the program runs: a guarded value costs five times as much to make, and a turn makes sixty.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
