"""What nobody ought to send: refused at the door, or answered like anything else; never a 5xx, never a stack trace."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import random
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from werkzeug.test import create_environ, run_wsgi_app

from hotline.store.schema import inbound, people
from tests.channels.twiml_subset import check
from tests.web.running import FORM, TOKEN, Running, call, sign, sms

REFUSED = (403, b"")


def octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@pytest.fixture
def client(hotline: Running) -> FlaskClient:
    """The application without a wire, for what is tried a thousand times."""
    return hotline.app.test_client()


def signed_octets(hotline: Running, path: str, form: Mapping[str, bytes]) -> tuple[bytes, dict[str, str]]:
    """A body of any bytes, signed over those bytes; and its headers."""
    joined = b"".join(name.encode() + value for name, value in sorted(form.items()))
    mac = hmac.digest(TOKEN.encode(), f"{hotline.url}{path}".encode() + joined, hashlib.sha1)
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in form.items()).encode()
    return body, {"X-Twilio-Signature": base64.b64encode(mac).decode(), "Content-Type": FORM}


# --- who is not the provider ---


@pytest.mark.parametrize(
    "path", ["/twilio/sms", "/twilio/voice", "/twilio/voice/1", "/twilio/fallback", "/twilio/status/x"]
)
def test_whoever_did_not_sign_is_refused_without_a_word(hotline: Running, person: str, path: str) -> None:
    form = sms(person, "STOP") if path == "/twilio/sms" else call(person)
    for signature in (
        "",
        "x",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        sign(hotline.url + path, form, "another token"),
        "ü" * 28,
    ):
        answer = hotline.send("POST", path, urlencode(form).encode(), {"X-Twilio-Signature": signature})
        assert (answer.status, answer.body) == REFUSED
    assert (hotline.send("POST", path, urlencode(form).encode()).status) == 403
    assert not hotline.rows(inbound)
    assert not hotline.rows(people)


def test_a_signature_for_another_address_is_refused(hotline: Running, person: str) -> None:
    form = sms(person, "STOP")
    for url in (
        f"{hotline.url}/twilio/voice",
        f"{hotline.url}/twilio/sms/",
        f"{hotline.url}/twilio/sms?x=1",
        f"{hotline.url.replace('http:', 'https:')}/twilio/sms",
        "https://evil.example/twilio/sms",
    ):
        assert hotline.post("/twilio/sms", form, signature=sign(url, form)).status == 403


def test_no_header_names_our_own_address(hotline: Running, person: str) -> None:
    form = sms(person, "STOP")
    headers = {
        "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
        "X-Forwarded-Path": "/twilio/sms", "X-Original-URL": "https://evil.example/twilio/sms",
        "X-Twilio-Signature": sign("https://evil.example/twilio/sms", form),
    }  # fmt: skip
    assert hotline.send("POST", "/twilio/sms", urlencode(form).encode(), headers).status == 403


def test_another_account_is_refused_though_it_signed_with_our_token(hotline: Running, person: str) -> None:
    assert hotline.post("/twilio/sms", sms(person, "STOP", AccountSid="AC" + "f" * 32)).status == 403
    assert hotline.post("/twilio/sms", sms(person, "STOP", AccountSid=None)).status == 403
    assert hotline.count("refused", "account") >= 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_webhook_is_a_post(hotline: Running, person: str, method: str) -> None:
    query = urlencode(sms(person, "STOP"))
    url = f"{hotline.url}/twilio/sms?{query}"
    answer = hotline.send(method, f"/twilio/sms?{query}", headers={"X-Twilio-Signature": sign(url, [])})
    assert answer.status == (200 if method == "OPTIONS" else 405)
    assert not hotline.rows(inbound)


def test_a_body_that_is_no_form_is_refused(hotline: Running, person: str) -> None:
    form = urlencode(sms(person, "STOP")).encode()
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        headers = {"X-Twilio-Signature": sign(f"{hotline.url}/twilio/sms", []), "Content-Type": kind}
        assert hotline.send("POST", "/twilio/sms", form, headers).status == 403


def reshaped(person: str) -> Mapping[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]]:
    """Signed forms and what can be cut out of them with the same signature."""
    form = sms(person, "hello")
    told = dict(form)

    def cut(without: tuple[str, ...], *more: tuple[str, str]) -> list[tuple[str, str]]:
        return [pair for pair in form if pair[0] not in without] + list(more)

    return {
        "the sender goes into the text": (list(form), cut(("Body", "From"), ("Body", f"helloFrom{person}"))),
        "the text's name grows": (list(form), cut(("Body",), ("Bodyhel", "lo"))),
        "the sender's name grows": (list(form), cut(("From",), ("From+92", person[3:]))),
        "the id goes into the sender's country": (
            list(form), cut(("FromCountry", "MessageSid"), ("FromCountry", f"PKMessageSid{told['MessageSid']}"))
        ),
        "the id goes into the sender": (
            cut(("FromCountry",)),
            cut(("FromCountry", "From", "MessageSid"), ("From", f"{person}MessageSid{told['MessageSid']}")),
        ),
    }  # fmt: skip


def test_what_is_cut_anew_out_of_a_signed_form_is_refused(hotline: Running, person: str) -> None:
    url = f"{hotline.url}/twilio/sms"
    for what, (signed, cut) in reshaped(person).items():
        assert sign(url, signed) == sign(url, cut), what
        assert hotline.post("/twilio/sms", cut, signature=sign(url, signed)).status == 403, what
    assert not hotline.rows(inbound)


def test_a_field_that_stands_twice_is_refused(hotline: Running, person: str) -> None:
    form = sms(person, "hello")
    for twice in ("Body", "From", "MessageSid", "AccountSid"):
        again = [*form, (twice, dict(form)[twice])]
        assert hotline.post("/twilio/sms", again, signature=sign(f"{hotline.url}/twilio/sms", form)).status == 403


def test_a_thousand_changes_of_a_signed_request_are_refused_and_none_reaches_the_database(
    hotline: Running, client: FlaskClient, person: str
) -> None:
    chance = random.Random(4859)
    form = sms(person, "CHECK 4859")
    body, signature = urlencode(form), sign(f"{hotline.url}/twilio/sms", form)
    asked: list[str] = []
    engine = hotline.house.database.engine

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        for turn in range(1000):
            changed_body, changed_signature = body, signature
            place, letter = chance.randrange(10_000), chance.choice("abcdefXYZ019+/=%&;\x7f")
            if turn % 2:
                at = place % len(body)
                changed_body = body[:at] + letter + body[at + 1 :]
            else:
                at = place % len(signature)
                changed_signature = signature[:at] + letter + signature[at + 1 :]
            if (parse_qsl(changed_body, keep_blank_values=True), changed_signature) == (form, signature):
                continue  # a letter that was not changed, or %2b for %2B: it says the same
            answer = client.post(
                "/twilio/sms",
                data=changed_body,
                headers={"X-Twilio-Signature": changed_signature, "Content-Type": FORM},
            )
            assert (answer.status_code, answer.data) == REFUSED, (changed_body, changed_signature)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked == []


# --- too much ---


def test_a_text_of_64_kilobytes_is_answered_and_one_byte_more_is_not(
    hotline: Running, someone: Callable[[], str]
) -> None:
    for letter, most in (("a", 65_536), ("ا", 32_768), ("😀", 16_384)):
        answer = hotline.post("/twilio/sms", sms(someone(), letter * most))
        assert answer.status == 200
        assert answer.text
        assert hotline.post("/twilio/sms", sms(someone(), letter * most + "a")).status == 413


def test_a_body_of_more_than_256_kilobytes_is_not_read(hotline: Running, person: str) -> None:
    body = b"Body=" + b"a" * 262_144
    assert hotline.send("POST", "/twilio/sms", body).status == 413
    environ = create_environ("/twilio/sms", method="POST", content_type=FORM)
    del environ["CONTENT_LENGTH"]
    streamed = {**environ, "wsgi.input": _Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    _, status, _ = run_wsgi_app(hotline.app, streamed)
    assert status.startswith("413 ")
    assert hotline.post("/twilio/sms", [*sms(person, "x"), *((f"X{n}", "") for n in range(200))]).status == 403


class _Endless(io.RawIOBase):
    """A body that never ends."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:
        self.given += len(into)
        assert self.given < 1_000_000
        into[:] = b"a" * len(into)
        return len(into)


