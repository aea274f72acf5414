"""What the words of an agency's name can be: its own, generic, particles, initials, English written in Urdu."""

from __future__ import annotations

import re

from hotline.frozen import frozen
from hotline.text.script import HEH_DOACHASHMEE, HEH_GOAL, plain, spell
from hotline.text.sound import romanise, sounds

LONGEST = 12
"""Words of a question that are read; no registered name has more."""

LETTER_NAMES = {
    "اے": "a", "بی": "b", "سی": "c", "ڈی": "d", "ای": "e", "ایف": "f", "جی": "g", "ایچ": "h", "آئی": "i", "جے": "j",
    "کے": "k", "ایل": "l", "ایم": "m", "این": "n", "او": "o", "پی": "p", "کیو": "q", "آر": "r", "ایس": "s", "ٹی": "t",
    "یو": "u", "وی": "v", "ڈبلیو": "w", "ڈبلیوبی": "wb", "ایکس": "x", "وائی": "y", "زیڈ": "z", "زی": "z",
}  # fmt: skip
"""The names of Latin letters as written in Urdu."""

GENERIC = {
    "academy": "اکیڈمی اکادمی", "agency": "ایجنسی ایجنسیز", "associates": "ایسوسی-ایٹس ایسوسیایٹس اسوسی-ایٹس",
    "brothers": "برادرز برادران", "bureau": "بیورو", "business": "بزنس", "center": "سنٹر سینٹر", "centre": "سنٹر سینٹر",
    "company": "کمپنی کمپنیز", "consultancy": "کنسلٹنسی", "consultants": "کنسلٹنٹس کنسلٹنٹ", "contractors": "کنٹریکٹرز",
    "corporation": "کارپوریشن", "emigrants": "ایمیگرنٹس", "enterprise": "انٹرپرائز",
    "employment": "ایمپلائمنٹ ایمپلایمنٹ امپلائمنٹ ایمپلائیمنٹ", "enterprises": "انٹرپرائزز انٹرپرائزیز انٹرپرائیزز",
    "establishment": "اسٹیبلشمنٹ", "express": "ایکسپریس", "global": "گلوبل", "group": "گروپ", "gulf": "گلف خلیج",
    "human": "ہیومن", "immigration": "امیگریشن", "international": "انٹرنیشنل انٹرنیشل انٹر-نیشنل انٹرنشنل بین-الاقوامی",
    "job": "جاب", "jobs": "جابز", "limited": "لمیٹڈ لیمیٹڈ", "management": "مینجمنٹ مینیجمنٹ",
    "manpower": "مین-پاور مینپاور", "national": "نیشنل", "overseas": "اوورسیز اورسیز اوورسیس اوورسز",
    "private": "پرائیویٹ پرائیوٹ", "promoter": "پروموٹر", "promoters": "پروموٹرز", "recruiters": "ریکروٹرز",
    "recruiting": "ریکروٹنگ ریکروٹینگ", "recruitment": "ریکروٹمنٹ ریکروٹمینٹ", "resources": "ریسورسز",
    "service": "سروس", "services": "سروسز سروسیز", "solutions": "سلوشنز سولیوشنز", "sons": "سنز", "star": "سٹار اسٹار",
    "technical": "ٹیکنیکل", "tours": "ٹورز", "trade": "ٹریڈ", "traders": "ٹریڈرز", "trading": "ٹریڈنگ",
    "training": "ٹریننگ", "travel": "ٹریول", "travels": "ٹریولز ٹریویلز", "visa": "ویزا ویزہ", "work": "ورک",
    "workers": "ورکرز", "world": "ورلڈ",
}  # fmt: skip
"""English words many agencies share, and how Urdu writes them; a joint that may be a space is a hyphen."""

_ASSIMILATED = ("al", "el", "ul", "ur", "ar", "ud", "ad", "un", "an", "us", "as", "uz", "az", "ush", "ash", "at")
PARTICLES = frozenset({*_ASSIMILATED, "and", "m", "s", "اینڈ", "و", "اور"})
"""Articles, which Roman spelling assimilates, and words that tie; a name is told by none of them."""

