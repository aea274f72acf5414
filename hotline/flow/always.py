"""What works at every step of every flow: the universal keys, the words, patience and budgets, and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.errors import FlowError
from hotline.flow.model import END, RESUME, RETURN, Message
from hotline.flow.yaml import Mapping as Block
from hotline.flow.yaml import Node, Scalar, Sequence, read

BUILT_IN = frozenset({"back", "repeat", "more", "yes", "no"})
"""Words that act where the person is, rather than lead to a step."""
TEXTS = (
    "choice", "yes", "no", "person", "none", "more_rows", "meant", "not_understood", "not_read", "wrong_key", "silence",
    "languages", "more", "goodbye", "nothing_more", "busy", "sorry", "sorry_call",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concept:
    """A word of `always`: where it leads, and its English spellings."""

    name: str
    then: str
    words: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Always:
    """`flows/always.yaml`, read. Counts are per turn, menu or call, as the file says beside them."""

    file: str
    patience: int
    goodbye: int
    parts: int
    choices: int
    rows: int
    keys: Mapping[str, str]
    main: str
    person: str
    stuck: str
    numbers: str
    voice: str
    cut_off: str
    alone: frozenset[str]
    detours: frozenset[str]
    concepts: Mapping[str, Concept]
    politeness: tuple[str, ...]
    texts: Mapping[str, Message]


def load_always(file: str, source: str) -> Always:
    """Read the one `always` file. Raises FlowError with file, line and remedy."""
    root = _block(file, read(file, source))
    _only(file, root, {"always", "words", "politeness", "texts"})
    head = _block(file, _need(file, root, "always"))
    counts = ("patience", "goodbye", "parts", "choices", "rows")
    targets = ("main", "person", "stuck", "numbers", "voice", "cut_off")
    _only(file, head, {*counts, *targets, "keys", "alone", "detours"})
    count = {name: _count(file, _need(file, head, name)) for name in counts}
    where = {name: _scalar(file, _need(file, head, name)) for name in targets}
    keys_block = _block(file, _need(file, head, "keys"))
    _only(file, keys_block, {"person", "repeat", "back", "main"})
    texts_block = _block(file, _need(file, root, "texts"))
    _only(file, texts_block, set(TEXTS))
    return Always(
        file=file,
        patience=count["patience"],
        goodbye=count["goodbye"],
        parts=count["parts"],
        choices=count["choices"],
        rows=count["rows"],
        main=where["main"],
        person=where["person"],
        stuck=where["stuck"],
        numbers=where["numbers"],
        voice=where["voice"],
        cut_off=where["cut_off"],
        keys={key: _scalar(file, node) for key, node in keys_block.items.items()},
        alone=frozenset(_words(file, _need(file, head, "alone"))),
        detours=frozenset(_words(file, _need(file, head, "detours"))),
        concepts=_concepts(file, _block(file, _need(file, root, "words"))),
        politeness=_words(file, _need(file, root, "politeness")),
        texts={name: _message(file, name, _need(file, texts_block, name)) for name in TEXTS},
    )


def _concepts(file: str, block: Block) -> dict[str, Concept]:
    found = {}
    for name, node in block.items.items():
        entry = _block(file, node)
        _only(file, entry, {"then", "words"})
        then = _scalar(file, _need(file, entry, "then"))
        if then in (END, RETURN, RESUME):
            raise FlowError(file, entry.line, f"a word cannot lead to `{then}`: name a flow or a step")
        found[name] = Concept(name, then, _words(file, _need(file, entry, "words")), block.key_lines[name])
    return found


def _message(file: str, name: str, node: Node) -> Message:
    key = f"always.{name}"
    if isinstance(node, Scalar):
        return Message(key, node.text.strip(), node.text.strip(), f"{key}#say", f"{key}#say", node.line)
    block = _block(file, node)
    _only(file, block, {"say", "voice"})
    say, voice = (_scalar(file, _need(file, block, twin)).strip() for twin in ("say", "voice"))
    return Message(key, say, voice, f"{key}#say", f"{key}#voice", block.key_lines["say"])


def load_words(file: str, source: str) -> Mapping[str, tuple[str, ...]]:
    """`translations/<locale>/words.yaml`: what people type for each word of `always` or flow, and `politeness`."""
    block = _block(file, read(file, source))
    return {name: _words(file, node) for name, node in block.items.items()}


def _need(file: str, block: Block, key: str) -> Node:
    if key not in block.items:
        raise FlowError(file, block.line, f"`{key}:` is missing")
    return block.items[key]


def _only(file: str, block: Block, allowed: set[str]) -> None:
    for key in block.items:
        if key not in allowed:
            raise FlowError(file, block.key_lines[key], f"no `{key}:` here; it may be {', '.join(sorted(allowed))}")


def _block(file: str, node: Node) -> Block:
    if not isinstance(node, Block):
        raise FlowError(file, node.line, "here a block of `key: value` lines is needed")
    return node


def _scalar(file: str, node: Node) -> str:
    if not isinstance(node, Scalar):
        raise FlowError(file, node.line, "here one plain value is needed")
    return node.text


def _words(file: str, node: Node) -> tuple[str, ...]:
    if not isinstance(node, Sequence):
        raise FlowError(file, node.line, "here a list of words is needed, such as [menu, main]")
    return tuple(_scalar(file, item) for item in node.items)


def _count(file: str, node: Node) -> int:
    text = _scalar(file, node)
    if not text.isdecimal() or not 1 <= int(text) <= 60:
        raise FlowError(file, node.line, f"{text!r}: a number from 1 to 60 is needed")
    return int(text)
