"""Proof 8: no turn is cut to stay within the budget of parts, in any language, with the longest values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hotline.flow.book import Book
from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.lint.graph import Way, arrows, doors, pushed, reached, ways
from hotline.flow.lint.samples import UNFILLED, longest
from hotline.flow.model import LOCALES, PUSH_PARTS, RETURN, Ask, Channel, Message, Say
from hotline.flow.render import fits, write_line, written
from hotline.flow.turn import Line, Option, Row, Session, Turn, Wait
from hotline.flow.walk import Waiting, Walk
from hotline.frozen import frozen
from hotline.text import parts
from hotline.text.values import Kind

MISSES = ("not_understood", "not_read", "nothing_more")
ALONE = ("busy", "sorry")
GUESSES = 3


@frozen
class Sent:
    """One turn at its worst: what it costs whole, whether it is sent whole, its longest text, the steps it passes."""

    length: parts.Length
    whole: bool
    message: Message
    steps: str


def prove(content: Content) -> Iterator[Finding]:
    """One finding a language for each text too long for its turn, with the dearest turn."""
    most = content.book.always.parts
    for locale in LOCALES:
        worst: dict[str, Sent] = {}
        for sent in _Purse(content.book, locale).everything():
            known = worst.get(sent.message.id)
            if not sent.whole and (known is None or sent.length.units > known.length.units):
                worst[sent.message.id] = sent
        for sent in worst.values():
            told = next(told for told in content.told(sent.message, Channel.SMS) if told.locale == locale)
            cost = f"{sent.length.parts} parts ({sent.length.units} units, {sent.length.alphabet})"
            limit = PUSH_PARTS if sent.steps in pushed(content.book) else most
            text = f"{locale}: {sent.steps} costs {cost}, at most {limit}: shorten {told.key}"
            yield Finding(told.file, told.line, 8, text)


def dearest(book: Book) -> dict[str, Sent]:
    """The turn that costs most, by language."""
    return {locale: max(_Purse(book, locale).everything(), key=lambda sent: sent.length.units) for locale in LOCALES}


class _Purse:
    """Every turn of one language, written whole beside how it will be sent."""

    def __init__(self, book: Book, locale: str) -> None:
        # A hole nobody fills is proof 3's to name; here it only takes room.
        holes = {hole.name for text in book.texts[locale].values() for hole in text if not isinstance(hole, str)}
        self.book = book = replace(book, kinds=dict.fromkeys(holes, Kind.TEXT) | dict(book.kinds))
        self.uncut = replace(book, always=replace(book.always, parts=60))
        self.facts = longest(book, locale)
        rows = tuple(Row(str(number), self.facts) for number in range(book.always.rows + 1))
        by_sms = reached(book, doors(book, Channel.SMS), Channel.SMS)
        self.waiting = tuple(step for name, step in book.steps.items() if name in by_sms and isinstance(step, Waiting))
        self.session = Session(locale, Channel.SMS, facts=self.facts, rows=rows)

    def everything(self) -> Iterator[Sent]:
        book = self.book
        for name in doors(book, Channel.SMS):
            for way in ways(book, name):
                yield from self.way(way)
        for step in self.waiting:
            targets = (arrow.target for arrow in arrows(book, step) if arrow.only is not Channel.VOICE)
            for target in dict.fromkeys(targets):
                for way in ways(book, target, step.name):
                    yield from self.way(way)
            yield from self.missed(step)
        for name in ALONE:
            yield self.sent(Turn(self.session, (self.always(name),)), f"always.{name}")
        yield self.guesses()
        for name, say in pushed(book).items():
            sent = self.sent(Turn(self.session, (Line(say.pages[0], self.facts),)), name)
            yield replace(sent, whole=sent.length.parts <= PUSH_PARTS)
        yield from self.written()

    def way(self, way: Way) -> Iterator[Sent]:
        """What the way tells and then asks. Coming back from a detour asks whatever was open before it."""
        lines = []
        for say in way.says:
            lines.append(Line(say.pages[0], self.facts_at(say)))
            if len(say.pages) > 1:
                lines.append(self.always("more"))
        name = " → ".join(step.name for step in way.says)
        places = (way.waits,) if way.waits else self.left(way)
        for place in places:
            turn = Walk(self.book, self.session, tuple(lines)).wait(place)
            yield self.sent(turn, f"{name} → {place.name}" if name else place.name)
        if lines and not places:
            yield self.sent(Turn(self.session, tuple(lines)), name)

    def written(self) -> Iterator[Sent]:
        """The answers of one turn of a call as a text of their own: no shorter turn by SMS may stand for them."""
        book = self.book
        targets = [(name, "") for name in doors(book, Channel.VOICE)]
        for name, step in book.steps.items():
            if isinstance(step, Waiting):
                targets += [(arrow.target, name) for arrow in arrows(book, step) if arrow.only is not Channel.SMS]
        found = {tuple(say for say in way.says if say.written) for one in targets for way in ways(book, *one)}
        for says in sorted(filter(None, found), key=lambda says: [say.name for say in says]):
            lines = tuple(Line(say.pages[0], self.facts_at(say)) for say in says)
            yield self.sent(Turn(self.session, lines), " → ".join(say.name for say in says) + " as SMS")

    def facts_at(self, say: Say) -> dict[str, str]:
        outcomes = say.name.split(".")
        return self.facts | {hole: "" for outcome, hole in UNFILLED.items() if outcome in outcomes}

    def left(self, way: Way) -> tuple[Waiting, ...]:
        """The steps a detour may come back to."""
        detours = self.book.always.detours
        if way.how != RETURN or not way.steps or way.steps[0].name.partition(".")[0] not in detours:
            return ()
        return tuple(step for step in self.waiting if step.name.partition(".")[0] not in detours)

    def missed(self, step: Waiting) -> Iterator[Sent]:
        """The same question again, after saying that the answer was not understood."""
        for text in MISSES:
            turn = Walk(self.book, self.session, (self.always(text),)).wait(step)
            yield self.sent(turn, f"always.{text} → {step.name}")
        if isinstance(step, Ask) and step.again:
            yield self.sent(Turn(self.session, (Line(step.again, self.facts),)), step.again.id)

    def guesses(self) -> Sent:
        titles = [Line(flow.title, {}) for flow in self.book.flows.values()]
        titles.sort(key=lambda line: len(write_line(self.book, line, self.session.locale)), reverse=True)
        options = tuple(Option(str(key), line) for key, line in enumerate(titles[:GUESSES], 1))
        return self.sent(Turn(self.session, (self.always("meant"),), Wait(options)), "always.meant")

    def always(self, name: str) -> Line:
        return Line(self.book.always.texts[name], {})

    def sent(self, turn: Turn, steps: str) -> Sent:
        """The languages on offer in a first reply count nothing: they are left out where they do not fit."""
        told = [*turn.lines, *(option.label for option in (turn.wait.options if turn.wait else ()))]
        most = max(told, key=lambda line: len(write_line(self.book, line, self.session.locale)))
        return Sent(parts.count(written(self.uncut, turn).text), fits(self.book, turn), most.message, steps)
