"""Phone numbers: any way one is written becomes E.164, is shown readably or masked, and is taken out of a text."""

from __future__ import annotations

import re

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    country_code_for_region,
    format_number,
    is_valid_number,
    number_type,
    parse,
)

from hotline.text.script import digits

HIDDEN = "\u2022"

_MOBILE = re.compile(r"\+923[0-9]{9}")
_PERSON = re.compile(r"\+[0-9]{8,15}")
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WRITTEN = re.compile(r"(?:tel:)?[+\uff0b]?[0-9\s().\-\u2010-\u2015\u2212/]+", re.IGNORECASE)


def read(text: str, region: str = "PK") -> str | None:
    """One number as anybody writes it → E.164, or None where it is none. `region` is the country it is dialled in.

    Every Pakistani mobile shape (+92 3 and nine digits) is accepted: new prefixes are sold before tables know them.
    """
    if _MOBILE.fullmatch(text):
        return text
    plain = digits(_UNSEEN.sub("", text)).strip()
    if len(plain) > 40 or not _WRITTEN.fullmatch(plain):
        return None
    try:
        number = parse(plain, region)
    except NumberParseException:
        return None
    written = format_number(number, PhoneNumberFormat.E164)
    return written if _MOBILE.fullmatch(written) or is_valid_number(number) else None


def is_person(sender: str) -> bool:
    """Whether a provider's `From` is somebody who can be answered: + and 8 to 15 digits, whatever tables say of it."""
    return _PERSON.fullmatch(sender) is not None


def is_mobile(e164: str) -> bool:
    """Whether SMS reaches a number: not a landline, a service's number, or one that no country has."""
    if _MOBILE.fullmatch(e164):
        return True
    try:
        kind = number_type(parse(e164))
    except NumberParseException:
        return False
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def masked(e164: str) -> str:
    """A number for screens and logs: the country, and at most the last three digits. Any other word is all hidden."""
    if not is_person(e164):
        return HIDDEN * 3
    if _MOBILE.fullmatch(e164):
        return f"+92 3{HIDDEN * 2} {HIDDEN * 4} {e164[-3:]}"
    country, national = _split(e164)
    if len(national) < 7:
        return f"+{country} {HIDDEN * 3}"
    return f"+{country} {HIDDEN * (len(national) - 3)} {national[-3:]}"


def groups(e164: str, region: str = "PK") -> tuple[str, ...]:
    """How people of `region` write a number, in groups: ("042", "111", "222", "333") or ("+971", "6", "802", "7666").

    A short number (1099) or one that cannot be read is given back in the groups it is written in.
    """
    found = read(e164, region)
    if found is None:
        return tuple(re.findall(r"\+?[0-9]+", digits(e164)))
    number = parse(found)
    at_home = number.country_code == country_code_for_region(region)
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return tuple(re.findall(r"\+?[0-9]+", format_number(number, style)))


def _split(e164: str) -> tuple[str, str]:
    width = next((width for width in (1, 2, 3) if int(e164[1 : 1 + width]) in COUNTRY_CODE_TO_REGION_CODE), 3)
    return e164[1 : 1 + width], e164[1 + width :]


# --- taking numbers out of a text --------------------------------------------------------------------------------

_BLANK = r"[ \t\u00a0.\-()/\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2066-\u2069\u2212]"
_GAP = _BLANK + "{0,3}"
_HYPHEN = r"[\-\u2010-\u2015\u2212]"
_PRIVATE = re.compile(
    "(?<![0-9])(?:"
    f"(?P<sure>[0-9]{{5}}{_GAP}[0-9]{{7}}{_GAP}[0-9](?![0-9])"  # an identity card, 5-7-1
    rf"|(?:(?:\+|00)?92{_GAP}0?{_GAP}|0)3(?:{_BLANK}{{0,2}}[0-9]){{9}}(?![0-9])"  # a mobile, however it is grouped
    f"|3[0-9]{{2}}{_GAP}[0-9]{{7}}(?![0-9])"  # a mobile without its 0
    f"|111{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}(?![0-9])"  # a UAN without its city
    f"|0[0-9]{{1,4}}{_GAP}[0-9]{{6,8}}(?![0-9])"  # an area and a number, right or mistyped
    rf"|\+?(?:[0-9]{{5}}{_HYPHEN})?[0-9]{{7,}}(?:{_HYPHEN}[0-9](?![0-9]))?)"  # longer than any serial
    rf"|(?P<maybe>(?P<first>(?:\+|00(?=[1-9])|0(?=[1-9]))[0-9]{{1,15}})(?:{_GAP}[0-9]{{1,15}}){{0,6}})"
    ")"
)
_LOOKED_UP = 20


def without_numbers(text: str) -> str:
    """The text without identity-card and phone numbers, in any script's digits, so that none is read as a licence.

    Whatever has seven digits or more in one run goes too; serials of up to six digits and dates stay as they are.
    """
    plain, kept = digits(text), []
    start = at = looked_up = 0
    while match := _PRIVATE.search(plain, at):
        at = match.end()
        if match["maybe"]:
            looked_up += 1
            at = _end_of_number(plain, match) if looked_up <= _LOOKED_UP else at
        if at > match.start():
            kept.append(text[start : match.start()])
            start = at
        else:
            at = match.end("first")
    if not kept:
        return text
    return re.sub(" {2,}", " ", " ".join([*kept, text[start:]])).strip()


def _end_of_number(plain: str, match: re.Match[str]) -> int:
    """Where the longest number ends that starts here and that a telephone could dial; its start when there is none."""
    start = match.start()
    for group in reversed(list(re.finditer("[0-9]+", match["maybe"]))):
        written = plain[start : start + group.end()]
        if 8 <= sum(map(str.isdecimal, written)) <= 17 and read(written):
            return start + group.end()
    return start
