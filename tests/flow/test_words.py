"""What people type and where it leads: every spelling of the design, in every script, and what must never act."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.flow.always import load_always, load_words
from hotline.flow.load import load_flow
from hotline.flow.understand import understand
from hotline.flow.words import Vocabulary, gather

ROOT = Path(__file__).parents[2]

SPELLINGS = """
licence        licence license licnce lisence lisense lisenc liscens licens licsence liecense laiecence lcense liscence
licence        lisanc laisens laisence laysens lisens lysens
licence        agency agncy ajency ajancy egency agancy agent agant ajent ejent ajant
licence        check chek cheq tasdeeq jaanch
licence        لائسنس لائیسنس لائسینس لسنس اجازت_نامہ ایجنسی ایجنٹ ریکروٹنگ_ایجنسی پروموٹر چیک جانچ تصدیق
help           help hlp helpp halp madad mdad madat maddad madd madet malomat maloomat malumat malumaat info
help           مدد ہیلپ معلومات رہنمائی مدت جاݨکاری جانکاری
consent.stop   stop stup staop stap astop band bnd bund bandh khatam khtam khatm katam rok roko ruk
consent.stop   cancel end quit revoke optout unsubscribe stopall
consent.stop   بند بند_کریں روکیں اسٹاپ سٹاپ ختم منسوخ روکو رد رد_کرو مکاؤ
consent.start  start strt istart shuru shru shoro shuroo suru shro shuro chalu chalo jari unstop
consent.start  شروع اسٹارٹ سٹارٹ جاری آغاز چالو
yes            haan han hn haa ji g jee jii haanji ahoo aho yes yup ok theek thik 👍
yes            ہاں ہا جی جی_ہاں ہاں_جی آہو
no             nahi nhi nahin nai nae nahe nahee naheen nahein nhin nehi na no naa 👎
no             نہیں نہ جی_نہیں نئی نئیں ناں
main           menu menuu meinu mennu meenu minu fehrist list main
main           مینو مینیو فہرست لسٹ سوچی
back           back واپس پچھے
repeat         repeat again phir fir pher فیر دوجی_وار
more           more mazeed hor_daso مزید ہور_دسو
language       zaban zuban zubaan zabaan zoban boli language langage lang زبان بولی
language.urdu      urdu urdo ordu ordo urdoo اردو اُردو
language.punjabi   punjabi panjabi pnjabi panjabe punjaabi panjaabi punjaby panjaby پنجابی
language.english   english inglish englsh englis inglis engles angrezi angrazi angreze angraizi ingrezi
language.english   انگریزی انگلش انگلیش
language.roman     roman roman_urdu رومن
counsellor     salary unpaid tankhwah tankha تنخواہ پولیس اقامہ
counsellor     counsellor counselor counseler councellor counsler wakeel wakil musheer lawyer وکیل مشیر کونسلر کاؤنسلر
alerts         alert alerts warning warnings alart elert khabardar الرٹ خبردار
watch          watch nazar_rakho نظر_رکھو نگرانی
alerts.watched unwatch
offices        office offices ofis daftar daftr protector protecter دفتر آفس پروٹیکٹر
report         report complain reprt riport
report         shikayat shikyat shikayet shikait shkayat shikayt sikayat shikaiyat shikaet complain complaint complan
report         darkhwast شکایت شکایات شکائت شکیت
report         fraud frad farad fraad frod froad dhoka dhokha dokha doka dhooka thagi jali jaali nosarbaz scam
case           case kes mera_case کیس میرا_کیس
report         فراڈ دھوکہ دھوکا دھوکھا جعلسازی جعلی ٹھگ ٹھگی
counsellor     job jobs jobz nokri naukri noukri nokry nokari naukari nokrian mulazmat mulazimat rozgar rozgaar kaam kam
counsellor     نوکری نوکریاں ملازمت روزگار رزگار جاب کام کم
counsellor     visa viza weza wiza veeza visaa vesa ویزا ویزہ
counsellor     offer contract fees steps go skills family country uae kuwait malaysia کویت ملائیشیا فیس jab
counsellor.leave   sos call call_me call_me_back ایس_او_ایس کال_کریں
counsellor     passport pasport pasportt pasprt passpot پاسپورٹ
counsellor     bahar bahr bair pardes pardais saudi saudia soudia dubai dubi dubaai qatar katar oman omaan
counsellor     ملک بیرون_ملک سعودی دبئی قطر باہر پردیس دیس
departure      travel departure reminder reminders remind remindr yaad yad yaaad yaddehani dehani safar rawangi travl
departure      یاد_دہانی یاددہانی یاد ریمائنڈر چیتا سفر روانگی
"""
"""Where each spelling leads, one blank-separated list a line; `_` is a blank. Written from the design's tables."""