# --- what people and broken software do send ---

WORDS = {
    "nothing": "",
    "blanks": " \t\n ",
    "nul": "CHECK\0 4859",
    "control signs": "".join(map(chr, range(32))),
    "an escape": "\x1b[2J4859",
    "ten thousand letters": "a" * 10_000,
    "ten thousand digits": "9" * 10_000,
    "a thousand words": "zorblax " * 1_000,
    "emoji": "👩‍👩‍👧‍👦🇵🇰 4859 👍🏽",
    "mixed scripts": "چیک check 4859 پلیز ok ﷽",
    "overrides": "\u202e9584 KCEHC\u202c \u2066x\u2069 \u200f\u200e",
    "marks": "e" + "\u0301" * 500,
    "markup": "</Message><Redirect>https://evil.example</Redirect>&amp;]]>",
    "an entity": '<!DOCTYPE x [<!ENTITY a "aaaa">]>&a;',
    "a template": "{agency.name} {{7*7}} %s %(x)s ${x}",
    "a query": "'; DROP TABLE people; --",
    "not a character": "\ufffe\uffff\ufdd0",
    "private": "\ue000\U0010fffd",
    "lines": "\r\n\r\nCHECK 4859\r\n",
    "hash": "#",
    "star": "*",
    "turkish": "İıŞ",
    "stretched": "چـــــیک ۴۸۵۹",
    "a byte order mark": "\ufeffCHECK 4859",
    "ligatures": "ﻻﺋﺴﻨﺲ 4859",
}


