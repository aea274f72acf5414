"""Reading nodes as what a grammar wants there; every complaint has file:line and says what to do."""

from __future__ import annotations

import re

from hotline.errors import FlowError
from hotline.flow.yaml import Mapping, Node, Scalar, Sequence

NAME = re.compile(r"[a-z][a-z0-9_]*")


class Grammar:
    """The readers of one file."""

    def __init__(self, file: str) -> None:
        self.file = file

    def need(self, node: Mapping, key: str) -> Node:
        """What stands under a key that must be there."""
        if key not in node.items:
            raise FlowError(self.file, node.line, f"`{key}:` is missing")
        return node.items[key]

    def only(self, node: Mapping, allowed: frozenset[str] | set[str], what: str) -> None:
        """Refuse any other key."""
        for key in node.items:
            if key not in allowed:
                may = ", ".join(sorted(allowed))
                raise FlowError(self.file, node.key_lines[key], f"{what} has no `{key}:`; it may have {may}")

    def flag(self, node: Mapping, key: str) -> bool:
        """Whether `key: yes` stands there."""
        if key not in node.items:
            return False
        if self.scalar(node.items[key]) != "yes":
            raise FlowError(self.file, node.key_lines[key], f"`{key}:` can only be yes; leave it out otherwise")
        return True

    def mapping(self, node: Node) -> Mapping:
        """The node as a block."""
        if not isinstance(node, Mapping):
            raise FlowError(self.file, node.line, "here a block of `key: value` lines is needed")
        return node

    def sequence(self, node: Node) -> Sequence:
        """The node as a list."""
        if not isinstance(node, Sequence):
            raise FlowError(self.file, node.line, "here a list is needed")
        return node

    def scalar(self, node: Node) -> str:
        """The node as one value."""
        if not isinstance(node, Scalar):
            raise FlowError(self.file, node.line, "here one plain value is needed")
        return node.text

    def word(self, node: Node) -> str:
        """The node as a name."""
        text = self.scalar(node)
        if not NAME.fullmatch(text):
            raise FlowError(self.file, node.line, f"{text!r} cannot be a name: small letters, digits and _")
        return text

    def count(self, node: Node, most: int) -> int:
        """The node as a number from 1 to `most`."""
        text = self.scalar(node)
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise FlowError(self.file, node.line, f"{text!r}: a number from 1 to {most} is needed")
        return int(text)

    def words(self, node: Node) -> tuple[str, ...]:
        """The node as a list of values."""
        return tuple(self.scalar(item) for item in self.sequence(node).items)
