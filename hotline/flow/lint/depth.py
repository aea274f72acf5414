"""Proof 13: how many keys a caller needs from the main menu to each answer, and no more than three to any verdict."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from hotline.flow.book import Book
from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import arrows, ends
from hotline.flow.lint.safety import PORT
from hotline.flow.model import Channel, Find, Say

NUMBER, MOST = 13, 3


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the `find` that a caller comes to with too many keys."""
    book = content.book
    keys = keys_to(book)
    for step in book.steps.values():
        for arrow in arrows(book, step):
            if step.name not in keys:
                continue
            for end in ends(book, arrow):
                find, needed = book.steps[end], keys[step.name] + arrow.keys
                if isinstance(find, Find) and find.port == PORT and needed > MOST:
                    text = f"{needed} keys from the main menu to a verdict, by way of {step.name}; at most {MOST}"
                    yield Finding(*content.where(find), NUMBER, text)


def keys_to(book: Book) -> dict[str, int]:
    """Every step a caller can come to from the main menu, and the fewest keys to it.

    Each choice counts as one, and so do all the digits of one entry. The language is chosen before; key 0 is a choice.
    """
    starts = ((0, book.place(book.always.main)), (1, book.place(book.always.person)))
    todo, found = [start for start in starts if start[1] in book.steps], dict[str, int]()
    while todo:
        keys, name = heapq.heappop(todo)
        if name in found:
            continue
        found[name] = keys
        for arrow in arrows(book, book.steps[name]):
            if arrow.only is not Channel.SMS:
                for end in ends(book, arrow):
                    heapq.heappush(todo, (keys + arrow.keys, end))
    return found


def answers(book: Book) -> dict[str, int]:
    """The steps that tell something, and the keys to each."""
    return {name: keys for name, keys in keys_to(book).items() if isinstance(book.steps[name], Say)}
