"""The ways to break the content that stand in breaks.txt, read, and done to the files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hotline.flow.book import Sources
from tests.flow.lint.content_files import text_of, with_text

_TIMES = re.compile(r"<<(.*?) \* (\d+)>>")


@dataclass(frozen=True, slots=True)
class Break:
    """In `file` each old text becomes the new one ("" adds to the end; no change at all takes the file out)."""

    proof: int
    what: str
    file: str
    changes: tuple[tuple[str, str], ...]
    at: str

    def __str__(self) -> str:
        return f"{self.proof} {self.what}"

    def done_to(self, sources: Sources) -> Sources:
        """The same files with this one broken."""
        text: str | None = text_of(sources, self.file)
        for old, new in self.changes:
            assert text is not None
            assert old in text, f"{self.file} says {old!r} no more: mend this break"
            text = text.replace(old, new, 1) if old else f"{text}\n{new}\n".lstrip()
        return with_text(sources, self.file, text if self.changes else None)

    def place(self, broken: Sources) -> tuple[str, int]:
        """The file and line that must be named."""
        file, _, at = self.at.rpartition(" | ")
        file, at = file or self.file, at or self.changes[0][1].partition("\n")[0]
        text = text_of(broken, file)
        assert at in text, f"{file} has no {at!r}: mend this break"
        return file, text[: text.index(at)].count("\n") + 1


def read(text: str) -> tuple[Break, ...]:
    """Every break of the file: paragraphs that begin with `proof N: what`."""
    paragraphs = (part.splitlines() for part in text.split("\n\n"))
    return tuple(_break(lines) for lines in paragraphs if lines and lines[0].startswith("proof "))


def _break(lines: list[str]) -> Break:
    number, _, what = lines[0].removeprefix("proof ").partition(": ")
    changes: list[tuple[list[str], list[str]]] = []
    at = ""
    for before, line in pairwise(lines[1:]):
        if line.startswith("@"):
            at = line[1:]
        elif line.startswith(("-", "+")):
            if not before.startswith(("-", "+")):
                changes.append(([], []))
            changes[-1][line.startswith("+")].append(_TIMES.sub(lambda times: times[1] * int(times[2]), line[1:]))
        else:
            assert line in ("and", "gone"), f"{lines[0]}: {line!r} is no part of a break"
    return Break(int(number), what, lines[1], tuple(("\n".join(old), "\n".join(new)) for old, new in changes), at)


BREAKS = read(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"))