def test_any_text_is_answered(fresh_hotline: Running, someone: Callable[[], str]) -> None:
    for what, words in WORDS.items():
        answer = fresh_hotline.post("/twilio/sms", sms(someone(), words))
        assert answer.status == 200, what
        assert answer.text, what
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert fresh_hotline.count("broken") == 0


OCTETS = {
    "bad utf-8": b"CHECK \xff\xfe 4859", "half a letter": "چیک".encode()[:-1], "a surrogate": b"\xed\xa0\xbd 4859",
    "too long": b"\xc0\x80 \xc1\xbf", "latin-1": "ünï 4859".encode("latin-1"), "utf-16": "CHECK 4859".encode("utf-16"),
    "cp1256": "لاہور".encode("cp1256", "replace"), "all": bytes(range(256)),
}  # fmt: skip


def test_bytes_that_are_no_text_are_answered_too(fresh_hotline: Running, someone: Callable[[], str]) -> None:
    for what, octets in OCTETS.items():
        form = {name: value.encode() for name, value in sms(someone(), "")} | {"Body": octets}
        body, headers = signed_octets(fresh_hotline, "/twilio/sms", form)
        answer = fresh_hotline.send("POST", "/twilio/sms", body, headers)
        assert answer.status == 200, what
        assert answer.text, what
    assert len(fresh_hotline.rows(inbound)) == len(OCTETS)


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To", "Body", "AccountSid"])
def test_a_text_without_what_it_must_have_is_refused(hotline: Running, person: str, missing: str) -> None:
    assert hotline.post("/twilio/sms", sms(person, "x", **{missing: None, "SmsSid": "x"})).status == 403


@pytest.mark.parametrize("missing", ["CallSid", "From", "To", "AccountSid"])
def test_a_call_without_what_it_must_have_is_refused(hotline: Running, person: str, missing: str) -> None:
    assert hotline.post("/twilio/voice", call(person, **{missing: None})).status == 403


def test_fields_nobody_knows_are_let_be(hotline: Running, person: str) -> None:
    more = [("MediaUrl0", "https://x"), ("ChannelMetadata", "{}"), ("ي", "\u202e"), ("", "")]
    assert hotline.post("/twilio/sms", [*sms(person, "CHECK 4859"), *more]).status == 200


@pytest.mark.parametrize("keys", ["", "9" * 64, "*", "#", "**##", "0", "A1B", "hangup"])
def test_any_keys_are_answered_at_any_step(hotline: Running, person: str, keys: str) -> None:
    sid = "CA" + "5" * 32
    hotline.post("/twilio/voice", call(person, sid))
    for step in (1, 2, 3, 999_999):
        answer = hotline.post(f"/twilio/voice/{step}", call(person, sid, Digits=keys))
        assert answer.status == 200
        check(answer.body)


