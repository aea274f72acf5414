"""What speaks of an agency: its number in any form, and whatever word tells its name, in any script."""

from __future__ import annotations

import pytest

from hotline.domain.broadcast import Audience, Draft, Kind
from hotline.domain.naming import names_agency
from hotline.text.names import NameIndex

REGISTER = NameIndex(
    (name, name)
    for name in (
        "Chiragh Travels (Pvt) Ltd",
        "Al Noor Travel",
        "Sehrtara Manpower",
        "Gulf Manpower International",
        *(f"{name} Overseas Employment" for name in ("Parwaz", "Mehran", "Shaheen", "Ravi", "Bolan")),
    )
)


def says(text: str, kind: Kind = Kind.BULK) -> bool:
    texts = {"en": "Nothing.", "ur": text}
    return names_agency(Draft(kind, "News", "lahore", "+92", Audience("alerts"), texts, "bilal"), REGISTER)


@pytest.mark.parametrize(
    "text",
    [
        "Licence 8/RWP has ended",
        "OEPL No. 4859 / LHR",
        "0008-RWP",
        "8 rwp",
        "Do not pay anybody for licence 8",
        "laisans number 12",
        "Beware of 4859",
        "\u06f4\u06f8\u06f5\u06f9 \u06a9\u0648 \u067e\u06cc\u0633\u06d2 \u0646\u06c1 \u062f\u06cc\u06ba",
        "\u0644\u0627\u0626\u0633\u0646\u0633 \u0646\u0645\u0628\u0631 \u06f8",
        "Beware of CHIRAGH travels!",
        "Do not pay Sehrtara, whoever asks",
        "Chiragh is a lamp, travels are long",
        "Al-Noor-Travel is closed",
        "Chirag ko paise na dein",
        "\u0686\u0631\u0627\u063a \u06a9\u0648 \u067e\u06cc\u0633\u06d2 \u0646\u06c1 \u062f\u06cc\u06ba",
        "Gulf Manpower asks too much",
    ],
)
def test_in_doubt_it_names_an_agency(text: str) -> None:
    assert says(text)


@pytest.mark.parametrize(
    "text",
    [
        "Open 9/10 to 4/11",
        "A day of free advice: Monday, 10 to 4, at the centre.",
        "Come on 30 November 2026 at 10:30, or on 2026-12-01",
        "Call 042-99262034 or 0300 1234567",
        "The training of overseas workers begins, manpower is wanted, travel is free",
        "\u06c1\u0645 \u062c\u0645\u0639\u06c1 \u06a9\u0648 \u0628\u0646\u062f \u06c1\u06cc\u06ba",
        "",
    ],
)
def test_ordinary_news_names_none(text: str) -> None:
    assert not says(text)


@pytest.mark.parametrize("kind", [Kind.ALERT, Kind.CORRECTION, Kind.RECALL])
def test_whatever_is_no_ordinary_news_speaks_of_an_agency(kind: Kind) -> None:
    assert says("Nothing.", kind)
