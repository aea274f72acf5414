"""YAML, tamed: every scalar stays the string written; duplicates, anchors and tags are refused by file:line."""

from __future__ import annotations

import yaml

from hotline.errors import FlowError
from hotline.frozen import frozen


@frozen
class Scalar:
    """A written value, always a string."""

    line: int
    text: str


@frozen
class Sequence:
    """A list of nodes."""

    line: int
    items: tuple[Node, ...]


@frozen
class Mapping:
    """Keys in the order written, each once; `key_lines` says where each stands."""

    line: int
    items: dict[str, Node]
    key_lines: dict[str, int]


Node = Scalar | Sequence | Mapping


class _Reader:
    """Builds our nodes from the parser's events, so that nothing is ever resolved to a type."""

    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self._events = iter(yaml.parse(source, Loader=yaml.CSafeLoader))
        self._line = 1

    def document(self) -> Node:
        self._take(yaml.StreamStartEvent)
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise FlowError(self.file, 1, "the file is empty")
        node = self._node(self._next())
        self._take(yaml.DocumentEndEvent)
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise FlowError(self.file, self._line, "one document a file: take out the second '---'")
        return node

    def _next(self) -> yaml.Event:
        try:
            event = next(self._events)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else self._line
            raise FlowError(self.file, line, f"not YAML: {getattr(error, 'problem', None) or error}") from None
        self._line = _line(event)
        return event

    def _take(self, kind: type[yaml.Event]) -> None:
        if not isinstance(self._next(), kind):
            raise FlowError(self.file, self._line, "unexpected content")

    def _node(self, event: yaml.Event) -> Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FlowError(self.file, line, "anchors and aliases (& and *) are not used here: write the value out")
        if getattr(event, "tag", None):
            raise FlowError(self.file, line, "tags (!) are not used here: take it out")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(line, event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(line, tuple(self._children(yaml.SequenceEndEvent)))
        return self._mapping(line)

    def _children(self, stop: type[yaml.Event]) -> list[Node]:
        children = []
        while not isinstance(event := self._next(), stop):
            children.append(self._node(event))
        return children

    def _mapping(self, line: int) -> Mapping:
        items: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event)
            if not isinstance(key, Scalar):
                raise FlowError(self.file, key.line, "a key must be a plain word")
            if key.text in items:
                raise FlowError(self.file, key.line, f"{key.text!r} stands twice, first in line {lines[key.text]}")
            items[key.text], lines[key.text] = self._node(self._next()), key.line
        return Mapping(line, items, lines)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def read(file: str, source: str) -> Node:
    """The one document of `source`. Raises FlowError (file, line) for anything YAML offers beyond plain values."""
    return _Reader(file, source).document()


def plain(node: Node) -> object:
    """The node as plain strings, lists and dictionaries, where lines are no longer needed."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.items.items()}