_SHORT = {
    "intl": "international", "int": "international", "pvt": "private", "ltd": "limited", "co": "company",
    "bros": "brothers", "corp": "corporation", "ent": "enterprises", "entp": "enterprises", "emp": "employment",
    "promotors": "promoters", "mp": "manpower",
}  # fmt: skip
_SUFFIX = frozenset({"private", "pvt", "limited", "ltd"})
_AMPERSAND = re.compile("[&＆﹠]")
_ARTICLE, _SHORTEST_WITH_ARTICLE = "ال", 5
_MAYBE_BREATH = re.compile(f"(?<=[بپتٹجچدڈڑکگ]){HEH_GOAL}(?=.)")
OTHERWISE = 1.0
"""What it costs to read a word without its ال, or its ہ as ھ."""


@frozen
class Reading:
    """One way to read the words from `start` up to `end` of a question. `known`: no other spelling is meant."""

    start: int
    end: int
    word: str
    sound: str
    cost: float = 0.0
    known: bool = False


def whole(name: str) -> str:
    """The name as one string that spacing, case, punctuation, & and a last (Pvt) Ltd do not change; "" for no name."""
    words = plain(_AMPERSAND.sub(" and ", name)).split()
    last = len(words)
    while last > 1 and words[last - 1] in _SUFFIX:
        last -= 1
    return "".join(words[:last])


def name_words(name: str) -> tuple[str, ...]:
    """The spelled words of a name: short forms written out, initials joined (A. C. V. is acv), man power one word."""
    words: list[str] = []
    initials = ""
    for word in [*spell(_AMPERSAND.sub(" and ", name)).split(), ""]:
        if len(word) == 1 and word.isascii() and word.isalpha():
            initials += word
            continue
        if initials:
            words.append(initials)
            initials = ""
        if word == "power" and words and words[-1] == "man":
            words[-1] = "manpower"
        elif word:
            words.append(_SHORT.get(word, word))
    return tuple(words)


def latin(word: str) -> str:
    """A word of a registered name in Latin letters."""
    return word if word.isascii() else romanise(word)


def readings(words: tuple[str, ...]) -> tuple[Reading, ...]:
    """Every way to read a question's words: as they stand, joined, without ال, with ھ for ہ, initials, English."""
    found = list(_english(words))
    taken = {at for reading in found for at in range(reading.start, reading.end)}
    for at, word in enumerate(words):
        found.append(_read(at, at + 1, word))
        if word.startswith(_ARTICLE) and len(word) >= _SHORTEST_WITH_ARTICLE:
            found.append(_read(at, at + 1, word.removeprefix(_ARTICLE), OTHERWISE))
        breathed = _MAYBE_BREATH.sub(HEH_DOACHASHMEE, word)
        if breathed != word:
            # An Arabic keyboard has one heh: without this پهول is never found by phool.
            found.append(_read(at, at + 1, breathed, OTHERWISE))
        following = words[at + 1 : at + 2]
        if following and not {at, at + 1} & taken and not (word.isdecimal() or following[0].isdecimal()):
            found.append(_read(at, at + 2, word + following[0]))
    return (*found, *_initials(words))


def _read(start: int, end: int, word: str, cost: float = 0.0) -> Reading:
    return Reading(start, end, word, sounds(word), cost)


def _english(words: tuple[str, ...]) -> list[Reading]:
    found: list[Reading] = []
    at = 0
    while at < len(words):
        for length in (2, 1):
            piece = words[at : at + length]
            english = _IN_URDU.get(piece, ()) if len(piece) == length else ()
            found += [Reading(at, at + length, word, sounds(word), known=True) for word in english]
            if english:
                at += length - 1
                break
        at += 1
    return found


def _initials(words: tuple[str, ...]) -> list[Reading]:
    found: list[Reading] = []
    start = 0
    for at, word in enumerate((*words, "")):
        if word in LETTER_NAMES:
            continue
        if at - start > 1:
            found.append(_read(start, at, "".join(LETTER_NAMES[letter] for letter in words[start:at])))
        start = at + 1
    return found


def _in_urdu() -> dict[tuple[str, ...], tuple[str, ...]]:
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for english, spellings in GENERIC.items():
        for spelling in spellings.split():
            for key in {tuple(spelling.split("-")), (spelling.replace("-", ""),)}:
                table[key] = (*table.get(key, ()), english)
    return table


_IN_URDU = _in_urdu()
