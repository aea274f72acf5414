"""Going along the arrows of a flow until it must wait for a person, ask a port, or end."""

from __future__ import annotations

from hotline.errors import FlowError
from hotline.flow.book import Book
from hotline.flow.model import END, RESUME, RETURN, Ask, Channel, Do, Find, Menu, Pick, Record, Say, Step
from hotline.flow.render import fits
from hotline.flow.turn import Call, Draft, Line, Option, Row, Session, Turn, Wait
from hotline.flow.writing import on_offer, told

BACK_STEPS = 6
"""Waiting steps remembered for `*`."""
DETOURS = 3
LONGEST_WALK = 40
"""Steps of one turn; lint proves there are no circles, this bounds what lint cannot see."""

Waiting = Ask | Menu | Pick | Record


class Walk:
    """One turn being made: the session as it changes, and the lines gathered on the way."""

    def __init__(self, book: Book, session: Session, lines: tuple[Line, ...] = ()) -> None:
        self.book = book
        self.lines = list(lines)
        self.session = Draft.of(session)
        self.flow = session.at.partition(".")[0]

    # --- where the person is ---

    @property
    def step(self) -> Step | None:
        """The step that waits, or None before the first and after the last."""
        return self.book.steps.get(self.session.at)

    @property
    def behind(self) -> str:
        """The step the person is at, or left for the detour they are on; "" when there is none."""
        at, detour = self.session.at, self.session.detour
        if at.partition(".")[0] not in self.book.always.detours:
            return at
        return detour[-1] if detour else ""

    def change(self, **fields: object) -> None:
        """Set fields of the session."""
        for name, value in fields.items():
            setattr(self.session, name, value)

    def turn(self, wait: Wait | None = None, call: Call | None = None) -> Turn:
        """What has been gathered, with what to wait for or whom to ask."""
        return Turn(self.session.session(), tuple(self.lines), wait, call)

    def tell(self, name: str) -> None:
        """Add one of the texts of `always`."""
        self.lines.append(Line(self.book.always.texts[name], {}))

    # --- going ---

    def go(self, arrow: str) -> Turn:
        """Follow an arrow until a step waits, a port is needed, or the conversation is over."""
        for _ in range(LONGEST_WALK):
            target, _, handed = arrow.partition(" with ")
            if target == END:
                return self.finish()
            if target == RETURN:
                return self.come_back()
            if target == RESUME:
                target = self._unmarked()
            name = self.book.place(target)
            self._enter(name, handed)
            step = self.book.steps[name]
            if isinstance(step, Say):
                self._say(step)
                arrow = step.then
            elif isinstance(step, Find | Do):
                return self._ask_port(step)
            else:
                return self.wait(step)
        raise FlowError(self.book.flows[name.partition(".")[0]].file, step.line, f"{name}: a circle that never waits")

    def wait(self, step: Waiting, *, remember: bool = True) -> Turn:
        """Stop at a step and present it."""
        before = self.session.at
        if remember and before and before != step.name and isinstance(self.step, Waiting):
            self.session.back = (*self.session.back, before)[-BACK_STEPS:]
        if before != step.name:
            self.session.misses = 0
        self.session.at, self.session.guesses = step.name, ()
        if remember or self.flow == step.name.partition(".")[0]:
            # Who comes back from a detour has what they heard before it.
            self.session.written = told(self.book, self.session, self.lines, moved=before != step.name)
        return self.present(step)

    def present(self, step: Waiting) -> Turn:
        """The step's question with its options, and what has been gathered before it."""
        self.lines.append(Line(step.prompt, self.session.facts))
        for shown in range(self.book.always.rows, 0, -1):
            self.session.shown = shown
            turn = self.turn(_waited(self.book, self.session, step, self._in_writing()))
            if not isinstance(step, Pick) or fits(self.book, turn):
                break
        return turn

    def finish(self) -> Turn:
        """The end: of the call, or of this exchange of messages."""
        if self.session.channel is Channel.VOICE:
            self.tell("goodbye")
        self.change(at="", rows=(), back=(), detour=(), facts={}, guesses=(), misses=0)
        return self.turn()

    def come_back(self) -> Turn:
        """From a detour to where the person was; from nowhere, to the main menu or to quiet."""
        *rest, place = self.session.detour or ("",)
        self.change(detour=tuple(rest))
        step = self.book.steps.get(place)
        if isinstance(step, Waiting):
            return self.wait(step, remember=False)
        if self.session.channel is Channel.SMS and self.lines:
            return self.finish()
        return self.go(self.book.always.main)

    def leave_for(self, target: str) -> None:
        """Remember where the person is when `target` is a detour; otherwise forget what was gathered."""
        name = self.book.place(target).partition(".")[0]
        here = self.session.at
        if name not in self.book.always.detours:
            # Facts are gone, so no earlier step may be shown again: its text could have lost what fills it.
            self.change(detour=(), facts={}, rows=(), back=(), at="")
        elif here and here.partition(".")[0] not in self.book.always.detours and isinstance(self.step, Waiting):
            self.change(detour=(*self.session.detour, here)[-DETOURS:])

    def write(self) -> Turn:
        """Have what was told sent as SMS, and come back: to a detour too, where that is where the caller is."""
        self.change(detour=(*self.session.detour, self.session.at)[-DETOURS:], misses=0)
        return self.go(self.book.always.written)

    # --- inside ---

    def _enter(self, name: str, handed: str) -> None:
        """Crossing from one flow to another forgets its facts, save what is handed on and what a detour needs again."""
        flow, here = name.partition(".")[0], self.flow
        self.flow = flow
        if flow == self.book.always.main:
            self.change(facts={}, rows=(), detour=())
        if here in ("", flow) or self.session.detour or flow in self.book.always.detours:
            return
        kept = tuple(handed.split())
        self.change(
            facts={key: value for key, value in self.session.facts.items() if key.partition(".")[0] in kept}, rows=()
        )

    def _say(self, step: Say) -> None:
        self.lines.append(Line(step.pages[0], self.session.facts))
        if len(step.pages) > 1 and self.session.channel is Channel.SMS:
            self.change(more=f"{step.name}:1")
            self.tell("more")
        elif self.session.channel is Channel.VOICE:
            self.lines.extend(Line(page, self.session.facts) for page in step.pages[1:])
        if step.mark and step.name not in self.session.marks:
            self.change(marks=(*self.session.marks, step.name))

    def _in_writing(self) -> tuple[Option, ...]:
        """The key for an answer as SMS; who comes from asking for it is not asked again."""
        always = self.book.always
        if not on_offer(self.session) or self.flow == always.written:
            return ()
        return (Option(always.keys["written"], Line(always.texts["written"], {})),)

    def _ask_port(self, step: Find | Do) -> Turn:
        args = tuple(self.session.facts.get(name, "") for name in step.by)
        return self.turn(call=Call(step.name, step.port, args, isinstance(step, Do)))

    def _unmarked(self) -> str:
        flow = self.book.flows[self.session.at.partition(".")[0] or self.book.always.main]
        lessons = (name for name, step in flow.steps.items() if isinstance(step, Say) and step.mark)
        return next((name for name in lessons if name not in self.session.marks), flow.first)


