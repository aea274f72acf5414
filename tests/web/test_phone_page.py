"""The phone page on the real hotline: what a person sees, reads and hears, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from hotline.flow.render import fragments
from hotline.memory.embedded import EmbeddedRedis
from hotline.pocket.page import pocket_blueprint
from tests.pocket.chromium import IN_A_BROWSER, chromium, new_page, opened, phone, saying
from tests.web.running import Running, publish_agencies, running

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

pytestmark = IN_A_BROWSER

LISTEN = """
window.sounds = [];
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  for (const name of ["playing", "ended"]) {
    this.addEventListener(name, () => window.sounds.push([name, new URL(this.src).pathname, this.duration]));
  }
  return play.call(this);
};
"""
FIRST = {
    "en": "CHECK 4859",
    "ur": "لائسنس ۴۸۵۹",
    "pa_Arab": "مینوں دسو، لائسنس نمبر ۴۸۵۹ دی ایجنسی ٹھیک اے؟",
    "ur_Latn": "kya licence number 4859 ki agency theek hai?",
}
RIGHT_TO_LEFT = ("ur", "pa_Arab")
LETTERS = "ݨٹڈڑںےہھگچپ۴۵۶۷۔"
A_WHILE = 30_000  # milliseconds: clips are made when they are first asked for


@pytest.fixture(scope="module")
def demo(
    _sqlite_made: Path, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The hotline with the carrier and its page beside it, as in the demo."""
    folder = tmp_path_factory.mktemp("demo")
    file = shutil.copy(_sqlite_made, folder / "hotline.db")
    with running(folder, f"sqlite:///{file}", redis_server.url) as started:
        started.app.register_blueprint(pocket_blueprint(started.carrier))
        started.app.wsgi_app = _past_the_ear(started.app)  # type: ignore[method-assign]
        publish_agencies(started.house)
        yield started


def _past_the_ear(app: Flask) -> WSGIApplication:
    """What reads the hotline's documents along leaves a file it has read open: the page goes past it."""
    heard = app.wsgi_app

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/phone"):
            return Flask.wsgi_app(app, environ, start)
        return heard(environ, start)

    return answer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, demo: Running) -> Iterator[Page]:
    with new_page(browser) as page:
        page.add_init_script(LISTEN)
        yield opened(page, demo.url)


def held_by(page: Page, name: str, person: str) -> Locator:
    """A phone with a number that nobody knows."""
    held = phone(page, name)
    held.locator(".own-number").fill(person)
    return held


def send(held: Locator, words: str) -> Locator:
    """Write a text and send it; the bubble of the reply."""
    held.locator("textarea").fill(words)
    held.locator(".send").click()
    reply = held.locator(".text:not(.mine) .bubble")
    expect(reply).to_have_count(1, timeout=A_WHILE)
    return reply


def drawn_with(page: Page, selector: str) -> dict[str, bool]:
    """The fonts in which the letters of an element really stand; True for one that came with the page."""
    page.evaluate("document.fonts.ready.then(() => null)")
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    session.detach()
    return {font["familyName"]: font["isCustomFont"] for font in fonts}


def press(held: Locator, keys: str) -> None:
    for key in keys:
        held.locator(f'[data-key="{key}"]').click()


def pieces(demo: Running, key: str, locale: str) -> list[re.Pattern[str]]:
    """The clips of which a spoken sentence is made, in order."""
    return [re.compile(re.escape(piece)) for piece in fragments(demo.house.book.texts[locale][key])]


@pytest.mark.parametrize("locale", FIRST)
def test_a_licence_is_checked_in_the_language_of_the_text(page: Page, demo: Running, person: str, locale: str) -> None:
    nasreen = held_by(page, "a", person)
    reply = send(nasreen, FIRST[locale])
    _, answer = demo.carrier.conversation(person)
    expect(nasreen.locator(".mine .bubble")).to_have_text(FIRST[locale])
    expect(reply).to_have_text(answer.body)
    assert demo.shows(reply.inner_text(), "licence.verdict.valid#say", locale)
    assert "Chiragh Overseas Employment" in reply.inner_text()
    read_from = "rtl" if locale in RIGHT_TO_LEFT else "ltr"
    assert reply.evaluate("bubble => getComputedStyle(bubble).direction") == read_from
    parts, alphabet = answer.length.parts, "UCS-2" if locale in RIGHT_TO_LEFT else "GSM-7"
    counted = "1 part" if parts == 1 else f"{parts} parts"
    expect(nasreen.locator(".text:not(.mine) .meta")).to_have_text(re.compile(rf"^{counted} · {alphabet} · \d\d:\d\d$"))
    fonts = drawn_with(page, '[data-phone="a"] .text:not(.mine) .bubble')
    assert fonts.get("Noto Nastaliq Urdu", False) == (locale in RIGHT_TO_LEFT)


