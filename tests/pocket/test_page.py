"""The page's interface and its files: what it gives, what it refuses, and that its words are complete."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import requests

import hotline.pocket
from hotline.pocket.account import Account, Hooks
from hotline.pocket.carrier import Carrier
from hotline.pocket.server import PocketServer

from .conftest import AKRAM, NASREEN, NUMBER, SID, TOKEN, Clock, FakeHotline

HERE = Path(hotline.pocket.__file__).parent
API = "/phone/api"


def post(server: PocketServer, path: str, body: object) -> requests.Response:
    return requests.post(f"{server.url}{API}/{path}", json=body, timeout=10)


def test_a_text_is_answered_with_the_conversation_and_the_state_shows_it_until_nothing_changes(
    server: PocketServer, hotline: FakeHotline
) -> None:
    hotline.answers["/twilio/sms"] = "<Response><Message>سلام</Message></Response>"
    told = post(server, "text", {"number": NASREEN, "body": "hello"}).json()
    assert told["trouble"] == 0
    assert [(text["mine"], text["body"], text["parts"], text["alphabet"]) for text in told["phone"]["texts"]] == [
        (True, "hello", 1, "gsm"), (False, "سلام", 1, "ucs2"),
    ]  # fmt: skip
    asked = {"phone": [NASREEN, AKRAM]}
    state = requests.get(f"{server.url}{API}/state", asked, timeout=10).json()
    assert (len(state["phones"][NASREEN]["texts"]), state["phones"][AKRAM]) == (2, {"texts": [], "call": None})
    asked["version"] = state["version"]
    assert requests.get(f"{server.url}{API}/state", asked, timeout=10).status_code == 204
    post(server, "text", {"number": AKRAM, "body": "me too"})
    assert requests.get(f"{server.url}{API}/state", asked, timeout=10).status_code == 200


def test_a_call_is_driven_by_the_page_and_only_one_at_a_time(server: PocketServer, hotline: FakeHotline) -> None:
    hotline.answers["/twilio/voice"] = "<Response><Play>/a.wav</Play><Dial action='/d'>+924299000000</Dial></Response>"
    call = post(server, "call", {"number": NASREEN}).json()
    assert (call["status"], call["waiting"], call["played"]) == ("in-progress", "", 0)
    assert [(sound["kind"], sound["stand_in"]) for sound in call["heard"]] == [("clip", True)]
    assert post(server, "call", {"number": NASREEN}).status_code == 409
    move = f"call/{call['sid']}"
    assert post(server, f"{move}/played", {"place": 1}).json()["waiting"] == "dialling"
    ended = post(server, f"{move}/dialled", {"outcome": "completed"}).json()
    assert (ended["ended"], hotline.at("/d")[0].form["DialCallStatus"]) == (True, "completed")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("text", {"number": NASREEN, "body": " "}),
        ("text", {"number": NASREEN, "body": ["x"]}),
        ("text", {"number": NASREEN, "body": "x" * 1601}),
        ("text", {"number": "<script>", "body": "x"}),
        ("text", ["x"]),
        ("call", {}),
        ("clock", {"seconds": "1"}),
        ("clock", {"seconds": 1e12}),
    ],
)
def test_what_no_phone_would_send_is_refused(server: PocketServer, path: str, body: object) -> None:
    assert post(server, path, body).status_code == 400


def test_only_json_is_taken_so_that_no_form_of_another_site_can_ring(server: PocketServer) -> None:
    form = requests.post(f"{server.url}{API}/text", data={"number": NASREEN, "body": "x"}, timeout=10)
    assert form.status_code == 415


def test_moves_of_a_call_that_make_no_sense_are_refused(server: PocketServer, hotline: FakeHotline) -> None:
    hotline.answers["/twilio/voice"] = "<Response><Gather/></Response>"
    sid = post(server, "call", {"number": NASREEN}).json()["sid"]
    for move, body in (("press", {"keys": "1a"}), ("played", {"place": 0}), ("dialled", {"outcome": "x"}), ("fly", {})):
        assert post(server, f"call/{sid}/{move}", body).status_code == 400
    assert post(server, "call/CA0/press", {"keys": "1"}).status_code == 404


def test_the_clock_is_moved_for_stamps_and_told_to_the_hotline_beside(hotline: FakeHotline, clock: Clock) -> None:
    moved: list[timedelta] = []
    carrier = Carrier(Account(hotline.url, SID, TOKEN, NUMBER), clock, hooks=Hooks(set_clock=moved.append))
    with PocketServer(carrier) as server:
        assert post(server, "clock", {"seconds": 86_400}).json() == {
            "now": "2026-08-26T09:00:00+00:00", "offset": 86_400.0,
        }  # fmt: skip
        assert moved == [timedelta(days=1)]
        carrier.text(NASREEN, "tomorrow")
        assert carrier.conversation(NASREEN)[0].created.isoformat() == "2026-08-26T09:00:00+00:00"


def test_the_dialogue_holds_texts_and_calls_in_the_notation_of_the_flow_tests(
    server: PocketServer, carrier: Carrier, hotline: FakeHotline, clock: Clock
) -> None:
    gather = "<Gather action='/k' actionOnEmptyResult='true'>"
    hotline.answers |= {
        "/twilio/sms": "<Response><Message>Choose one.\n1 Lahore\n2 Malakand</Message></Response>",
        "/twilio/voice": f"<Response>{gather}<Say>Which?</Say></Gather></Response>",
        "/k": f"<Response><Say>Good.</Say>{gather}<Say>More?</Say></Gather></Response>",
    }
    carrier.text(NASREEN, "CHECK 2567")
    clock.forward(60)
    call = carrier.call(NASREEN)
    call.press("2567#")
    call.silence()
    call.hang_up()
    saved = requests.get(f"{server.url}{API}/dialogue", {"phone": NASREEN}, timeout=10)
    assert saved.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert saved.text == (
        "# from the phone page: +923001234567\n"
        "today 2026-08-25\n"
        "\n"
        "> CHECK 2567\n"
        "< Choose one. / 1 Lahore / 2 Malakand\n"
        "# a call to the hotline, completed, 1 s\n"
        "< Which?\n"
        "> | 2567#\n"
        "< Good. / More?\n"
        "> | …\n"
        "< Good. / More?\n"
    )


def test_the_page_keeps_to_itself_and_has_nothing_inline(server: PocketServer, hotline: FakeHotline) -> None:
    page = requests.get(f"{server.url}/phone", timeout=10)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert f"media-src 'self' {hotline.url}" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=|https?://", page.text) == []
    for address in set(re.findall(r'(?:src|href)="(/[^"#]+)', page.text)):
        assert requests.get(server.url + address, timeout=10).status_code == 200
    for file in filter(Path.is_file, (HERE / "static").iterdir()):
        assert "://" not in file.read_text("utf-8").replace("http://www.w3.org/2000/svg", ""), file.name


def test_the_fonts_are_those_that_were_taken_over_and_each_has_its_licence(server: PocketServer) -> None:
    fonts = HERE / "static" / "fonts"
    taken = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", (fonts / "VENDOR.md").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r'url\("fonts/([^"]+)"\)', (HERE / "static" / "page.css").read_text("utf-8"))
    assert sorted(taken.values()) == sorted(named) == sorted(file.name for file in fonts.glob("*.woff2"))
    for digest, name in taken.items():
        served = requests.get(f"{server.url}/phone/static/fonts/{name}", timeout=10)
        assert hashlib.sha256(served.content).hexdigest() == digest
        licence = fonts / name.replace("-400.woff2", "-OFL.txt")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text("utf-8")


def test_the_page_opens_in_the_language_asked_for_or_preferred(server: PocketServer) -> None:
    def opening(query: str, preferred: str) -> str:
        headers = {"Accept-Language": preferred}
        return requests.get(f"{server.url}/phone{query}", headers=headers, timeout=10).text[:80]

    assert '<html lang="ur" dir="rtl">' in opening("?lang=ur", "en")
    assert '<html lang="ur" dir="rtl">' in opening("", "ur-PK,ur;q=0.9,en;q=0.5")
    assert '<html lang="en" dir="ltr">' in opening("?lang=xx", "fr")


def test_every_word_of_the_page_stands_in_both_languages_with_the_same_holes() -> None:
    words = json.loads((HERE / "static" / "words.json").read_text("utf-8"))
    english, urdu = words["en"], words["ur"]
    assert list(english) == list(urdu)
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", urdu[key])), key
    assert not re.search("[يك]", json.dumps(urdu, ensure_ascii=False))
    files = [*(HERE / "static").glob("*.js"), HERE / "templates" / "phone.html"]
    text = "".join(file.read_text("utf-8") for file in files)
    groups = {key.partition(".")[0] for key in english}
    said = {key for key in re.findall(r"""["']([a-z]+\.[\w.-]*\w)["']""", text) if key.partition(".")[0] in groups}
    said = {key for key in said if not key.endswith((".css", ".js"))}
    assert len(said) > 30
    assert said - set(english) == set()
