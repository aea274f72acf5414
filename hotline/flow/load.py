"""A flow file in the notation of docs/flows.md → a Flow. Every complaint has file:line and says what to do."""

from __future__ import annotations

import hashlib
import re

from hotline.errors import FlowError
from hotline.flow.grammar import NAME, Grammar
from hotline.flow.model import (
    END,
    RESUME,
    RETURN,
    Accept,
    Ask,
    Channel,
    Choice,
    Do,
    Find,
    Flow,
    Menu,
    Message,
    Pick,
    Record,
    Say,
    Step,
)
from hotline.flow.yaml import Mapping, Node, Scalar, Sequence, read

LONGEST_RECORDING = 300
"""Seconds of one recording, at most."""
READERS = ("text", "country", "digits", "number", "amount", "date", "yesno")
VERBS = ("say", "ask", "menu", "pick", "find", "do", "record")
_SAY_TOO = frozenset({"ask", "pick", "record"})
"""Verbs whose question stands under `say`."""
_TWINS = frozenset({"voice", "sms"})
_KEYS: dict[str, frozenset[str]] = {
    "say": frozenset({"say", "then", "mark", "written"}) | _TWINS,
    "ask": frozenset({"ask", "say", "accept", "again", "skip", "private", "then"}) | _TWINS,
    "menu": frozenset({"menu", *"123456789"}) | _TWINS,
    "pick": frozenset({"pick", "say", "label", "none", "then"}) | _TWINS,
    "record": frozenset({"record", "say", "seconds", "private", "then"}) | _TWINS,
}
_HEAD = frozenset({"flow", "title", "keywords", "first", "argument", "push", "steps", "hangup", "sensitive"})
_RESERVED = frozenset({"by", "then", "find", "do", END, RETURN, RESUME})


