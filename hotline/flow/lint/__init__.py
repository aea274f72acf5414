"""The proofs over flows, words and translations: one family a module, each a function from the content to findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType

from hotline.flow.book import Book, Sources
from hotline.flow.lint import (
    arrows,
    cost,
    depth,
    facts,
    keys,
    outcomes,
    parity,
    privacy,
    safety,
    speech,
    translations,
    words,
)
from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import NAMES, Finding

__all__ = ["NAMES", "PROOFS", "Finding", "lint"]

PROOFS: Mapping[int, Callable[[Content], Iterator[Finding]]] = MappingProxyType(
    {
        1: arrows.prove, 2: outcomes.prove, 3: facts.prove, 4: speech.prove, 5: keys.prove, 6: words.prove,
        7: translations.prove, 8: cost.prove, 10: parity.prove, 11: safety.prove, 12: privacy.prove, 13: depth.prove,
    }
)  # fmt: skip


def lint(book: Book, sources: Sources, proofs: Collection[int] = tuple(PROOFS)) -> list[Finding]:
    """What the named proofs find in a book built from these sources, in the order of files and lines."""
    content = Content(book, sources)
    return sorted({finding for number in proofs for finding in PROOFS[number](content)})
