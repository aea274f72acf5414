"""Whether what is said to many speaks of an agency: in doubt it does, and then somebody must answer for it."""

from __future__ import annotations

import re

from hotline.domain.broadcast import Draft, Kind
from hotline.domain.places import REGIONS
from hotline.text.names import NameIndex
from hotline.text.phone import without_numbers
from hotline.text.script import digits

_DAY = re.compile(
    r"(?<!\d)(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}\s+[^\W\d]+,?\s+20\d\d|\d{1,2}[:.]\d\d)(?!\d)"
)
_NUMBER = re.compile(r"(?<!\d)\d{3,5}(?!\d)")
_AFTER_LICENCE = re.compile(
    r"(?:licen[cs]e|lic|oepl|op\s*&\s*hrd|mpd|la[iy]s[ae]n[sc]e?|\u0644\u0627\u0626\u0633\u0646\u0633)[^\d]{0,12}\d",
    re.I,
)
_WITH_REGION = re.compile(
    rf"(?<!\d)\d{{1,5}}(?:\s*/\s*[A-Za-z]{{2,4}}|[\s/\\-]+(?:{'|'.join(REGIONS)}))(?![A-Za-z])", re.I
)


def names_agency(draft: Draft, names: NameIndex) -> bool:
    """What a text says about an agency can ruin it: a number like a licence's, or a word that tells a registered name.

    `names` are those of the register, which are found in any script and spelling.
    """
    if draft.kind is not Kind.BULK or draft.licence:
        return True
    return any(_has_number(text) or names.speaks_of(text) for text in draft.texts.values())


def _has_number(text: str) -> bool:
    text = _DAY.sub(" ", without_numbers(digits(text)))
    return any(shape.search(text) for shape in (_NUMBER, _AFTER_LICENCE, _WITH_REGION))