STOPS = """
bas|Bas|بس|bund karo|stop stop|stopp|opt-out|sms band|بند کرو جی|بند کریں جی|بند کر دو|bas karo|بس کریں|بس کرو
STOP|stop|Stop.|stup|stap|astop|band|Band|bnd|bund|bandh|band karo|band karein|band kar do|khatam|khatm|rok|roko|ruk
cancel|UNSUBSCRIBE|message band karo|sms band karo|بند|بند کریں|بند کرو|بند کر دیں|روکیں|ختم|ختم کریں|منسوخ|اسٹاپ
سٹاپ|پیغام بند کریں|روکو|رد|رد کرو|مکاؤ|بند کر دیو|سنیہے بند کرو|بند۔|بَند|بند plz|bhai band karo
"""

PRINTED = {
    "START": "consent.start",
    "STOP": "consent.stop",
    "MORE": "more",
    "MENU": "main",
    "COUNSELLOR": "counsellor",
    "CHECK 2567": "licence",
    "URDU": "language.urdu",
    "PUNJABI": "language.punjabi",
    "ENGLISH": "language.english",
    "ROMAN": "language.roman",
    "مزید": "more",
    "مینو": "main",
    "کونسلر": "counsellor",
    "کونسلر نال": "counsellor",
    "چیک ۲۵۶۷": "licence",
    "لائسنس 2567": "licence",
    "ہور وکھاؤ": "more",
    "پنجابی وچ": "language.punjabi",
    "انگریزی ENGLISH": "language.english",
    "رومن ROMAN": "language.roman",
}
"""What our own messages tell people to type, and the rows of menus that people copy out instead of their number."""

EVERYDAY = """
us ne mere paise wapas nahi kiye
woh dobara paise maang raha hai
kal bazar band tha
mera bhai ghar par hai
kuch samajh nahi aaya
ab main kya karun
main 4 din se wait kar raha hoon
abhi tak theek hai
مجھے میرے پیسے واپس چاہییں
وہ دوبارہ پیسے مانگ رہا ہے
کل بازار بند تھا
میں نے پیسے دے دیے ہیں
اوہ ہور پیسے منگدا اے
مینوں کجھ سمجھ نئیں آئی
"""

KEYBOARD = str.maketrans({"ی": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه"})


def rows() -> list[tuple[str, str]]:
    lines = [line.split() for line in SPELLINGS.strip().splitlines()]
    return [(spelling.replace("_", " "), place) for place, *spellings in lines for spelling in spellings]


def stops() -> list[str]:
    return [spelling for line in STOPS.strip().splitlines() for spelling in line.split("|")]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    always = load_always("flows/always.yaml", (ROOT / "flows/always.yaml").read_text(encoding="utf-8"))
    flows = [
        load_flow(f"flows/{path.name}", path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "flows").glob("*.yaml"))
        if path.stem != "always"
    ]
    lists = {
        path.parent.name: load_words(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "translations").glob("*/words.yaml"))
    }
    assert set(lists) >= {"ur", "pa_Arab", "ur_Latn"}
    return gather(always, flows, lists)


def place(vocabulary: Vocabulary, typed: str) -> str:
    heard = understand(vocabulary, typed)
    return heard.word.then if heard.word else heard.reason


@pytest.mark.parametrize(("spelling", "leads_to"), rows())
def test_every_spelling_of_the_design_is_understood(vocabulary: Vocabulary, spelling: str, leads_to: str) -> None:
    assert place(vocabulary, spelling) == leads_to
    assert place(vocabulary, f" {spelling.upper()}! ") == leads_to


