"""What a proof reports: where the content is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

NAMES = {
    1: "arrows", 2: "outcomes", 3: "facts", 4: "speech", 5: "keys", 6: "words", 7: "translations", 8: "cost",
    10: "parity", 11: "safety", 12: "privacy", 13: "depth",
}  # fmt: skip
"""The proofs by number, as docs/flows.md explains them."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong. `line` counts from 1; `text` says what is wrong and what to do."""

    file: str
    line: int
    proof: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: proof {self.proof} {NAMES[self.proof]}: {self.text}"