def _waited(book: Book, session: Draft, step: Waiting, written: tuple[Option, ...]) -> Wait:
    match step:
        case Menu():
            offered = any(choice.then == book.always.person for choice in step.choices)
            return Wait((*_choices(session, step), *written, *(() if offered else person(book, session))))
        case Pick():
            return Wait((*_rows(book, session, step), *person(book, session)))
        case Record():
            return Wait(record=step.seconds, private=step.private)
        case Ask():
            accept = step.accept[session.channel]
            return Wait(yes_no(book) if accept.reader == "yesno" else (), accept, private=step.private)


def _choices(session: Draft, step: Menu) -> tuple[Option, ...]:
    return tuple(
        Option(choice.key, Line(choice.label, session.facts), choice.spoken_in)
        for choice in step.choices
        if choice.only in (None, session.channel)
    )


def yes_no(book: Book) -> tuple[Option, ...]:
    """The two answers of a yes-or-no question, as keys."""
    return tuple(Option(key, Line(book.always.texts[name], {})) for key, name in (("1", "yes"), ("2", "no")))


def person(book: Book, session: Draft) -> tuple[Option, ...]:
    """Key 0, everywhere but on the way to the person."""
    if session.at.partition(".")[0] == book.always.person:
        return ()
    return (Option(book.always.keys["person"], Line(book.always.texts["person"], {})),)


def shown_rows(book: Book, session: Draft) -> tuple[Row, ...]:
    """The rows of a pick that are on offer now."""
    return session.rows[session.first_row : session.first_row + (session.shown or book.always.rows)]


def _rows(book: Book, session: Draft, step: Pick) -> tuple[Option, ...]:
    shown = shown_rows(book, session)
    options = [Option(str(number), Line(step.label, row.fields)) for number, row in enumerate(shown, 1)]
    if session.first_row + len(shown) < len(session.rows):
        options.append(Option(str(len(options) + 1), Line(book.always.texts["more_rows"], {})))
    options.append(Option(str(len(options) + 1), Line(book.always.texts["none"], {})))
    return tuple(options)