@pytest.mark.parametrize(("spelling", "leads_to"), [row for row in rows() if not row[0].isascii()])
def test_an_arabic_keyboard_is_understood(vocabulary: Vocabulary, spelling: str, leads_to: str) -> None:
    assert place(vocabulary, spelling.translate(KEYBOARD)) == leads_to


@pytest.mark.parametrize("spelling", stops())
def test_stop_alone_stops_in_every_language(vocabulary: Vocabulary, spelling: str) -> None:
    assert place(vocabulary, spelling) == "consent.stop"


def test_stop_has_at_least_forty_spellings_here() -> None:
    assert len(stops()) == len(set(stops())) >= 40


def test_no_word_of_the_other_lists_stops(vocabulary: Vocabulary) -> None:
    """Whoever asks for something else must never be cut off: STOP is its own list and nothing beside it."""
    others = [spelling for spelling, place in rows() if place != "consent.stop"]
    printed = [typed for typed, place in PRINTED.items() if place != "consent.stop"]
    sentences = [word for line in EVERYDAY.splitlines() for word in line.split() if word not in stops()]
    for typed in (*others, *printed, *sentences):
        assert place(vocabulary, typed) != "consent.stop", typed


@pytest.mark.parametrize(
    "spelling",
    sorted({*stops(), *(row[0] for row in rows() if row[1] in ("consent.stop", "consent.start", "yes", "no"))}),
)
def test_stop_start_yes_and_no_never_act_inside_a_sentence(vocabulary: Vocabulary, spelling: str) -> None:
    for sentence in (f"kal {spelling} tha", f"{spelling} kal", f"کل {spelling} تھا", f"{spelling} کل"):
        heard = understand(vocabulary, sentence)
        assert heard.word is None, sentence
        assert not {"consent.stop", "consent.start"} & {word.then for word in heard.near}, sentence


@pytest.mark.parametrize("sentence", EVERYDAY.strip().splitlines())
def test_everyday_sentences_do_nothing(vocabulary: Vocabulary, sentence: str) -> None:
    assert understand(vocabulary, sentence).word is None


@pytest.mark.parametrize(("typed", "leads_to"), PRINTED.items())
def test_what_our_messages_print_can_be_typed(vocabulary: Vocabulary, typed: str, leads_to: str) -> None:
    assert place(vocabulary, typed) == leads_to


def test_the_licence_number_survives_its_word(vocabulary: Vocabulary) -> None:
    assert understand(vocabulary, "assalam o alaikum bhai chek 2567").rest == "2567"
    assert understand(vocabulary, "السلام علیکم جناب لائسنس ۲۵۶۷ لاہور").rest == "۲۵۶۷ لاہور"
    assert "4859" in understand(vocabulary, "mujhe apni ajency ka pata karna he 4859").rest


def test_a_greeting_alone_is_no_word(vocabulary: Vocabulary) -> None:
    for greeting in ("Assalam o alaikum", "السلام علیکم", "hello sir", "بھائی جان", "ویر جی"):
        assert understand(vocabulary, greeting).word is None


def test_no_spelling_leads_to_two_places(vocabulary: Vocabulary) -> None:
    assert [(clash.kept.spelling, clash.kept.then, clash.other.then) for clash in vocabulary.clashes] == []


def test_no_courtesy_hides_a_word(vocabulary: Vocabulary) -> None:
    assert vocabulary.polite.isdisjoint(vocabulary.words)


def test_every_list_is_of_a_word_or_a_flow(vocabulary: Vocabulary) -> None:
    known = {word.name for word in vocabulary.words.values() if word.locale == "en"} | {"politeness", "thanks", "idle"}
    for path in sorted((ROOT / "translations").glob("*/words.yaml")):
        assert set(load_words(str(path), path.read_text(encoding="utf-8"))) <= known


def test_main_is_the_menu_only_alone_for_it_begins_a_sentence_about_oneself(vocabulary: Vocabulary) -> None:
    assert (word := understand(vocabulary, "menu dikhao").word)
    assert word.then == "main"
    assert understand(vocabulary, "main").word
    assert understand(vocabulary, "main 25 december ko ja raha hoon").word is None