@pytest.mark.parametrize(
    "path",
    [
        "/twilio/voice/0",
        "/twilio/voice/01",
        "/twilio/voice/1000000",
        "/twilio/voice/-1",
        "/twilio/voice/x",
        "/twilio/voice/99999999999999999999",
        "/twilio/status/",
        "/twilio/",
        "/twilio/sms/",
        "/twilio//sms",
    ],
)
def test_a_place_that_is_none_is_refused(hotline: Running, person: str, path: str) -> None:
    answer = hotline.post(path, call(person))
    assert answer.status in (403, 404)


def test_a_step_nobody_was_sent_to_is_answered(hotline: Running, person: str) -> None:
    answer = hotline.post("/twilio/voice/7", call(person, Digits="1"))
    assert answer.status == 200
    assert f"{hotline.url}/twilio/voice/8".encode() in answer.body


def test_rubbish_in_front_of_the_door_is_no_5xx(hotline: Running) -> None:
    for path in (
        "/%00",
        "/%ff%fe",
        "/twilio/sms%00",
        "/audio/%0a.wav",
        "/" + "a" * 3000,
        "/?%zz=%",
        "/.git/config",
        "/..%2f..%2fetc/passwd",
    ):
        for method in ("GET", "POST"):
            assert hotline.send(method, path).status in (403, 404, 405), path


# --- anything at all ---

ANYTHING = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS_AND_KEYS = [*"0123456789*#", "menu", "CHECK", "more", "back", "چیک", "2567", "office", "STOP", "URDU"]
NAMES = [
    "Body",
    "From",
    "To",
    "CallSid",
    "CallStatus",
    "Digits",
    "RecordingUrl",
    "ErrorUrl",
    "Direction",
    "MessageStatus",
]


@ANYTHING
@given(texts=st.lists(st.one_of(st.sampled_from(WORDS_AND_KEYS), st.text(max_size=100)), min_size=1, max_size=6))
def test_whatever_is_typed_one_after_another_gets_200_and_words(
    hotline: Running, client: FlaskClient, someone: Callable[[], str], texts: list[str]
) -> None:
    person, broken = someone(), hotline.count("broken")
    for words in texts:
        form = sms(person, words.encode("utf-8", "replace").decode())
        headers = {"X-Twilio-Signature": sign(f"{hotline.url}/twilio/sms", form), "Content-Type": FORM}
        answer = client.post("/twilio/sms", data=urlencode(form), headers=headers)
        assert answer.status_code == 200
        # Only who sends what leads nowhere again and again is not answered for ever.
        assert "".join(check(answer.data).itertext()) or len(texts) > 2
    assert hotline.count("broken") == broken


@ANYTHING
@given(body=st.binary(max_size=400), signature=st.binary(max_size=40))
def test_whatever_comes_to_the_door_is_no_5xx(client: FlaskClient, body: bytes, signature: bytes) -> None:
    given_signature = signature.decode("latin-1").translate({10: None, 13: None})
    headers = {"X-Twilio-Signature": given_signature, "Content-Type": FORM}
    for path in ("/twilio/sms", "/twilio/voice", "/twilio/fallback", "/twilio/status/1"):
        assert client.post(path, data=body, headers=headers).status_code == 403


@ANYTHING
@given(
    fields=st.dictionaries(st.sampled_from(NAMES), st.one_of(st.binary(max_size=60), st.text().map(octets)), max_size=8)
)
def test_whatever_the_provider_signs_is_answered_or_refused(
    hotline: Running, client: FlaskClient, someone: Callable[[], str], fields: dict[str, bytes]
) -> None:
    person, broken = someone(), hotline.count("broken")
    usual = (("/twilio/sms", sms(person, "x")), ("/twilio/voice/2", call(person)), ("/twilio/fallback", call(person)))
    for path, form in usual:
        told = {name: value.encode() for name, value in form} | fields
        body, headers = signed_octets(hotline, path, told)
        answer = client.post(path, data=body, headers=headers)
        assert answer.status_code in (200, 204, 403)
        if answer.status_code == 200:
            check(answer.data)
    assert hotline.count("broken") == broken
