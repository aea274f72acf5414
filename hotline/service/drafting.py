"""A draft as staff write it: read strictly, made tidy, and refused for whatever could not be sent as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotline.domain.agency import Licence, read_licence
from hotline.domain.broadcast import Audience, Draft, Kind
from hotline.domain.consent import Topic
from hotline.errors import BadFile, Refused
from hotline.flow.model import LOCALES
from hotline.service import wording
from hotline.settings import Settings
from hotline.text import parts
from hotline.text.script import fold

MOST_PARTS = 3
MOST_HOURS = 7 * 24
TOPICS = ("reminders", "alerts", "watch", "correction")
PHASES = ("before", "after")
REPEATS = ("", "day", "week")
_LATIN = ("en", "ur_Latn")
_WORDS = ("kind", "title", "centre", "sender", "starts", "zone", "licence", "repeats", "repeats_until")
_AUDIENCE = ("details", "locales", "countries", "centres", "phases")


def read_draft(table: Mapping[str, object], made_by: str, settings: Settings) -> Draft:
    """A draft from the keys of its file: see docs/operator.md. Raises BadFile naming the key."""
    known = {*_WORDS, "hours_to_live", "urgent", "audience", "texts"}
    for key in table:
        if key not in known:
            raise BadFile(f"unknown key {key!r}; it may be {', '.join(sorted(known))}")
    words = {key: _word(table, key) for key in _WORDS if key in table}
    centre = words.get("centre") or settings.default_district
    try:
        kind = Kind(words.get("kind", Kind.BULK))
    except ValueError:
        raise BadFile(f"kind: write one of {', '.join(Kind)}") from None
    return Draft(
        kind=kind,
        title=words.get("title", ""),
        centre=centre,
        sender=words.get("sender") or _sender(settings, centre),
        audience=_audience(_table(table, "audience")),
        texts={locale: _word(_table(table, "texts"), locale) for locale in _table(table, "texts")},
        made_by=made_by,
        starts=words.get("starts", ""),
        zone=words.get("zone") or str(settings.zone),
        hours_to_live=_number(table, "hours_to_live", 24),
        licence=words.get("licence", ""),
        repeats=words.get("repeats", ""),
        repeats_until=words.get("repeats_until", ""),
        urgent=_yes(table, "urgent"),
    )


def written(draft: Draft) -> dict[str, object]:
    """The keys of a file that `read_draft` makes this draft of."""
    audience = draft.audience
    return {name: getattr(draft, name) for name in (*_WORDS, "hours_to_live", "urgent")} | {
        "kind": draft.kind.value,
        "texts": dict(draft.texts),
        "audience": {"topic": audience.topic, "told_valid": audience.told_valid}
        | {name: list(getattr(audience, name)) for name in _AUDIENCE},
    }


def changed(kept: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """A draft's keys with those that are given; of texts and audience too only what is given. Raises BadFile."""
    sections = {name: {**_table(kept, name), **_table(given, name)} for name in ("texts", "audience")}
    # The sender belongs to the centre.
    moved = {"sender": ""} if given.get("centre", kept.get("centre")) != kept.get("centre") else {}
    return {**kept, **moved, **given, **sections}


def checked(draft: Draft, settings: Settings) -> Draft:
    """The draft with its texts made tidy. Raises Refused with everything that is wrong with it."""
    texts = {locale: parts.tidy(text.strip()) for locale, text in draft.texts.items()}
    details = tuple(dict.fromkeys(_tidy(draft.audience.topic, detail) for detail in draft.audience.details))
    audience = replace(draft.audience, details=details)
    tidied = replace(draft, texts=texts, title=draft.title.strip(), audience=audience)
    faults = [*_plain_faults(tidied, settings), *_text_faults(tidied), *_time_faults(tidied)]
    faults += wording.faults(tidied, settings)
    faults += _audience_faults(tidied.audience, tidied.kind, settings)
    if faults:
        raise Refused("; ".join(faults))
    return tidied


def _plain_faults(draft: Draft, settings: Settings) -> Iterator[str]:
    if not draft.title or len(draft.title) > 120:
        yield "title: write what staff will know it by, at most 120 characters"
    if draft.centre not in settings.districts:
        yield f"centre: there is no {draft.centre!r}; there are {', '.join(sorted(settings.districts))}"
    elif draft.sender not in settings.districts[draft.centre].numbers:
        numbers = ", ".join(settings.districts[draft.centre].numbers) or "none yet"
        yield f"sender: {draft.sender!r} is no number of {draft.centre}; its numbers: {numbers}"
    if draft.licence and not _is_licence(draft.licence):
        yield f"licence: write it as 0008/RWP, not {draft.licence!r}"
    if not 1 <= draft.hours_to_live <= MOST_HOURS:
        yield f"hours_to_live: from 1 to {MOST_HOURS}"
    if draft.urgent and draft.kind is Kind.BULK:
        yield "urgent: only an alert, a correction or a recall may break the quiet hours"


