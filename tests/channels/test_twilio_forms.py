"""What a signed form says, and which forms nobody sends though their signature is right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.channels.base import Inbound, OptOut, Receipt
from hotline.channels.twilio import Account, Codes, TwilioChannel
from hotline.channels.twilio.signature import sign
from hotline.errors import Untrusted
from hotline.flow.model import Channel
from hotline.flow.turn import HungUp, Keyed, Said, Silence, Started
from tests.channels.twilio_wire import ACCOUNT, BASE, CALL, CENTRE, MESSAGE, PERSON, TOKEN, call, post, sms, unsigned

CHANNEL = TwilioChannel(Account(ACCOUNT, [TOKEN]), BASE, Codes({}))
RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE" + "3d" * 16
STATUS = {"AccountSid": ACCOUNT, "MessageSid": MESSAGE, "MessageStatus": "delivered", "To": PERSON, "From": CENTRE}


def read(path, pairs):
    return CHANNEL.read(CHANNEL.trust(post(path, pairs)))


def refusal(path, pairs):
    with pytest.raises(Untrusted) as refused:
        read(path, pairs)
    return refused.value.code


def test_a_message_is_read_whole():
    assert read("/twilio/sms", sms()) == Inbound(
        "twilio", MESSAGE, Channel.SMS, PERSON, CENTRE, PERSON, Said("CHECK 4859")
    )


OTHER = "SM" + "d" * 32


@pytest.mark.parametrize(
    "form",
    [
        sms(Body=f"hello MessageSid{OTHER}"),
        sms(Body=f"helloFrom{PERSON}MessageSid{OTHER}NumMedia0To{CENTRE}Zzz"),
        sms(SmsMessageSid=OTHER),
        sms(FromCity=f"MessageSid{OTHER[:-1]}D"),
        [*sms(), ("NewMessageSid", OTHER)],
        [*sms(), (f"XMessageSid{OTHER}", "")],
        [*sms(), ("XMessage", ""), (f"XMessageSid{OTHER[:9]}", OTHER[9:])],
        [*sms(), ("NumSegmentz", "Message"), (f"Sid{OTHER}", "")],
        [*sms(), ("XMessageSid", "dddddddd-dddd-dddd-dddd-dddddddddddd")],
    ],
)
def test_a_form_out_of_which_another_id_could_be_cut_is_known_by_its_signature_too(form):
    raw = post("/twilio/sms", form)
    heard = CHANNEL.read(CHANNEL.trust(raw))
    assert (heard.id, heard.proof) == (MESSAGE, raw.headers["x-twilio-signature"])


@pytest.mark.parametrize(
    "text", [f"MessageSid{MESSAGE}", OTHER, "MessageSid", f"MessageSid{OTHER[:-1]}z", "SmsSid" + OTHER]
)
def test_a_form_out_of_which_no_other_id_can_be_cut_is_known_by_its_id(text):
    assert read("/twilio/sms", sms(Body=text)).proof == ""


def test_an_incoming_call_starts_at_step_0():
    assert read("/twilio/voice", call(CallStatus="ringing")) == Inbound(
        "twilio", CALL + ":0", Channel.VOICE, PERSON, CENTRE, CALL, Started()
    )


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({"Digits": "2567"}, Keyed("2567")),
        ({"Digits": "#"}, Keyed("#")),
        ({"Digits": "*"}, Keyed("*")),
        ({"Digits": "1A2D3"}, Keyed("123")),
        ({"Digits": ""}, Silence()),
        ({}, Silence()),
        ({"RecordingUrl": RECORDING, "RecordingDuration": "7", "Digits": "#"}, Said(RECORDING)),
        ({"RecordingUrl": RECORDING, "RecordingDuration": "0", "Digits": "#"}, Silence()),
        ({"RecordingUrl": RECORDING, "CallStatus": "completed", "Digits": "hangup"}, Said(RECORDING)),
        ({"Digits": "hangup"}, Silence()),
    ],
)
def test_a_step_of_a_call_is_keys_silence_or_a_recording(changes, event):
    heard = read("/twilio/voice/12", call(**changes))
    assert (heard.event, heard.id, heard.step, heard.thread) == (event, CALL + ":12", 12, CALL)


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
@pytest.mark.parametrize("path", ["/twilio/status/c-7", "/twilio/voice", "/twilio/voice/3"])
def test_a_call_that_is_over_was_hung_up_once_whoever_says_so(path, status):
    heard = read(path, call(CallStatus=status))
    assert (heard.event, heard.id) == (HungUp(), CALL + ":end")


def test_a_call_we_made_belongs_to_the_person_we_rang():
    heard = read("/twilio/voice", call(Direction="outbound-api", From=CENTRE, To=PERSON))
    assert (heard.sender, heard.to, heard.placed_by_us) == (PERSON, CENTRE, True)
    assert not read("/twilio/voice", call()).placed_by_us


def test_a_receipt_names_the_message_its_status_and_its_error():
    failed = {**STATUS, "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert read("/twilio/status/01J9Z", STATUS.items()) == Receipt(MESSAGE, "delivered", own_id="01J9Z")
    assert read("/twilio/status/01J9Z", failed.items()) == Receipt(MESSAGE, "undelivered", "30003", "01J9Z")


def test_a_call_that_only_rings_is_a_receipt():
    assert read("/twilio/status/c-7", call(CallStatus="ringing")) == Receipt(CALL, "ringing")


def test_the_fallback_tells_the_event_that_failed_under_its_own_id():
    failed = read("/twilio/fallback", call(ErrorCode="11200", ErrorUrl=BASE + "/twilio/voice/4?x=1", Digits="2"))
    assert (failed.id, failed.event) == (CALL + ":4", Keyed("2"))
    assert read("/twilio/fallback", call(ErrorCode="11200", ErrorUrl=BASE + "/audio/x.wav")).event == Started()
    assert read("/twilio/fallback", call(ErrorCode="11200")).id == CALL + ":0"
    assert read("/twilio/fallback", sms(ErrorCode="11200", ErrorUrl=BASE + "/twilio/sms")).id == MESSAGE


@pytest.mark.parametrize(
    "sender",
    [
        "anonymous",
        "Anonymous",
        "",
        "8080",
        "Zong",
        "CityBank",
        "GoTo24",
        "+266696687",
        "client:ali",
        "جاز",
        "ur\u200fdu",
        "x" * 64,
    ],
)
@pytest.mark.parametrize(("path", "form"), [("/twilio/sms", sms), ("/twilio/voice", call)])
def test_whoever_writes_or_calls_is_heard_under_any_name(path, form, sender):
    heard = read(path, form(From=sender))
    assert heard.sender == sender.replace("\u200f", "")


@pytest.mark.parametrize("sender", ["anonymous", "", "+266696687", "Restricted"])
def test_two_messages_without_a_name_are_not_one_conversation(sender):
    other = "SM" + "9" * 32
    threads = {read("/twilio/sms", sms(From=sender, MessageSid=sid)).thread for sid in (MESSAGE, other)}
    assert threads == {MESSAGE, other}


def test_parameters_nobody_knows_yet_are_let_be():
    extra = [
        ("MediaUrl0", "https://x"),
        ("Token", "t"),
        ("FromFoo", "1"),
        ("New.Thing[0]", "ا"),
    ]
    assert read("/twilio/sms", [*sms(), *extra]).event == Said("CHECK 4859")


@pytest.mark.parametrize(("kind", "opt_out"), [("STOP", OptOut.STOP), ("START", OptOut.START), ("HELP", None)])
def test_what_the_provider_has_confirmed_is_read(kind, opt_out):
    text = read("/twilio/sms", sms(OptOutType=kind))
    assert (text.opt_out, text.event) == (opt_out, Said("CHECK 4859"))


@pytest.mark.parametrize("kind", ["", "stop", "STOPP", "STOP ", "STOP\n", "UNKNOWN"])
def test_another_kind_of_opt_out_is_no_form_of_the_provider(kind):
    assert refusal("/twilio/sms", sms(OptOutType=kind)) == "shape"


@pytest.mark.parametrize("body", ["", " ", "سلام 😀\n\0\x0b", "From+92300", "a" * 65_536, "ا" * 32_768])
def test_any_text_up_to_64_kilobytes_is_a_message(body):
    assert read("/twilio/sms", sms(Body=body)).event == Said(body)


@pytest.mark.parametrize("body", ["a" * 65_537, "ا" * 32_769])
def test_a_longer_text_is_too_large(body):
    assert refusal("/twilio/sms", sms(Body=body)) == "too_large"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"AccountSid": "AC" + "ff" * 16}, "account"),
        ({"AccountSid": None}, "shape"),
        ({"From": None}, "shape"),
        ({"To": None}, "shape"),
        ({"Body": None}, "shape"),
        ({"MessageSid": None}, "shape"),
        ({"MessageSid": MESSAGE + "0"}, "shape"),
        ({"MessageSid": MESSAGE + "\n"}, "shape"),
        ({"MessageSid": ""}, "shape"),
        ({"From": "x" * 65}, "shape"),
        ({"ApiVersion": "2010-04-01Bodyhello"}, "shape"),
    ],
)
def test_a_message_of_another_shape_is_refused(changes, reason):
    assert refusal("/twilio/sms", sms(**changes)) == reason


@pytest.mark.parametrize("name", ["AccountSid", "Body", "From", "MessageSid", "To"])
def test_a_name_that_stands_twice_is_refused(name):
    assert refusal("/twilio/sms", [*sms(), (name, dict(sms())[name])]) == "shape"


@pytest.mark.parametrize(
    "changes", [{"Digits": "12x"}, {"Digits": "1 2"}, {"CallSid": "CA1"}, {"RecordingUrl": "file:///x"}]
)
def test_a_call_of_another_shape_is_refused(changes):
    assert refusal("/twilio/voice/3", call(**changes)) == "shape"


@pytest.mark.parametrize(
    "path", ["/twilio/sms/", "/twilio/voice/0", "/twilio/voice/03", "/twilio/voice/x", "/elsewhere", "/twilio/status/"]
)
def test_a_path_we_do_not_have_is_refused(path):
    assert refusal(path, sms()) == "shape"


def test_without_a_configured_account_nothing_is_ours():
    channel = TwilioChannel(Account("", [TOKEN]), BASE, Codes({}))
    with pytest.raises(Untrusted, match="account"):
        channel.read(channel.trust(post("/twilio/sms", sms())))


def reshaped(original, *, drop=(), add=()):
    """The same signed text cut anew: some parameters go, others come, the signature stays."""
    signature = sign(TOKEN, BASE + "/twilio/sms", original)
    return unsigned("/twilio/sms", [pair for pair in original if pair[0] not in drop] + list(add), signature=signature)


PLAIN = [("AccountSid", ACCOUNT), ("Body", "hello"), ("From", PERSON), ("MessageSid", MESSAGE), ("To", CENTRE)]
WORDY = [*PLAIN[:1], ("Body", "my friend From+923119999999 says hello"), *PLAIN[2:]]
PLACED = [*PLAIN[:3], ("FromCity", "LAHORE"), *PLAIN[3:]]
VERSIONED = [*PLAIN[:1], ("ApiVersion", "2010-04-01"), ("Body", "is Body an English word"), *PLAIN[2:]]


@pytest.mark.parametrize(
    ("original", "drop", "add"),
    [
        (PLAIN, ("Body", "From"), [("Body", f"helloFrom{PERSON}")]),
        (PLAIN, ("Body",), [("Bodyhel", "lo")]),
        (PLAIN, ("From", "MessageSid"), [("From", f"{PERSON}MessageSid{MESSAGE}")]),
        (PLAIN, ("From",), [("From+92300", "1234567")]),
        (PLAIN, ("MessageSid", "To"), [("MessageSid", f"{MESSAGE}To{CENTRE}")]),
        (WORDY, ("Body", "From"), [("Body", "my friend "), ("From", f"+923119999999 says helloFrom{PERSON}")]),
        (PLACED, ("Body", "From", "FromCity"), [("Body", f"helloFrom{PERSON}"), ("From", "CityLAHORE")]),
        (VERSIONED, ("ApiVersion", "Body"), [("ApiVersion", "2010-04-01Bodyis "), ("Body", " an English word")]),
        (VERSIONED, ("ApiVersion", "Body"), [("ApiVersion2010", "-04-01Bodyis "), ("Body", " an English word")]),
    ],
)
def test_a_signed_form_cut_anew_is_validly_signed_and_still_refused(original, drop, add):
    assert CHANNEL.read(CHANNEL.trust(reshaped(original))).id == MESSAGE
    cut = CHANNEL.trust(reshaped(original, drop=drop, add=add))
    with pytest.raises(Untrusted, match="shape"):
        CHANNEL.read(cut)


def test_a_post_turned_into_a_get_of_the_same_text_is_refused():
    raw = post("/twilio/sms", PLAIN)
    joined = "".join(name + value for name, value in sorted(PLAIN))
    get = type(raw)(raw.path + joined, b"", raw.headers, b"", "GET")
    with pytest.raises(Untrusted, match="method"):
        CHANNEL.trust(get)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["/twilio/sms", "/twilio/voice", "/twilio/voice/3", "/twilio/status/7", "/twilio/fallback"]),
    st.dictionaries(
        st.sampled_from([*dict(sms()), *dict(call()), "Digits", "ErrorUrl", "RecordingUrl"]), st.text(max_size=40)
    ),
)
def test_any_signed_form_is_read_or_refused_by_name(path, changes):
    pairs = list({**dict(sms()), **dict(call()), **changes}.items())
    refused = ""
    try:
        heard = read(path, pairs)
    except Untrusted as error:
        refused = error.code
    assert refused in {"shape", "account"} or isinstance(heard, Inbound | Receipt)
