"""Two hours of the day as anybody writes them: 17-21, 5 pm to 9, shaam 5 se 9 baje; read, or asked back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hotline.frozen import frozen
from hotline.text.script import digits, display, fold
from hotline.text.wordtable import Words

HOUR, NOON, DAY = 60, 12 * 60, 24 * 60
_TOKEN = re.compile(r"[0-9]{1,2}[:.][0-9]{2}|[0-9]+|[^\W\d_]+")
_DOTTED = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)


@frozen
class Hours:
    """A span of every day, in minutes after midnight; `until` None where only one hour was said. May pass midnight."""

    start: int
    until: int | None


@frozen
class _Time:
    """A clock time as written: minutes, whether it can only mean this, and the part of the day said with it."""

    minutes: int
    sure: bool
    part: str


def read_hours(text: str, words: Iterable[Words] = ()) -> tuple[Hours, ...]:
    """The spans a text may mean: none, one, or several to choose from.

    `words` know the parts of a day (`typed` → `day`: am, pm, morning, noon, evening, night). An hour up to 12 without
    one may be before or after noon, unless it is written 05:00 or 0530; of its meanings, spans of up to twelve hours
    count.
    """
    times = _times(text, tuple(words))
    if not times or len(times) > 2:
        return ()
    if len(times) == 1:
        # Half a span: before or after noon is asked when both are known.
        return (Hours(times[0].minutes, None),)
    spans = [(one, other) for one in _meanings(times[0]) for other in _meanings(times[1]) if one != other]
    likely = [(one, other) for one, other in spans if (other - one) % DAY <= NOON]
    return tuple(Hours(*span) for span in likely or spans)


def _times(text: str, words: tuple[Words, ...]) -> list[_Time]:
    """The clock times in a text; none at all where a number in it is no time of day."""
    plain = _DOTTED.sub(r"\1m", digits(display(text)).casefold())
    found: list[_Time] = []
    before = ""
    for token in _TOKEN.findall(plain):
        if token[0].isdecimal():
            time = _time(token)
            if time is None:
                return []
            found.append(_Time(time[0], time[1], before))
            before = ""
        elif part := _part(token, words):
            # English says it behind the hour, Urdu before it.
            if found and not found[-1].part and part in ("am", "pm"):
                found[-1] = _Time(found[-1].minutes, found[-1].sure, part)
            else:
                before = part
    if before and found and not found[-1].part:
        found[-1] = _Time(found[-1].minutes, found[-1].sure, before)
    return found


def _time(token: str) -> tuple[int, bool] | None:
    """Minutes after midnight, and whether it says by itself that it is of 24 hours."""
    if token.isdecimal():
        if len(token) > 4:
            return None
        hour, minute = (token, "0") if len(token) <= 2 else (token[:-2], token[-2:])
        sure = len(token) == 4 or (len(token) == 2 and token[0] == "0")
    else:
        hour, _, minute = token.replace(".", ":").partition(":")
        sure = len(hour) == 2 and hour[0] == "0"
    if int(hour) > 24 or int(minute) > 59 or (int(hour) == 24 and int(minute)):
        return None
    return int(hour) % 24 * HOUR + int(minute), sure or int(hour) > 12 or int(hour) == 0


def _part(token: str, words: tuple[Words, ...]) -> str:
    key = fold(token)
    meanings = (table.typed[key] for table in words if key in table.typed)
    return next((meaning for section, meaning in meanings if section == "day"), "")


def _meanings(time: _Time) -> tuple[int, ...]:
    """The minutes after midnight a time may mean, by the part of the day said with it."""
    half = time.minutes % NOON
    match time.part:
        case _ if time.sure:
            return (time.minutes,)
        case "am" | "morning":
            return (half,)
        case "pm" | "evening":
            return (half + NOON,)
        case "night":
            # Nine at night is before midnight, one at night after it.
            return (half + NOON if half >= 6 * HOUR else half,)
        case "noon":
            return (half if half >= 10 * HOUR else half + NOON,)
    return (half, half + NOON)
