"""What works at every step of every flow: the universal keys, the words, patience and budgets, and their texts."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.errors import FlowError
from hotline.flow.grammar import Grammar
from hotline.flow.model import END, RESUME, RETURN, Message
from hotline.flow.yaml import Mapping as Block
from hotline.flow.yaml import Node, Scalar, read
from hotline.frozen import frozen

COUNTS = ("patience", "goodbye", "parts", "choices", "rows")
TARGETS = ("main", "person", "stuck", "numbers", "places", "codes", "voice", "cut_off", "written")
MOST = 60
BUILT_IN = frozenset({"back", "repeat", "more", "yes", "no"})
"""Words that act where the person is, rather than lead to a step."""
TEXTS = (
    "choice", "yes", "no", "person", "written", "none", "more_rows", "meant", "not_understood", "not_read",
    "telephone", "wrong_key", "silence", "languages", "more", "thanks", "goodbye", "nothing_more", "busy", "loop",
    "erase_asked", "sorry", "sorry_call",
)  # fmt: skip


@frozen
class Concept:
    """A word of `always`: where it leads, and its English spellings."""

    name: str
    then: str
    words: tuple[str, ...]
    line: int


@frozen
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
    places: str
    codes: str
    voice: str
    cut_off: str
    written: str
    alone: frozenset[str]
    detours: frozenset[str]
    concepts: Mapping[str, Concept]
    politeness: tuple[str, ...]
    thanks: tuple[str, ...]
    idle: tuple[str, ...]
    texts: Mapping[str, Message]


def load_always(file: str, source: str) -> Always:
    """Read the one `always` file. Raises FlowError with file, line and remedy."""
    return _Reader(file).always(source)


def load_words(file: str, source: str) -> Mapping[str, tuple[str, ...]]:
    """`translations/<locale>/words.yaml`: what people type for each word or flow; `politeness`, `thanks`, `idle`."""
    grammar = Grammar(file)
    return {name: grammar.words(node) for name, node in grammar.mapping(read(file, source)).items.items()}


class _Reader(Grammar):
    def always(self, source: str) -> Always:
        root = self.mapping(read(self.file, source))
        self.only(root, {"always", "words", "politeness", "thanks", "idle", "texts"}, "this file")
        head = self.mapping(self.need(root, "always"))
        self.only(head, {*COUNTS, *TARGETS, "keys", "alone", "detours"}, "`always`")
        count = {name: self.count(self.need(head, name), MOST) for name in COUNTS}
        where = {name: self.scalar(self.need(head, name)) for name in TARGETS}
        keys = self.mapping(self.need(head, "keys"))
        self.only(keys, {"person", "written", "repeat", "back", "main"}, "`keys`")
        texts = self.mapping(self.need(root, "texts"))
        self.only(texts, set(TEXTS), "`texts`")
        return Always(
            file=self.file,
            patience=count["patience"],
            goodbye=count["goodbye"],
            parts=count["parts"],
            choices=count["choices"],
            rows=count["rows"],
            keys={key: self.scalar(node) for key, node in keys.items.items()},
            main=where["main"],
            person=where["person"],
            stuck=where["stuck"],
            numbers=where["numbers"],
            places=where["places"],
            codes=where["codes"],
            voice=where["voice"],
            cut_off=where["cut_off"],
            written=where["written"],
            alone=frozenset(self.words(self.need(head, "alone"))),
            detours=frozenset(self.words(self.need(head, "detours"))),
            concepts=self.concepts(self.mapping(self.need(root, "words"))),
            politeness=self.words(self.need(root, "politeness")),
            thanks=self.words(self.need(root, "thanks")),
            idle=self.words(self.need(root, "idle")),
            texts={name: self.message(name, self.need(texts, name), texts.key_lines[name]) for name in TEXTS},
        )

    def concepts(self, block: Block) -> dict[str, Concept]:
        found = {}
        for name, node in block.items.items():
            entry = self.mapping(node)
            self.only(entry, {"then", "words"}, "a word")
            then = self.scalar(self.need(entry, "then"))
            if then in (END, RETURN, RESUME):
                raise FlowError(self.file, entry.line, f"a word cannot lead to `{then}`: name a flow or a step")
            found[name] = Concept(name, then, self.words(self.need(entry, "words")), block.key_lines[name])
        return found

    def message(self, name: str, node: Node, line: int) -> Message:
        key = f"always.{name}"
        if isinstance(node, Scalar):
            return Message(key, node.text.strip(), node.text.strip(), f"{key}#say", f"{key}#say", line)
        block = self.mapping(node)
        self.only(block, {"say", "voice"}, "a text")
        say, voice = (self.scalar(self.need(block, twin)).strip() for twin in ("say", "voice"))
        return Message(key, say, voice, f"{key}#say", f"{key}#voice", block.key_lines["say"])