def test_every_letter_of_urdu_and_shahmukhi_is_drawn_by_the_font_that_comes_with_the_page(
    page: Page, person: str
) -> None:
    send(held_by(page, "a", person), LETTERS)
    assert drawn_with(page, '[data-phone="a"] .mine .bubble') == {"Noto Nastaliq Urdu": True}
    assert drawn_with(page, '[data-phone="a"] [data-hint="4859"] bdi') != {"Noto Naskh Arabic": True}
    assert drawn_with(page, ".language") == {"Noto Naskh Arabic": True}


def test_a_long_reply_is_shown_from_its_first_line(page: Page, person: str) -> None:
    nasreen = held_by(page, "a", person)
    reply = send(nasreen, FIRST["ur"])
    seen, first = nasreen.locator(".thread").bounding_box(), reply.bounding_box()
    assert seen is not None
    assert first is not None
    assert first["height"] > seen["height"]
    assert seen["y"] <= first["y"] < seen["y"] + 20


def test_a_call_in_punjabi_says_the_verdict_aloud_and_in_words(page: Page, demo: Running, person: str) -> None:
    fetched: dict[str, int] = {}
    page.on("response", lambda got: fetched.__setitem__(urlsplit(got.url).path, got.status))
    akram = held_by(page, "b", person)
    akram.get_by_role("button", name="Call the hotline").click()
    expect(saying(akram)).not_to_be_empty(timeout=A_WHILE)
    for keys, key in (("2", "main.menu#menu"), ("1", "licence.which#voice")):
        press(akram, keys)
        expect(akram.locator(".subtitle")).to_contain_text(pieces(demo, key, "pa_Arab")[0], timeout=A_WHILE)
        expect(akram.locator(".pressed")).to_be_hidden()
    press(akram, "4859")
    expect(akram.locator(".digits")).to_have_text("4859")
    press(akram, "#")
    expect(akram.locator(".subtitle")).to_contain_text("Chiragh Overseas Employment", timeout=A_WHILE)
    expect(akram.locator(".call-status")).to_have_text("Connected")
    expect(akram.locator(".wave")).to_be_visible()
    first, second = (akram.locator(".subtitle > bdi").nth(place).bounding_box() for place in (0, 1))
    assert first is not None
    assert second is not None
    assert second["x"] < first["x"] or second["y"] > first["y"]
    assert pieces(demo, "licence.verdict.valid#voice", "pa_Arab")[0].search(akram.locator(".subtitle").inner_text())
    [call] = demo.carrier.calls_of(person)
    clips = {urlsplit(sound.url).path: sound.words for sound in call.heard if sound.kind == "clip"}
    sounds = page.evaluate("window.sounds")
    ended = [(path, seconds) for name, path, seconds in sounds if name == "ended"]
    assert len(ended) >= 2
    for path, seconds in ended:
        assert ["playing", path, seconds] in sounds
        assert path in clips
        assert fetched[path] in (200, 206)
        assert seconds > 0.1
    akram.get_by_role("button", name="Hang up", exact=True).click()
    expect(akram.locator(".call-status")).to_have_text("Call ended")
    assert demo.carrier.settle()
    assert call.status == "completed"
    expect(akram.locator(".messages")).to_be_visible()


def test_at_360_pixels_a_text_and_a_call_fit_and_the_keys_are_in_reach(
    page: Page, demo: Running, someone: Callable[[], str]
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    opened(page, demo.url, "?lang=ur")
    send(held_by(page, "a", someone()), FIRST["ur"])
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(phone(page, "a").locator(".text:not(.mine) .meta")).to_contain_text("حصے")
    page.locator('[data-show="b"]').click()
    akram = held_by(page, "b", someone())
    akram.locator(".green").click()
    expect(saying(akram)).not_to_be_empty(timeout=A_WHILE)
    expect(akram.locator('[data-key="#"]')).to_be_in_viewport(ratio=1)
    expect(akram.locator(".screen")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert drawn_with(page, '[data-phone="b"] .subtitle')["Noto Nastaliq Urdu"]
    akram.locator(".red").click()
    expect(akram.locator(".messages")).to_be_visible()
    assert demo.carrier.settle()
