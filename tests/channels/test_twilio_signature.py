"""Our signature check says what the provider's own validator says, and never falls over."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from random import Random
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from hotline.channels.twilio.request import Fields, Raw
from hotline.channels.twilio.signature import Guard, sign
from hotline.errors import SettingError, Untrusted
from tests.channels.twilio_wire import BASE, TOKEN, post, sms, unsigned

DOCUMENTED = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALLER = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309")]
CALLER += [("To", "+18005551212")]
REPEATED = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")]

texts = st.text(
    st.one_of(st.sampled_from("اُردو پنجابی ۴۸۵۹ &=+%#\n\0é😀"), st.characters(exclude_categories=["Cs"])), max_size=20
)
pairs_of_text = st.lists(st.tuples(texts.filter(bool), texts), max_size=12)
queries = st.text(st.sampled_from("abc=&%2F%27%D9%85+~;"), max_size=20) | texts.map(quote)
bases = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["hotline.example.org", "127.0.0.1", "xn--mgbai9azgqp6j.example"]),
    st.sampled_from(["", ":80", ":443", ":8000", ":8443"]),
    st.sampled_from(["", "/lahore"]),
)
paths = st.sampled_from(["/twilio/sms", "/twilio/voice/3", "/twilio/%D8%A7%20b"])


def verdict(guard: Guard, raw: Raw) -> str:
    try:
        guard.check(raw)
    except Untrusted as refused:
        return refused.code
    return "trusted"


@pytest.mark.parametrize(
    ("base", "pairs", "signature"),
    [
        ("https://mycompany.com", CALLER, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:1234", CALLER, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234", CALLER, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com", CALLER, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com", CALLER, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://mycompany.com", REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ],
)
def test_the_published_examples_are_trusted(base, pairs, signature):
    raw = unsigned("/myapp.php", pairs, query="foo=1&bar=2", signature=signature)
    assert Guard(base, ["12345"]).check(raw).signature == signature


def test_the_published_example_is_signed_alike():
    assert sign("12345", DOCUMENTED, CALLER) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


tokens_of_text = st.text(min_size=1, max_size=30).filter(str.isprintable)


@settings(max_examples=300, deadline=None)
@given(bases, paths, queries, pairs_of_text, tokens_of_text)
def test_whatever_the_provider_signs_is_trusted(base, path, query, pairs, token):
    url = base + path + ("?" + query if query else "")
    oracle = RequestValidator(token)
    signature = oracle.compute_signature(url, MultiDict(pairs))
    assert oracle.validate(url, MultiDict(pairs), signature)
    assert verdict(Guard(base, [token]), unsigned(path, pairs, query=query, signature=signature)) == "trusted"


def changed_somewhere(random, raw):
    """The same request with one bit of it turned over."""
    part = random.choice(["path", "query", "body", "signature"])
    old = raw.headers["x-twilio-signature"].encode() if part == "signature" else getattr(raw, part)
    octets = bytearray(old.encode() if isinstance(old, str) else old)
    octets[random.randrange(len(octets))] ^= 1 << random.randrange(7)
    new = bytes(octets)
    if part == "signature":
        return replace(raw, headers={**raw.headers, "x-twilio-signature": new.decode("latin-1")})
    return replace(raw, **{part: new.decode() if part == "path" else new})


def test_of_ten_thousand_changed_requests_none_is_trusted():
    random, guard = Random(7), Guard(BASE, [TOKEN, "another"])
    raw = post("/twilio/sms", sms(Body="\u0645\u062f\u062f 4859"), query="a=1&b=2")
    assert verdict(guard, raw) == "trusted"
    meant, tried = Fields.parse(raw.body), 0
    while tried < 10_000:
        changed = changed_somewhere(random, raw)
        # %2b and %2B, or two parameters that change places, are the same form.
        if changed.body == raw.body or set(Fields.parse(changed.body).octets) != set(meant.octets):
            assert verdict(guard, changed) in {"signature", "shape"}
            tried += 1
    for other in (BASE.replace("https", "http"), "https://hotline.example.com", BASE + "/x"):
        assert verdict(Guard(other, [TOKEN]), raw) == "signature"


@settings(max_examples=200, deadline=None)
@given(bases, bases, queries, pairs_of_text, pairs_of_text)
def test_both_validators_agree_about_a_request_to_another_place_or_with_another_form(ours, theirs, query, sent, signed):
    path = "/twilio/sms"
    oracle = RequestValidator(TOKEN)
    mark = "?" + query if query else ""
    signature = oracle.compute_signature(theirs + path + mark, MultiDict(signed))
    expected = oracle.validate(ours + path + mark, MultiDict(sent), signature)
    raw = unsigned(path, sent, query=query, signature=signature)
    assert (verdict(Guard(ours, [TOKEN]), raw) == "trusted") is expected


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=40), st.binary(max_size=20), st.text(max_size=20))
def test_no_request_makes_the_check_fall_over(body, signature, query, path):
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    assert verdict(Guard(BASE, [TOKEN]), Raw(path, query, headers, body)) in {"signature", "shape", "no_signature"}


def test_any_of_several_tokens_signs_and_any_characters_make_a_token():
    tokens = ["first", "تازہ، نیا", TOKEN]
    guard = Guard(BASE, tokens)
    assert [verdict(guard, post("/twilio/sms", sms(), token=token)) for token in tokens] == ["trusted"] * 3
    assert verdict(guard, post("/twilio/sms", sms(), token="second")) == "signature"


@pytest.mark.parametrize(
    ("tokens", "signature", "reason"),
    [([], "x", "no_token"), (["", ""], "x", "no_token"), ([TOKEN], "", "no_signature"), ([TOKEN], "پتہ", "signature")],
)
def test_a_missing_token_or_signature_is_named(tokens, signature, reason):
    assert verdict(Guard(BASE, tokens), unsigned("/twilio/sms", sms(), signature=signature)) == reason


def test_bytes_that_are_no_text_are_trusted_as_bytes_and_as_the_text_they_show():
    body = b"Body=%FF%FEhello&From=%2B92"
    shown = [("Body", "\ufffd\ufffdhello"), ("From", "+92")]
    raw_bytes = BASE.encode() + b"/twilio/sms" + b"Body\xff\xfehello" + b"From+92"
    over_bytes = base64.b64encode(hmac.digest(TOKEN.encode(), raw_bytes, hashlib.sha1)).decode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for signature in (over_bytes, sign(TOKEN, BASE + "/twilio/sms", shown)):
        raw = Raw("/twilio/sms", b"", {**headers, "x-twilio-signature": signature}, body)
        assert Guard(BASE, [TOKEN]).check(raw).fields.text == tuple(shown)


def test_urdu_in_the_query_is_checked_as_it_was_sent_escaped_or_not():
    for query in ("q=" + quote_plus("لاہور ۴۸۵۹"), "q=لاہور"):
        raw = post("/twilio/sms", sms(), query=query)
        environ = {
            "RAW_URI": "/twilio/sms?" + query.encode().decode("latin-1"),
            "QUERY_STRING": query.encode().decode("latin-1"),
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "HTTP_X_TWILIO_SIGNATURE": raw.headers["x-twilio-signature"],
            "HTTP_HOST": "evil.example",
        }
        assert verdict(Guard(BASE, [TOKEN]), Raw.from_environ(environ, raw.body)) == "trusted"


@pytest.mark.parametrize(
    "target",
    [
        {"RAW_URI": "/twilio/%73ms"},
        {"REQUEST_URI": "/twilio/%73ms?a"},
        {"RAW_URI": "https://other.example:99/twilio/%73ms?a"},
        {"SCRIPT_NAME": "/twilio", "PATH_INFO": "/%73ms"},
    ],
)
def test_the_path_is_the_one_on_the_wire(target):
    assert Raw.from_environ({**target, "REQUEST_METHOD": "POST"}, b"").path == "/twilio/%73ms"


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_a_body_that_is_no_form_is_refused_by_its_shape(content_type):
    raw = post("/twilio/sms", [])
    headers = {**raw.headers, "content-type": content_type}
    query = b"bodySHA256=" + hashlib.sha256(b"{}").hexdigest().encode()
    assert verdict(Guard(BASE, [TOKEN]), Raw(raw.path, query, headers, b"{}")) == "shape"


def test_more_than_a_hundred_parameters_are_refused():
    hundred = [(f"P{n}", "") for n in range(100)]
    assert verdict(Guard(BASE, [TOKEN]), post("/twilio/sms", hundred)) == "trusted"
    assert verdict(Guard(BASE, [TOKEN]), post("/twilio/sms", [*hundred, ("Q", "")])) == "shape"


def test_only_a_post_is_trusted():
    raw = post("/twilio/sms", sms())
    for method in ("GET", "HEAD", "PUT", "post", ""):
        assert verdict(Guard(BASE, [TOKEN]), Raw(raw.path, raw.query, raw.headers, raw.body, method)) == "method"


def test_user_and_password_of_the_address_are_not_signed():
    assert verdict(Guard("https://user:pass@hotline.example.org:8443", [TOKEN]), post("/x", sms())) == "trusted"
    assert verdict(Guard("https://[::1]:8443/a/", [TOKEN]), post("/x", sms(), base="https://[::1]/a")) == "trusted"


@pytest.mark.parametrize("address", ["", "hotline.example.org", "ftp://a.example", "https://", "https://a.example?x=1"])
def test_an_address_that_is_none_stops_the_start(address):
    with pytest.raises(SettingError, match="PUBLIC_BASE_URL"):
        Guard(address, [TOKEN])
