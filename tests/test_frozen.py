"""A value is changed by nobody: mypy sees to it, so that nothing has to while the program runs."""

from __future__ import annotations

from pathlib import Path

from mypy import api

from hotline.frozen import frozen

CHANGED = """
from dataclasses import replace
from hotline.frozen import frozen

@frozen
class Place:
    name: str
    rooms: int = 1

one = Place("Lahore")
two = replace(one, rooms=2)
one.name = "Multan"
two.rooms += 1
Place(3)
"""


@frozen
class Place:
    name: str
    rooms: int = 1


def test_values_of_one_content_are_equal_and_one_key_and_hold_nothing_else() -> None:
    assert Place("Lahore") == Place("Lahore", 1)
    assert len({Place("Lahore"), Place("Lahore", 1), Place("Lahore", 2)}) == 2
    assert not hasattr(Place("Lahore"), "__dict__")


def test_mypy_refuses_each_line_that_changes_a_value(tmp_path: Path) -> None:
    file = tmp_path / "changed.py"
    file.write_text(CHANGED)
    told, _, _ = api.run(
        ["--strict", "--follow-imports=silent", "--no-error-summary", "--cache-dir", str(tmp_path / "cache"), str(file)]
    )
    lines = [int(line.split(":")[1]) for line in told.splitlines()]
    assert lines == [
        CHANGED[: CHANGED.index(wrong)].count("\n") + 1 for wrong in ("one.name =", "two.rooms", "Place(3)")
    ]
