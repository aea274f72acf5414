"""A turn as it is sent: one text for SMS, or clips and the keys to wait for in a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hotline.flow.book import Book
from hotline.flow.catalogue import Hole, Template
from hotline.flow.model import SPOKEN, Channel
from hotline.flow.turn import Clip, Gather, Line, Option, Spoken, Turn, Wait, Written
from hotline.text import parts, values
from hotline.text.bidi import placed
from hotline.text.values import Kind

MENU_SECONDS, ENTRY_SECONDS = 6, 8
"""How long a caller may think before a key is silence (telecom.md §2 measured what callers need)."""
MOST_KEYS = 32
"""Keys of one entry, far above any we ask for: a # after the last that is heard would act on what is asked next."""


# --- SMS ---


def written(book: Book, turn: Turn) -> Written:
    """The turn as one SMS of at most `always.parts` parts: the footer gives way, then sentences, options never."""
    for footer in (turn.footer, ()):
        text = _text(book, turn, footer)
        length = parts.count(text)
        if length.parts <= book.always.parts:
            return Written(placed(text), length.parts)
    told = _text(book, Turn(turn.session, turn.lines), ())
    text = _cut(book, told, _text(book, Turn(turn.session, wait=turn.wait), ()))
    return Written(placed(text), parts.count(text).parts)


def _text(book: Book, turn: Turn, footer: tuple[Line, ...]) -> str:
    locale = turn.session.locale
    rows = [text for line in turn.lines if (text := write_line(book, line, locale))]
    rows += [write_option(book, option, locale) for option in (turn.wait.options if turn.wait else ())]
    rows += [write_line(book, line, locale) for line in footer]
    return parts.tidy("\n".join(rows))


def fits(book: Book, turn: Turn) -> bool:
    """Whether a turn can be said whole: any call's, and an SMS within `always.parts` without its footer."""
    if turn.session.channel is Channel.VOICE:
        return True
    return parts.count(_text(book, turn, ())).parts <= book.always.parts


def write_line(book: Book, line: Line, locale: str) -> str:
    """One message with its holes filled, as SMS shows it."""
    template = book.texts[locale][line.message.sms_key]
    # A list: joining a generator costs twice as much.
    return "".join([piece if isinstance(piece, str) else _value(book, piece, line.facts, locale) for piece in template])


def write_option(book: Book, option: Option, locale: str) -> str:
    """One numbered row, in the order its language puts key and label."""
    # A value may be empty, such as the name of an agency no list has any more.
    label = write_line(book, option.label, locale).strip()
    template = book.texts[locale][book.always.texts["choice"].sms_key]
    filled = {"key": option.key, "label": label}
    return "".join([piece if isinstance(piece, str) else filled[piece.name] for piece in template])


def _value(book: Book, hole: Hole, facts: Mapping[str, str], locale: str) -> str:
    return values.write(book.kind(hole.name), facts.get(hole.name, ""), book.values[locale])


def _cut(book: Book, told: str, rest: str) -> str:
    """What is told, shortened to whole sentences, so that the options still fit."""
    for room in range(book.always.parts, 0, -1):
        text = f"{parts.pages(told, room)[0]}\n{rest}" if rest else parts.pages(told, room)[0]
        if parts.count(text).parts <= book.always.parts:
            return text
    return parts.pages(f"{told}\n{rest}", book.always.parts)[0]


# --- voice ---


def spoken(book: Book, turn: Turn) -> Spoken:
    """The turn as clips, and what to wait for; without a wait the call ends after the last clip."""
    locale = SPOKEN[turn.session.locale]
    clips = [clip for line in turn.lines for clip in speak_line(book, line, locale)]
    wait = turn.wait
    if wait is None:
        return Spoken(tuple(clips), step=turn.session.step)
    for option in wait.options:
        clips.extend(speak_option(book, option, locale))
    clips.extend(clip for line in turn.footer for clip in speak_line(book, line, locale))
    return Spoken(tuple(clips), gather_for(wait), wait.record, turn.session.step)


def gather_for(wait: Wait) -> Gather | None:
    """The keys a wait takes: one for options, up to the # for an entry; None when a recording is wanted."""
    if wait.record:
        return None
    if wait.options or wait.accept is None:
        return Gather(1, "", MENU_SECONDS)
    return Gather(MOST_KEYS, "#", ENTRY_SECONDS)


def speak_line(book: Book, line: Line, locale: str) -> Iterator[Clip]:
    """The clips of one message: the text between the holes, and what the values are spoken as."""
    yield from _sound(book, book.texts[locale][line.message.voice_key], line.facts, locale)


def speak_option(book: Book, option: Option, locale: str) -> Iterator[Clip]:
    """The clips that offer one key, in the language the label is to be heard in."""
    tongue = option.spoken_in or locale
    yield from _sound(book, option_template(book, option, tongue), option.label.facts, tongue)


def option_template(book: Book, option: Option, locale: str) -> Template:
    """The label and its key in one sentence of this language, still with the label's own holes."""
    frame = book.texts[locale][book.always.texts["choice"].voice_key]
    label = book.texts[locale][option.label.message.voice_key]
    key = values.speak(Kind.DIGITS, option.key, book.values[locale])[0][1]
    pieces: list[str | Hole] = []
    for piece in frame:
        if isinstance(piece, str):
            pieces.append(piece)
        elif piece.name == "label":
            pieces.extend(label)
        else:
            pieces.append(key)
    return merged(pieces)


def merged(pieces: Iterable[str | Hole]) -> Template:
    """The same template with neighbouring texts as one."""
    out: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)


def fragments(template: Template) -> Iterator[str]:
    """The texts of a template that are clips of their own: those with a letter or digit in them.

    A full stop stays, since the voice falls and rests there; the commas around a value do not.
    """
    for piece in template:
        if isinstance(piece, str):
            text = " ".join(piece.split()).lstrip(" ,;:.\u060c\u06d4").rstrip(" ,;\u060c")
            if any(sign.isalnum() for sign in text):
                yield text


def _sound(book: Book, template: Template, facts: Mapping[str, str], locale: str) -> Iterator[Clip]:
    for piece in template:
        if isinstance(piece, str):
            for text in fragments((piece,)):
                yield book.clip(locale, text)
        else:
            raw = facts.get(piece.name, "")
            for tongue, text in values.speak(book.kind(piece.name), raw, book.values[locale]):
                yield book.clip(tongue, text)
