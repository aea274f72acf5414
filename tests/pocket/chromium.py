"""A real browser for tests of the phone page: Debian's Chromium, which all of them share in one worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))

IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not CHROMIUM.exists(),
        reason=f"no Chromium at {CHROMIUM}: apt-get install -y --no-install-recommends chromium, or set CHROMIUM",
    ),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, in which a page is silent until somebody touches it, as on a phone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--autoplay-policy=user-gesture-required"]
        )
        yield browser
        browser.close()


@contextmanager
def new_page(browser: Browser) -> Iterator[Page]:
    """A page 1280 pixels wide; an error in its console fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    page.close()
    assert complaints == []


def opened(page: Page, url: str, query: str = "") -> Page:
    """The phone page of the server at `url`, ready."""
    page.goto(f"{url}/phone{query}")
    page.locator("html[data-ready]").wait_for()
    return page


def phone(page: Page, name: str) -> Locator:
    """One of the two phones, "a" or "b"."""
    return page.locator(f'[data-phone="{name}"]')


def saying(phone: Locator) -> Locator:
    """What is being said in the call."""
    return phone.locator(".subtitle > :last-child")
