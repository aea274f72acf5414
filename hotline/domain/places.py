"""Where agencies sit: the regions of licences, the cities of head offices, and the words by which people name them."""

from __future__ import annotations

import re
from itertools import product
from types import MappingProxyType

from hotline.text.script import fold

REGIONS = MappingProxyType(
    {
        "LHR": "Lahore",
        "RWP": "Rawalpindi",
        "KAR": "Karachi",
        "PWR": "Peshawar",
        "SKT": "Sialkot",
        "MLK": "Malakand",
        "MUL": "Multan",
        "QTA": "Quetta",
    }
)
"""Region code → city. The list is open: a code not seen yet is a region too, only without a city."""

_LETTERS = {
    "A": ("اے", "ای"), "H": ("ایچ", "ایج"), "K": ("کے", "کی"), "L": ("ایل",), "M": ("ایم",), "P": ("پی", "بی"),
    "Q": ("کیو",), "R": ("آر", "ار"), "S": ("ایس",), "T": ("ٹی", "تی"), "U": ("یو",), "W": ("ڈبلیو", "دبلیو"),
}  # fmt: skip
"""How the Latin letters of a code are called in Urdu; an Arabic keyboard has no پ, چ, ٹ or ڈ."""

_WORDS = {
    "LHR": "lahore lahor lhore lhr لاہور لہور",
    "RWP": "rawalpindi pindi rawlpindi rwp islamabad isb راولپنڈی راولپندی پنڈی اسلامآباد اسلاماباد",
    "KAR": "karachi krachi karachee khi kar کراچی کراتشی",
    "PWR": "peshawar peshawer pshawar pwr pew پشاور پیشاور",
    "SKT": "sialkot sialkoat skt سیالکوٹ سیالکوت",
    "MLK": "malakand malakund mlk مالاکنڈ ملاکنڈ مالاکند",
    "MUL": "mul",
    "QTA": "qta",
}
"""Words without blanks. Multan and Quetta are left to their codes: which code the bureau gives them was never seen."""


def _region_words() -> dict[str, str]:
    words = {fold(word): region for region, line in _WORDS.items() for word in line.split()}
    for region in REGIONS:
        for names in product(*(_LETTERS[letter] for letter in region)):
            words[fold("".join(names))] = region
    return words


REGION_WORDS = MappingProxyType(_region_words())
"""Folded word, written without blanks → region code."""

CITIES = (
    "Lahore", "Karachi", "Islamabad", "Rawalpindi", "Peshawar", "Sialkot", "Malakand", "Multan", "Quetta", "Faisalabad",
    "Gujranwala", "Gujrat", "Jhelum", "Sargodha", "Sheikhupura", "Kasur", "Okara", "Sahiwal", "Narowal", "Hafizabad",
    "Chiniot", "Jhang", "Khushab", "Mianwali", "Bhakkar", "Layyah", "Attock", "Chakwal", "Taxila", "Wah Cantt",
    "Daska", "Kharian", "M.B. Din", "T.T. Singh", "Vehari", "Khanewal", "Lodhran", "Pakpattan", "Bahawalpur",
    "R.Y. Khan", "D.G. Khan", "Rajanpur", "Muzaffargarh", "Nankana", "Murree", "Hyderabad", "Sukkur", "Larkana",
    "Nawabshah", "Mirpurkhas", "Dadu", "Khairpur", "Mardan", "Swabi", "Nowshera", "Charsadda", "Kohat", "Bannu",
    "D.I. Khan", "Hangu", "Karak", "Lakki Marwat", "Abbottabad", "Mansehra", "Haripur", "Batkhela", "Mingora", "Swat",
    "Timergara", "Dir", "Buner", "Shangla", "Chitral", "Bajaur", "Parachinar", "Miranshah", "Mirpur", "Kotli",
    "Bhimber", "Muzaffarabad", "Gilgit", "Skardu", "Gwadar", "Turbat", "Khuzdar", "Zhob",
)  # fmt: skip
"""Every city a reply can name, none longer than 12 characters; each language has its word and its clip for them."""

_OTHER_SPELLINGS = {
    "mandi bahauddin": "M.B. Din", "mandi baha ud din": "M.B. Din", "toba tek singh": "T.T. Singh",
    "rahim yar khan": "R.Y. Khan", "r y khan": "R.Y. Khan", "ry khan": "R.Y. Khan",
    "dera ghazi khan": "D.G. Khan", "d g khan": "D.G. Khan", "dg khan": "D.G. Khan",
    "dera ismail khan": "D.I. Khan", "d i khan": "D.I. Khan", "di khan": "D.I. Khan",
    "wah cantonment": "Wah Cantt", "wah cant": "Wah Cantt", "nankana sahib": "Nankana", "abbotabad": "Abbottabad",
    "rawal pindi": "Rawalpindi", "faislabad": "Faisalabad", "muzafargarh": "Muzaffargarh", "sheikhpura": "Sheikhupura",
    "mingawara": "Mingora", "saidu sharif": "Swat",
}  # fmt: skip
_SPELLINGS = MappingProxyType(
    {" ".join(re.findall("[a-z]+", city.lower())): city for city in CITIES} | _OTHER_SPELLINGS
)
_SPELLED_OUT = MappingProxyType({
    "M.B. Din": "Mandi Bahauddin", "T.T. Singh": "Toba Tek Singh", "R.Y. Khan": "Rahim Yar Khan",
    "D.G. Khan": "Dera Ghazi Khan", "D.I. Khan": "Dera Ismail Khan", "Nankana": "Nankana Sahib",
})  # fmt: skip
_OTHER_LETTERS = re.compile("[^a-z]+")
# Karachi Company is a market in Islamabad, and roads are named after the city they lead to.
_CITY = re.compile(
    rf"\b(?:{'|'.join(sorted(_SPELLINGS, key=len, reverse=True))})\b"
    r"(?! (?:company|road|rd|morr|more|adda|chowk|plaza|centre|center)\b)"
)


def spellings(city: str) -> tuple[str, ...]:
    """Other ways people write a city's name, in any script; its licences' code is one."""
    words = [word for word, region in REGION_WORDS.items() if REGIONS.get(region) == city]
    return (*words, *(written for written, meant in _OTHER_SPELLINGS.items() if _same(meant, city)))


def _same(short: str, city: str) -> bool:
    """Whether a name of CITIES is the short form of this one: D.G. Khan, Nankana."""
    full = _SPELLED_OUT.get(short, short)
    return city == full


def city_of(address: str, region: str) -> str:
    """The last city of CITIES in an English address, else the region's own city, else ""."""
    found = _CITY.findall(_OTHER_LETTERS.sub(" ", address.lower()))
    return _SPELLINGS[found[-1]] if found else REGIONS.get(region, "")
