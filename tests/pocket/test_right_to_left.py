"""Dates and licence numbers in Urdu and Punjabi texts, as a real browser places them from right to left."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from hotline.flow.book import Book, every_message
from hotline.flow.render import write_line
from hotline.flow.turn import Line
from hotline.text.bidi import placed
from hotline.text.values import Kind

from .chromium import IN_A_BROWSER, chromium, new_page

pytestmark = IN_A_BROWSER

SAMPLES = {
    Kind.DATE: "2028-04-05", Kind.LICENCE: "4859/LHR", Kind.NAME: "Chiragh Overseas", Kind.CITY: "Lahore",
    Kind.CASE: "4821935", Kind.PHONE: "+924238000000", Kind.STATE: "expired", Kind.TIME: "09:30", Kind.DAYS: "mon-fri",
}  # fmt: skip
VALUE = "2028-04-05|4859/LHR"
SEEN = """(texts) => texts.map((text) => {
  const line = document.createElement("div");
  line.dir = "rtl";
  line.style = "white-space: pre; width: max-content";
  line.textContent = text;
  document.body.replaceChildren(line);
  const places = [...text].map((sign, at) => {
    const range = document.createRange();
    range.setStart(line.firstChild, at);
    range.setEnd(line.firstChild, at + 1);
    return [range.getBoundingClientRect().left, sign];
  });
  return places.sort((one, other) => one[0] - other[0]).map((place) => place[1]).join("");
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("locale", ["ur", "pa_Arab"])
def test_every_date_and_licence_of_an_sms_is_seen_in_its_own_order(browser: Browser, book: Book, locale: str) -> None:
    lines = []
    for _, message in every_message(book.always, book.flows):
        names = [piece.name for piece in book.texts[locale][message.sms_key] if not isinstance(piece, str)]
        facts = {name: SAMPLES.get(book.kind(name), "12") for name in names}
        lines += placed(write_line(book, Line(message, facts), locale)).split("\n")
    lines = [line for line in lines if re.search("2028|4859", line)]
    with new_page(browser) as page:
        seen = page.evaluate(SEEN, lines)
    assert len(lines) > 20
    pairs = zip(lines, seen, strict=True)
    wrong = [line for line, shown in pairs if len(re.findall(VALUE, line)) != len(re.findall(VALUE, shown))]
    assert wrong == []