class _FlowReader(Grammar):
    """Reads one file; gathers steps under their full names as they are met, branches included."""

    def __init__(self, file: str, source: str) -> None:
        super().__init__(file)
        root = read(file, source)
        if not isinstance(root, Mapping):
            raise FlowError(file, root.line, "a flow file begins with `flow: <name>`")
        self.root, self.source = root, source
        self.name = ""
        self.steps: dict[str, Step] = {}

    def flow(self) -> Flow:
        self.only(self.root, _HEAD, "a flow")
        self.name = self.word(self.need(self.root, "flow"))
        steps = self.mapping(self.need(self.root, "steps"))
        self.local = frozenset(steps.items)
        for key, node in steps.items.items():
            if not NAME.fullmatch(key) or key in _RESERVED:
                raise FlowError(
                    self.file, steps.key_lines[key], f"{key!r} cannot name a step: small letters, digits and _"
                )
            self.step(f"{self.name}.{key}", self.mapping(node))
        first = self.need(self.root, "first")
        keywords = self.root.items.get("keywords")
        hangup = self.root.items.get("hangup")
        argument = self.root.items.get("argument")
        return Flow(
            name=self.name,
            file=self.file,
            title=self.message(self.root, "title", f"{self.name}.title"),
            keywords=self.words(keywords) if keywords else (),
            first=self.arrow(first),
            steps=self.steps,
            hangup=self.scalar(hangup) if hangup else "",
            sensitive=self.flag(self.root, "sensitive"),
            version=hashlib.sha256(self.source.encode()).hexdigest()[:12],
            argument=self.arrow(argument) if argument else "",
            push=self.flag(self.root, "push"),
        )

    # --- steps ---

    def step(self, name: str, node: Mapping, then: str = "") -> None:
        """Read one step under `name`; `then` is where a chained step goes on to when it does not say."""
        found = [verb for verb in VERBS if verb in node.items]
        if len(found) == 2 and found[0] == "say" and found[1] in _SAY_TOO:
            found = found[1:]
        if len(found) > 1:
            raise FlowError(self.file, node.line, f"one verb a step: {' and '.join(found)} stand together")
        if not found:
            raise FlowError(self.file, node.line, f"a step needs one of {', '.join(VERBS)}")
        verb = found[0]
        if verb in _KEYS:
            self.only(node, _KEYS[verb], f"`{verb}`")
        reader = {
            "say": self.say, "ask": self.ask, "menu": self.menu, "pick": self.pick,
            "find": self.find, "do": self.do, "record": self.record,
        }[verb]  # fmt: skip
        self.steps[name] = reader(name, node, then)

    def say(self, name: str, node: Mapping, then: str) -> Step:
        source = node.items["say"]
        if isinstance(source, Sequence):
            pages = tuple(
                self.message(Mapping(item.line, {"say": item}, {"say": item.line}), "say", f"{name}.{number}")
                if isinstance(item, Scalar)
                else self.message(self.mapping(item), "say", f"{name}.{number}")
                for number, item in enumerate(source.items, 1)
            )
        else:
            pages = (self.message(node, "say", name),)
        written = self.flag(node, "written")
        if written and len(pages) > 1:
            raise FlowError(
                self.file, node.key_lines["written"], "`written` is for one text: a list of pages is no SMS"
            )
        return Say(name, pages, self.then(node, then), node.line, self.flag(node, "mark"), written)

    def ask(self, name: str, node: Mapping, then: str) -> Step:
        again = node.items.get("again")
        skip = node.items.get("skip")
        return Ask(
            name=name,
            key=self.word(node.items["ask"]),
            prompt=self.message(node, "say", name),
            accept=self.accept(self.need(node, "accept")),
            then=self.then(node, then),
            again=self.text(again, f"{name}.again") if again else None,
            skip=self.arrow(skip) if skip else "",
            private=self.flag(node, "private"),
            line=node.line,
        )

    def menu(self, name: str, node: Mapping, then: str) -> Step:
        choices = []
        for key in (key for key in node.items if key.isdigit()):
            choices.append(self.choice(name, key, self.mapping(node.items[key])))
        if not choices:
            raise FlowError(self.file, node.line, "a menu needs at least one numbered choice")
        return Menu(name, name.rpartition(".")[2], self.message(node, "menu", name), tuple(choices), node.line)

    def choice(self, name: str, key: str, node: Mapping) -> Choice:
        self.only(node, frozenset({"label", "keep", "then", "in", "only"}) | _TWINS, "a choice")
        only = self.scalar(node.items["only"]) if "only" in node.items else ""
        if only and only not in tuple(Channel):
            raise FlowError(self.file, node.line, f"`only: {only}`: write sms or voice")
        return Choice(
            key=key,
            label=self.message(node, "label", f"{name}.{key}"),
            then=self.then(node, ""),
            keep=self.scalar(node.items["keep"]) if "keep" in node.items else "",
            spoken_in=self.scalar(node.items["in"]) if "in" in node.items else "",
            only=Channel(only) if only else None,
            line=node.line,
        )

    def pick(self, name: str, node: Mapping, then: str) -> Step:
        return Pick(
            name=name,
            key=self.word(node.items["pick"]),
            prompt=self.message(node, "say", name),
            label=self.text(self.need(node, "label"), f"{name}.label"),
            none=self.arrow(self.need(node, "none")),
            then=self.then(node, then),
            line=node.line,
        )

    def find(self, name: str, node: Mapping, then: str) -> Step:
        branches = self.branches(name, node, "find", then)
        if not branches:
            raise FlowError(self.file, node.line, "`find` needs a branch for each outcome of its port")
        return Find(name, self.word(node.items["find"]), self.by(node), branches, node.line)

    def do(self, name: str, node: Mapping, then: str) -> Step:
        branches = self.branches(name, node, "do", then)
        return Do(
            name,
            self.word(node.items["do"]),
            self.by(node),
            branches,
            "" if branches else self.then(node, then),
            node.line,
        )

    def record(self, name: str, node: Mapping, then: str) -> Step:
        return Record(
            name, self.word(node.items["record"]), self.message(node, "say", name),
            self.count(self.need(node, "seconds"), LONGEST_RECORDING), self.then(node, then),
            self.flag(node, "private"), node.line,
        )  # fmt: skip

    def branches(self, name: str, node: Mapping, verb: str, then: str) -> dict[str, str]:
        """Outcome → the full name of the step (or arrow) it leads to; a list chains its steps one after the other."""
        found: dict[str, str] = {}
        if "then" in node.items and set(node.items) - {verb, "by", "then"}:
            line = node.key_lines["then"]
            raise FlowError(self.file, line, f"a `{verb}` with branches goes where they go: take out this `then:`")
        for outcome, branch in node.items.items():
            if outcome in (verb, "by", "then"):
                continue
            if not NAME.fullmatch(outcome):
                raise FlowError(self.file, node.key_lines[outcome], f"{outcome!r} cannot name an outcome")
            full = f"{name}.{outcome}"
            if isinstance(branch, Sequence):
                found[outcome] = self.chain(full, branch, then)
            elif isinstance(branch, Mapping) and set(branch.items) == {"then"}:
                found[outcome] = self.then(branch, then)
            else:
                self.step(full, self.mapping(branch), then)
                found[outcome] = full
        return found

    def chain(self, name: str, node: Sequence, then: str) -> str:
        names = [f"{name}.{number}" for number in range(1, len(node.items) + 1)]
        if not names:
            raise FlowError(self.file, node.line, "an empty list leads nowhere")
        for index, item in enumerate(node.items):
            after = names[index + 1] if index + 1 < len(names) else then
            self.step(names[index], self.mapping(item), after)
        return names[0]

    # --- parts of a step ---

    def message(self, node: Mapping, key: str, name: str) -> Message:
        """The text under `key`, with the twins that stand beside it."""
        base = self.scalar(self.need(node, key)).strip()
        sms, voice = (self.scalar(node.items[twin]).strip() if twin in node.items else "" for twin in ("sms", "voice"))
        if not base:
            raise FlowError(self.file, node.line, f"`{key}` is empty")
        line = node.key_lines[key]
        return Message(name, sms or base, voice or base, f"{name}#{'sms' if sms else key}",
                       f"{name}#{'voice' if voice else key}", line)  # fmt: skip

    def text(self, node: Node, name: str) -> Message:
        """A text that stands alone: a string, or say/voice/sms."""
        if isinstance(node, Scalar):
            return self.message(Mapping(node.line, {"say": node}, {"say": node.line}), "say", name)
        self.only(self.mapping(node), frozenset({"say"}) | _TWINS, "a text")
        return self.message(self.mapping(node), "say", name)

    def accept(self, node: Node) -> dict[Channel, Accept]:
        if isinstance(node, Scalar):
            both = self.reader(node)
            return {Channel.SMS: both, Channel.VOICE: both}
        found = self.mapping(node)
        self.only(found, frozenset({"sms", "voice"}), "`accept`")
        return {Channel(channel): self.reader(self.need(found, channel)) for channel in ("sms", "voice")}

    def reader(self, node: Node) -> Accept:
        words = self.scalar(node).split()
        span = re.fullmatch(r"(\d+)(?:-(\d+))?", words[1]) if len(words) == 2 else None
        if not words or words[0] not in READERS or (len(words) > 1 and (words[0] != "digits" or not span)):
            raise FlowError(self.file, node.line, f"accept one of {', '.join(READERS)}; digits take 4 or 1-5")
        if span:
            return Accept("digits", int(span[1]), int(span[2] or span[1]))
        if words[0] == "digits":
            raise FlowError(self.file, node.line, "say how many digits: `digits 4` or `digits 1-5`")
        return Accept(words[0])

    def then(self, node: Mapping, default: str) -> str:
        if "then" not in node.items:
            if not default:
                raise FlowError(self.file, node.line, "this step ends by accident: add `then:`")
            return default
        return self.arrow(node.items["then"])

    def arrow(self, node: Node) -> str:
        """A full target; a step of this flow gets the flow's name, another flow or `flow.step` stays as written."""
        target, _, handed = self.scalar(node).partition(" with ")
        if target in (END, RETURN, RESUME):
            return target
        if not all(NAME.fullmatch(part) for part in target.split(".")):
            raise FlowError(self.file, node.line, f"`then: {target}`: name a step, a flow, end, return or resume")
        full = f"{self.name}.{target}" if target in self.local else target
        return f"{full} with {handed.strip()}" if handed else full

    def by(self, node: Mapping) -> tuple[str, ...]:
        found = node.items.get("by")
        if found is None:
            return ()
        return tuple(self.scalar(item) for item in (found.items if isinstance(found, Sequence) else (found,)))


def load_flow(file: str, source: str) -> Flow:
    """Read one flow file. Raises FlowError with the file, the line and what to do."""
    return _FlowReader(file, source).flow()
