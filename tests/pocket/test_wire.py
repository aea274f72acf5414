"""What goes over the wire is signed as Twilio signs it, and tried again only where it says so."""

from __future__ import annotations

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from hotline.pocket.wire import Patience, deliver, prepare, sign, signed_url

from .conftest import TOKEN, FakeHotline

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(WORDS.filter(bool), WORDS, max_size=8), st.text(min_size=1, max_size=40))
def test_a_signature_is_the_one_the_official_validator_computes(params: dict[str, str], token: str) -> None:
    token = token.encode("utf-8", "replace").decode()
    url = "https://hotline.example/twilio/sms?q=%D9%85&b=%27"
    assert sign(token, url, params) == RequestValidator(token).compute_signature(url, params)


def test_a_text_in_urdu_is_believed_by_the_official_validator() -> None:
    form = {"Body": "لائسنس ۴۸۵۹", "From": "+923001234567", "Empty": ""}
    request = prepare(TOKEN, "https://example.org/twilio/sms#rc=2", form)
    assert RequestValidator(TOKEN).validate(request.url, form, request.headers["X-Twilio-Signature"])


@pytest.mark.parametrize(
    ("url", "voice", "signed"),
    [
        ("https://u:p@h.example:8443/a?b=1#rc=3", False, "https://h.example:8443/a?b=1"),
        ("https://u:p@h.example:8443/a?b=1#rc=3", True, "https://h.example/a?b=1"),
        ("http://127.0.0.1:8000/a", True, "http://127.0.0.1:8000/a"),
        ("http://h.example/a?q=مدد", False, "http://h.example/a?q=%D9%85%D8%AF%D8%AF"),
    ],
)
def test_the_signed_address_has_no_user_no_fragment_and_for_voice_over_https_no_port(
    url: str, voice: bool, signed: str
) -> None:
    assert signed_url(url, voice=voice) == signed


def test_overrides_are_read_from_the_fragment_and_nonsense_is_ignored() -> None:
    patience = Patience.of("https://h.example/a#rc=3&rp=ct,rt,5xx&ct=2000&rt=99999")
    assert patience == Patience(2.0, 15.0, 3, frozenset({"ct", "rt", "5xx"}))
    assert Patience.of("https://h.example/a#rc=many&ct=-1") == Patience()


def test_a_server_error_is_final_unless_the_address_asks_for_more_tries(hotline: FakeHotline) -> None:
    hotline.answers["/x"] = ("no", 500)
    assert deliver(prepare(TOKEN, f"{hotline.url}/x", {})).tries == 1
    answer = deliver(prepare(TOKEN, f"{hotline.url}/x#rc=3&rp=5xx", {"a": "b"}))
    assert (answer.status, answer.failure, answer.error, answer.tries) == (500, "5xx", 11200, 4)
    assert len(hotline.at("/x")) == 5
    assert all(asked.trusted for asked in hotline.asked)


def test_no_connection_is_tried_once_more_and_has_its_own_error_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = deliver(prepare(TOKEN, f"http://127.0.0.1:{port}/x", {}))
    assert (answer.status, answer.failure, answer.error, answer.tries) == (0, "ct", 11205, 2)


def test_an_answer_that_comes_too_late_is_no_answer(hotline: FakeHotline) -> None:
    hotline.answers["/slow"] = lambda form: time.sleep(0.6) or "<Response/>"
    answer = deliver(prepare(TOKEN, f"{hotline.url}/slow#rt=100", {}))
    assert (answer.status, answer.failure, answer.error) == (0, "rt", 11200)


def test_a_redirect_is_a_failure_because_following_it_would_lose_the_form(hotline: FakeHotline) -> None:
    hotline.answers["/moved"] = ("elsewhere", 302)
    assert deliver(prepare(TOKEN, f"{hotline.url}/moved", {})).failure == "4xx"


def test_a_get_carries_its_fields_in_the_query_and_signs_the_address_alone(hotline: FakeHotline) -> None:
    deliver(prepare(TOKEN, f"{hotline.url}/x?n=1", {"Digits": "۱ 2"}, method="GET"))
    [asked] = hotline.at("/x")
    assert (asked.method, asked.form, asked.trusted) == ("GET", {"n": "1", "Digits": "۱ 2"}, True)
