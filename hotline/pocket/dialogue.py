"""A conversation written down as a dialogue: `>` what the person did, `<` what came back, as the flow tests read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hotline.pocket.calls import Call
from hotline.pocket.messages import Text

HEARD = frozenset({"say", "clip"})
SILENCE = "\u2026"


def dialogue(number: str, today: datetime, texts: tuple[Text, ...], calls: tuple[Call, ...]) -> str:
    """Texts and calls in the order they began. In a call, what was keyed stands after `|`; `…` is silence."""
    turns = [(text.created, tuple(_of_text(text))) for text in texts]
    turns += [(call.created, tuple(_of_call(call))) for call in calls]
    turns.sort(key=lambda turn: turn[0])
    head = [f"# from the phone page: {number}", f"today {today:%Y-%m-%d}", ""]
    return "\n".join([*head, *(line for _, lines in turns for line in lines)]) + "\n"


def _of_text(text: Text) -> Iterator[str]:
    mark = ">" if text.direction == "inbound" else "<"
    yield f"{mark} {_one_line(text.body)}"


def _of_call(call: Call) -> Iterator[str]:
    inbound = call.ring.direction == "inbound"
    yield f"# a call {'to' if inbound else 'from'} the hotline, {call.status}, {call.seconds} s"
    said: list[str] = []
    for sound in call.heard:
        if sound.kind in HEARD:
            said.append(_one_line(sound.words or sound.url))
        elif sound.kind in {"keys", "silence"}:
            yield from _said(said)
            yield f"> | {sound.words or SILENCE}"
    yield from _said(said)


def _said(said: list[str]) -> Iterator[str]:
    if said:
        yield "< " + " / ".join(said)
    said.clear()


def _one_line(text: str) -> str:
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())
