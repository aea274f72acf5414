"""The phone page in a real browser: two phones, a hotline behind them, everything a person would do."""

from __future__ import annotations

import io
import math
import re
import struct
import wave
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from hotline.pocket.account import Account, Hooks
from hotline.pocket.carrier import Carrier
from hotline.pocket.server import PocketServer
from hotline.pocket.texts import Order

from .chromium import IN_A_BROWSER, chromium, new_page, opened, phone, saying
from .conftest import AKRAM, NASREEN, NUMBER, SID, TOKEN, FakeHotline

URDU = "۲۰۲۶ کی فہرست: درست۔ Chiragh Travels، نمبر 4859\nنقد رقم کبھی نہ دیں۔ بینک کی رسید سنبھال کر رکھیں۔"
WORDS = {"hello.wav": "Welcome.", "menu.wav": "Key in the licence number.", "answer.wav": "ایجنسی کا لائسنس درست ہے۔"}

pytestmark = IN_A_BROWSER


def clip(seconds: float) -> bytes:
    """A quiet tone, 8 kHz, mono, as the hotline serves its clips."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (int(900 * math.sin(i / 3)) for i in range(int(8000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return sound.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def talking(hotline: FakeHotline) -> FakeHotline:
    gather = '<Gather action="/twilio/voice/key" numDigits="5" finishOnKey="#" timeout="30">'
    hotline.answers |= {
        "/twilio/sms": lambda form: (
            "<Response><Message>VALID: Chiragh Travels, no. 4859</Message></Response>"
            if form["Body"].isascii()
            else f"<Response><Message>{URDU}</Message></Response>"
        ),
        "/twilio/voice": "<Response><Play>/audio/hello.wav</Play>"
        f"{gather}<Play>/audio/menu.wav</Play></Gather></Response>",
        "/twilio/voice/key": "<Response><Play>/audio/answer.wav</Play><Hangup/></Response>",
    }
    hotline.clips = {"/audio/hello.wav": clip(0.2), "/audio/menu.wav": clip(20), "/audio/answer.wav": clip(0.6)}
    return hotline


@pytest.fixture
def pocket(talking: FakeHotline) -> Iterator[PocketServer]:
    hooks = Hooks(
        words_of=lambda url: WORDS.get(url.rpartition("/")[2]), is_recording=lambda url: url.endswith("hello.wav")
    )
    with PocketServer(Carrier(Account(talking.url, SID, TOKEN, NUMBER), hooks=hooks)) as server:
        yield server


@pytest.fixture
def page(browser: Browser, pocket: PocketServer) -> Iterator[Page]:
    with new_page(browser) as page:
        yield opened(page, pocket.url)


def test_a_text_gets_its_reply_with_the_number_of_parts_and_the_other_phone_stays_empty(page: Page) -> None:
    nasreen, akram = phone(page, "a"), phone(page, "b")
    expect(nasreen.locator(".empty")).to_contain_text("No messages yet. Try CHECK 4859", use_inner_text=False)
    nasreen.get_by_placeholder("Write a message").fill("CHECK 4859")
    nasreen.get_by_role("button", name="Send").click()
    reply = nasreen.locator(".text:not(.mine)")
    expect(reply.locator(".bubble")).to_have_text("VALID: Chiragh Travels, no. 4859")
    expect(reply.locator(".meta")).to_have_text(re.compile(r"^1 part · GSM-7 · \d\d:\d\d$"))
    expect(nasreen.locator(".text.mine .bubble")).to_have_text("CHECK 4859")
    expect(nasreen.locator(".empty")).to_be_hidden()
    expect(akram.locator(".empty")).to_be_visible()


def test_an_urdu_text_reads_from_the_right_in_ucs2_parts(page: Page) -> None:
    nasreen = phone(page, "a")
    nasreen.locator('[data-hint="لائسنس ۴۸۵۹"]').click()
    bubble = nasreen.locator(".text:not(.mine) .bubble")
    expect(bubble).to_have_text(URDU)
    expect(bubble).to_have_attribute("lang", "ur")
    assert bubble.evaluate("bubble => getComputedStyle(bubble).direction") == "rtl"
    expect(nasreen.locator(".text:not(.mine) .meta")).to_contain_text("2 parts · UCS-2")


def test_letters_are_typed_by_pressing_a_key_again_and_again(page: Page) -> None:
    akram = phone(page, "b")
    for key in "6#66":
        akram.locator(f'[data-key="{key}"]').click()
    akram.locator('[data-key="0"]').click()
    expect(akram.locator("textarea")).to_have_value("Mn ")
    akram.get_by_role("button", name="Delete the last letter").click()
    expect(akram.locator("textarea")).to_have_value("Mn")


def test_a_call_plays_its_clips_in_order_shows_the_words_and_takes_keys_over_the_sound(
    page: Page, talking: FakeHotline, pocket: PocketServer
) -> None:
    akram = phone(page, "b")
    akram.get_by_role("button", name="Call the hotline").click()
    expect(saying(akram)).to_have_text("Key in the licence number.")
    expect(akram.locator(".stand-in")).to_be_visible()
    assert talking.at("/audio/hello.wav")
    assert talking.at("/audio/menu.wav")
    [call] = pocket.carrier.calls_of(AKRAM)
    assert (call.status, call.hearing.played_to) == ("in-progress", 1)
    for key in "4859#":
        akram.locator(f'[data-key="{key}"]').click()
    [asked] = talking.wait_for("/twilio/voice/key")
    assert (asked.trusted, asked.form["Digits"]) == (True, "4859")
    expect(saying(akram)).to_have_text("ایجنسی کا لائسنس درست ہے۔")
    expect(akram.locator(".call-status")).to_have_text("Call ended")
    [ended] = talking.wait_for("/twilio/status/call")
    assert ended.form["CallStatus"] == "completed"
    expect(akram.locator(".messages")).to_be_visible()
    expect(akram.get_by_role("button", name="Call the hotline")).to_be_enabled()


def test_a_recording_of_a_person_is_not_called_a_stand_in(page: Page, talking: FakeHotline) -> None:
    talking.answers["/twilio/voice"] = "<Response><Play>/audio/hello.wav</Play><Pause length='30'/></Response>"
    akram = phone(page, "b")
    akram.get_by_role("button", name="Call the hotline").click()
    expect(saying(akram)).to_have_text("Welcome.")
    expect(akram.locator(".stand-in")).to_be_hidden()


def test_the_keyboard_is_enough_for_a_whole_call(page: Page, talking: FakeHotline, pocket: PocketServer) -> None:
    akram = phone(page, "b")
    akram.get_by_role("button", name="Call the hotline").focus()
    page.keyboard.press("Enter")
    expect(saying(akram)).to_have_text("Key in the licence number.")
    expect(akram.get_by_role("button", name="Hang up", exact=True)).to_be_focused()
    page.keyboard.press("4")
    page.keyboard.press("#")
    assert talking.wait_for("/twilio/voice/key")[0].form["Digits"] == "4"
    page.keyboard.press("Enter")
    talking.wait_for("/twilio/status/call")
    assert pocket.carrier.calls_of(AKRAM)[0].status == "completed"


def test_the_hotline_calls_back_after_a_missed_call_and_the_phone_rings(
    page: Page, talking: FakeHotline, pocket: PocketServer
) -> None:
    talking.answers |= {
        "/twilio/voice": '<Response><Reject reason="busy"/></Response>',
        "/twilio/back": "<Response><Say>You rang us.</Say><Pause length='30'/></Response>",
    }
    nasreen = phone(page, "a")
    nasreen.get_by_role("button", name="Ring once and hang up").click()
    expect(nasreen.locator(".notice")).to_contain_text("You rang once")
    assert pocket.carrier.calls_of(NASREEN)[0].status == "busy"
    client_asks(pocket, NASREEN, f"{talking.url}/twilio/back")
    expect(nasreen.locator(".call-status")).to_have_text("Incoming call")
    nasreen.get_by_role("button", name="Answer").click()
    expect(saying(nasreen)).to_have_text("You rang us.")
    nasreen.get_by_role("button", name="Hang up", exact=True).click()
    expect(nasreen.locator(".call-status")).to_have_text("Call ended")


def client_asks(pocket: PocketServer, to: str, url: str) -> None:
    from twilio.rest import Client  # noqa: PLC0415  slow to import, and only one test rings from outside

    client = Client(SID, TOKEN)
    client.api.base_url = pocket.url
    client.calls.create(to=to, from_=NUMBER, url=url)
    client.http_client.session.close()


def test_a_text_from_the_hotline_arrives_by_itself_and_is_still_there_after_a_reload(
    page: Page, pocket: PocketServer
) -> None:
    pocket.carrier.send(Order(AKRAM, NUMBER, "Your flight is in three days."))
    bubble = phone(page, "b").locator(".bubble")
    expect(bubble).to_have_text("Your flight is in three days.")
    page.reload()
    expect(bubble).to_have_text("Your flight is in three days.")


def test_a_hotline_that_does_not_answer_is_said_in_words(page: Page, talking: FakeHotline) -> None:
    talking.answers |= dict.fromkeys(("/twilio/sms", "/twilio/voice", "/twilio/fallback"), ("", 500))
    nasreen = phone(page, "a")
    nasreen.locator('[data-hint="MENU"]').click()
    expect(nasreen.get_by_role("alert").filter(visible=True)).to_have_text(
        "The hotline did not answer (error 11200). Nobody has read this message."
    )
    nasreen.get_by_role("button", name="Call the hotline").click()
    expect(saying(nasreen)).to_have_text("The hotline did not answer (error 11200).")


def test_the_clock_moves_here_and_at_the_carrier(page: Page, pocket: PocketServer) -> None:
    page.locator(".clock summary").click()
    page.get_by_role("button", name="+1 day").click()
    page.get_by_role("button", name="+1 hour").click()
    expect(page.locator(".clock-offset")).to_have_text("1 d 1 h ahead")
    assert pocket.carrier.offset.total_seconds() == 90_000
    page.get_by_role("button", name="Now").click()
    expect(page.locator(".clock-offset")).to_have_text("Real time")


def test_the_hours_shown_are_the_hotline_s_wherever_the_browser_is(browser: Browser, talking: FakeHotline) -> None:
    at = datetime(2026, 8, 25, 20, 5, tzinfo=UTC)
    carrier = Carrier(Account(talking.url, SID, TOKEN, NUMBER), lambda: at, hooks=Hooks(zone="Asia/Karachi"))
    with PocketServer(carrier) as server, browser.new_context(timezone_id="America/New_York") as elsewhere:
        carrier.text(NASREEN, "CHECK 4859")
        page = opened(elsewhere.new_page(), server.url)
        expect(page.locator(".clock-time")).to_have_text(re.compile("^26 Aug 2026, 01:0[5-9]$"))
        expect(phone(page, "a").locator(".status-time")).to_have_text(re.compile("01:0[5-9]"))
        expect(phone(page, "a").locator(".meta").last).to_contain_text("01:05")


def test_the_page_speaks_urdu_from_right_to_left_and_remembers_it(page: Page) -> None:
    page.get_by_role("button", name="اردو").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", name="نسرین، لاہور")).to_be_visible()
    expect(phone(page, "a").locator("textarea")).to_have_attribute("placeholder", "پیغام لکھیں")
    first, second = phone(page, "a").bounding_box(), phone(page, "b").bounding_box()
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]
    keys = [phone(page, "a").locator(f'[data-key="{key}"]').bounding_box() for key in "13"]
    assert keys[0]["x"] < keys[1]["x"]
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ur")


def test_at_360_pixels_one_phone_is_shown_at_a_time_and_nothing_is_cut_off(page: Page, pocket: PocketServer) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for query in ("?lang=en", "?lang=ur"):
        opened(page, pocket.url, query)
        expect(phone(page, "b")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        pocket.carrier.send(Order(AKRAM, NUMBER, "x"))
        expect(page.locator('[data-show="b"] .dot')).to_be_visible()
        page.locator('[data-show="b"]').click()
        expect(phone(page, "a")).to_be_hidden()
        expect(phone(page, "b").locator(".bubble").last).to_be_visible()
        phone(page, "b").locator(".green").click()
        expect(saying(phone(page, "b"))).to_have_text("Key in the licence number.")
        phone(page, "b").locator(".red").click()
        expect(phone(page, "b").locator(".messages")).to_be_visible()


def test_a_conversation_is_saved_as_a_dialogue(page: Page) -> None:
    nasreen = phone(page, "a")
    nasreen.locator('[data-hint="CHECK 4859"]').click()
    expect(nasreen.locator(".text:not(.mine)")).to_be_visible()
    with page.expect_download() as download:
        nasreen.get_by_role("link", name="Save this conversation as a dialogue").click()
    assert download.value.suggested_filename == "dialogue-923001234567.txt"
    lines = download.value.path().read_text("utf-8").splitlines()
    assert lines[-2:] == ["> CHECK 4859", "< VALID: Chiragh Travels, no. 4859"]
