"""What is sent unasked asks nobody for an answer who cannot give one, and tells nobody else's eyes too much."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.broadcast import Audience, Draft, Kind
from hotline.errors import Refused
from hotline.flow.book import Book
from hotline.flow.model import LOCALES, Say
from hotline.service.drafting import checked
from hotline.service.wording import asks_for_answer, tells_too_much
from hotline.settings import Settings
from tests.reaching import alert, draft

pytestmark = pytest.mark.fast

HOME = Audience("alerts", ("lahore",), countries=("PK",))
GULF = Audience("alerts", ("lahore",), countries=("PK", "AE"))


def refusal(wished: Draft, settings: Settings) -> str:
    with pytest.raises(Refused) as refused:
        checked(wished, settings)
    return str(refused.value)


@pytest.mark.parametrize(
    ("locale", "text", "word"),
    [
        ("en", "Free advice on Monday. Reply YES to come.", "reply"),
        ("en", "Send 1 to come.", "Send 1"),
        ("en", "To hear no more, send STOP.", "send STOP."),
        ("ur_Latn", "Muft mashwara. Ane ke liye 1 bhejein.", "1 bhejein."),
        ("ur_Latn", "Hamein JAWAB DEIN.", "jawab dein"),
        ("ur", "مفت مشورہ۔ آنے کے لیے 1 لکھ کر بھیجیں۔", "لکھ کر بھیجیں"),
        ("ur", "بند کرنے کے لیے STOP بھیجیں۔", "STOP بھیجیں۔"),
        ("pa_Arab", "مفت صلاح۔ سانوں میسج گھلو۔", "میسج گھلو"),
    ],
)
def test_nobody_is_asked_for_an_answer_that_cannot_reach_us(
    settings: Settings, locale: str, text: str, word: str
) -> None:
    for kind in (draft, alert):
        said = refusal(kind(texts={locale: text}, audience=GULF), settings)
        assert f"texts.{locale}: {word!r} asks for an answer" in said
        assert "from UAE none reaches us" in said
        assert checked(kind(texts={locale: text}, audience=HOME), settings)
    assert "Saudi Arabia, UAE, Qatar" in refusal(draft(texts={locale: text}), settings), "an audience without countries"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Send money home through a bank. Text books are free. A counsellor answers you on Monday."),
        ("ur_Latn", "Paise bank se ghar bhejein. Har mahine likh lein ke kitni mili."),
        ("ur", "پیسے بینک سے گھر بھیجیں۔ ہر مہینے لکھ لیں کہ کتنی ملی۔"),
    ],
)
def test_money_may_be_sent_and_things_written_down(settings: Settings, locale: str, text: str) -> None:
    assert checked(draft(texts={locale: text}, audience=GULF), settings)


@pytest.mark.parametrize(
    ("locale", "text", "word"),
    [
        ("en", "Your complaint was heard.", "complaint"),
        ("en", "Legal advice on Monday.", "legal"),
        ("en", "About unpaid WAGES: ask us.", "unpaid wages"),
        ("ur_Latn", "Police aur adalat ke bare mein.", "police"),
        ("ur", "آپ کی شكايت سن لی گئی۔", "شکایت"),
        ("pa_Arab", "پُلس کول جان توں پہلاں پچھو۔", "پلس"),
    ],
)
def test_a_broadcast_is_neutral_and_an_alert_says_what_the_notice_says(
    settings: Settings, locale: str, text: str, word: str
) -> None:
    for audience in (HOME, GULF):
        said = refusal(draft(texts={locale: text}, audience=audience), settings)
        assert f"texts.{locale}: {word!r} may be read by others" in said
        assert checked(alert(texts={locale: text}, audience=audience), settings)
    plain = draft(kind=Kind.RECALL, texts={locale: text})
    assert word in refusal(plain, settings)
    assert checked(replace(plain, licence="0008/RWP"), settings), "what takes an alert back may name what it was"


def test_all_that_is_wrong_is_said_at_once(settings: Settings) -> None:
    said = refusal(draft(texts={"en": "Complain: reply 1.", "ur": "شکایت"}, audience=GULF), settings)
    assert said.count("texts.") == 3


@pytest.mark.parametrize("locale", LOCALES)
def test_every_reminder_and_every_drafted_alert_asks_for_no_answer_and_reminders_are_neutral(
    book: Book, settings: Settings, locale: str
) -> None:
    pushed = [
        step for step in book.steps.values() if isinstance(step, Say) and _flow(step) in ("reminders", "alert_texts")
    ]
    assert len(pushed) > 15
    for step in pushed:
        text = " ".join(
            piece if isinstance(piece, str) else "Al Noor" for piece in book.texts[locale][step.pages[0].sms_key]
        )
        assert asks_for_answer(text, settings.wording) == "", (step.name, text)
        if _flow(step) == "reminders":
            assert tells_too_much(text, settings.wording) == "", (step.name, text)


def _flow(step: Say) -> str:
    return step.name.partition(".")[0]


@given(st.data())
def test_a_listed_word_is_found_wherever_it_stands_and_inside_no_other(settings: Settings, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(settings.wording.private))
    before, after = (data.draw(st.sampled_from(["", "Lahore ", "پیر کو، ", "10:30. "])) for _ in range(2))
    mark = data.draw(st.sampled_from(["", ".", "!", "،", "۔", "?"]))
    assert tells_too_much(f"{before}{word}{mark} {after}", settings.wording)
    if re.fullmatch("[a-z]+", word):
        assert not tells_too_much(f"{before}qq{word}qq {after}", settings.wording)