def _text_faults(draft: Draft) -> Iterator[str]:
    if not draft.texts:
        yield "texts: write the text in every language of the audience"
    for locale, text in draft.texts.items():
        if locale not in LOCALES:
            yield f"texts: no language {locale!r}; there are {', '.join(LOCALES)}"
        elif not text:
            yield f"texts.{locale} is empty"
        elif parts.count(text).parts > MOST_PARTS:
            yield f"texts.{locale}: {parts.count(text).parts} parts, at most {MOST_PARTS}"
        elif locale in _LATIN and any("\u0600" <= sign <= "\u06ff" for sign in text):
            yield f"texts.{locale}: old telephones cannot show Arabic letters, and this language has none"
        elif "\0" in text:
            yield f"texts.{locale} holds a sign that is none"


def _time_faults(draft: Draft) -> Iterator[str]:
    try:
        ZoneInfo(draft.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"zone: no time zone {draft.zone!r}"
    if draft.starts and not _is_minute(draft.starts):
        yield "starts: write a local time such as 2026-12-01T09:00, or leave it out to start at once"
    if draft.repeats not in REPEATS:
        yield "repeats: write day or week, or leave it out"
    if draft.repeats and not draft.starts:
        yield "repeats: write when it starts for the first time"
    if bool(draft.repeats) != bool(draft.repeats_until):
        yield "repeats_until: what repeats has a last day, such as 2026-12-31, and nothing else has"
    elif draft.repeats_until and not _is_day(draft.repeats_until):
        yield "repeats_until: write a day such as 2026-12-31"
    elif draft.repeats_until and draft.repeats_until < draft.starts[:10]:
        yield "repeats_until lies before the first start"


def _audience_faults(audience: Audience, kind: Kind, settings: Settings) -> Iterator[str]:
    if audience.topic not in TOPICS:
        yield f"audience.topic: write one of {', '.join(TOPICS)}"
    yield from _detail_faults(audience, settings)
    told = (bool(audience.told_valid), audience.topic == "correction")
    if kind is not Kind.RECALL and told != (kind is Kind.CORRECTION,) * 2:
        yield "a correction, and nothing else, goes to who was told that a licence is valid"
    for name, values, known in (
        ("locales", audience.locales, LOCALES),
        ("countries", audience.countries, tuple(settings.countries)),
        ("centres", audience.centres, tuple(settings.districts)),
        ("phases", audience.phases, PHASES),
    ):
        for value in values:
            if value not in known:
                yield f"audience.{name}: no {value!r}; there are {', '.join(known)}"


def _tidy(topic: str, detail: str) -> str:
    """A detail as people are subscribed to it: a district folded, a licence written in full."""
    if topic == Topic.ALERTS:
        return fold(detail)
    read = read_licence(detail)
    return str(Licence(read.serial, read.region)) if read and read.region else detail


def _detail_faults(audience: Audience, settings: Settings) -> Iterator[str]:
    """Whoever is left out by a word that stands for nothing is left out silently."""
    districts = {fold(name): name for name in settings.places}
    for detail in audience.details:
        if audience.topic == Topic.ALERTS and detail and detail not in districts:
            near = [districts[one] for one in get_close_matches(detail, districts, n=3)]
            yield f"audience.details: no district {detail!r}" + (f"; did you mean {' or '.join(near)}?" if near else "")
        elif audience.topic == Topic.WATCH and not _is_licence(detail):
            yield f"audience.details: write a licence as 0008/RWP, not {detail!r}"
        elif audience.topic in TOPICS and audience.topic not in (Topic.ALERTS, Topic.WATCH):
            yield f"audience.details: {audience.topic} have none"


def _is_licence(text: str) -> bool:
    try:
        Licence.parse(text)
    except ValueError:
        return False
    return True


def _is_minute(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M") == text
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _sender(settings: Settings, centre: str) -> str:
    district = settings.districts.get(centre)
    return next(iter(district.numbers), "") if district else ""


def _audience(table: Mapping[str, object]) -> Audience:
    for key in table:
        if key not in {"topic", "told_valid", *_AUDIENCE}:
            raise BadFile(f"audience: unknown key {key!r}; it may be topic, {', '.join(_AUDIENCE)} or told_valid")
    several = {key: _words(table, key) for key in _AUDIENCE}
    told = _word(table, "told_valid") if "told_valid" in table else ""
    return Audience(topic=_word(table, "topic") if "topic" in table else "", told_valid=told, **several)


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise BadFile(f"{key} is a section: write [{key}]")
    return found


def _word(table: Mapping[str, object], key: str) -> str:
    found = table[key]
    if not isinstance(found, str):
        raise BadFile(f"{key}: write a text between quotation marks")
    return found


def _words(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadFile(f'audience.{key}: write a list such as ["ur", "en"]')
    return tuple(str(one) for one in found)


def _number(table: Mapping[str, object], key: str, usual: int) -> int:
    found = table.get(key, usual)
    if not isinstance(found, int) or isinstance(found, bool):
        raise BadFile(f"{key}: write a whole number")
    return found


def _yes(table: Mapping[str, object], key: str) -> bool:
    found = table.get(key, False)
    if not isinstance(found, bool):
        raise BadFile(f"{key}: write true or false")
    return found
