"""Which language a first message is in, guessed from its letters and small words; what a person chose goes first."""

from __future__ import annotations

import re

from hotline.text.script import LETTERS, display, fold, spell


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_ARABIC = re.compile(f"[{LETTERS}]")
_LATIN = re.compile("[A-Za-z]")
_PUNJABI_LETTERS = re.compile("[\u0768\u08c7\u076a\u06bb\u06bc]|[نل]\u0615")

PUNJABI = _words(
    "نوں وچ وچوں توں تے نیں ایہ ایہہ اوہ اوہناں ایس اوس ایہنوں اوہنوں ایہدا ایہدی ایہدے اوہدا اوہدی اوہدے ایہناں",
    "جیہڑا جیہڑے جیہڑی کیہڑا کیہڑے کیہڑی تسی تسیں اسی اسیں تہاڈا تہاڈے تہاڈی تہانوں ساڈا ساڈے ساڈی سانوں مینوں",
    "تینوں کیہ کتھے ایتھے اوتھے کدوں کیویں کنا کنے ہووے ہوون ہوندا ہوندے ہوندی ہندا ہندے ہندی ہن ہور ہوراں کجھ",
    "دسو دسنا آکھ آکھیا آکھدے کیتا کیتی کیتے دتا دتی دتے گھلو گھل لئی نئیں ایں آں سنیہا سنیہے پچھے اگے کھوجو",
    "چاہیدا چاہیدی چاہندا جدوں اودوں ساریاں پردیس آہو چیتا مگروں ورگا ویکھو ویکھ منڈا کڑی وڈا وڈی وڈے دیو کرو لوو",
    "جاؤو دا کردا کردی کردے جاندا جاندی جاندے آندا آندے آوندا آوندی آوندے رہندا رہندے رہندی چلدا دیندا دیندے",
    "لیندا سکدا سکدی سکدے اتے تاں وانگ وانگوں کدے کدھرے ایتھوں اوتھوں دوجا دوجے دوجی پہلاں ولوں ول کولوں ہوئیاں",
    "گئیاں رہیاں ساں جاوے آوے دیوے چنگا چنگی چنگے سگوں اوہنے اوہدیاں ایہدیاں ساڈیاں تہاڈیاں جیہدا جیہدے کرن راکھا",
    "تریخ چاہو کہیا آہندا اکو نیڑے آکھدا",
)
"""Small words of Punjabi that Urdu does not have, spelled as script.spell leaves them."""
PUNJABI_TOO = _words("دی دے سی گل گلاں ویلے نال تھاں کم ناں جے پئی پیا بولی")
"""Words of Punjabi that Urdu has in another sense: half a hint."""
URDU = _words(
    "کا کے کو ہے ہیں سے یہ وہ کیا تھا تھی تھے کریں کیجیے نہیں بھی تو اس ان ایک مجھے ہمیں ہم تم ہمارا ہمارے ہماری",
    "کہ کیوں کیسے کب کہاں کتنا کتنے کتنی چاہیے چاہتا چاہتی گا گی گے رہا رہی رہے والا والے والی لیے لئے ساتھ بارے",
    "جائے دیں لیں بتائیں ہوتا ہوتی ہوتے تک بعد پہلے اگر کچھ انہیں انھیں جب پھر لیکن بہت",
)
"""Small words of Urdu that Punjabi does not have."""
URDU_TOO = _words("میں کی نے اور پر ہو ہوں کر جو آپ یا سب اپنا اپنے اپنی میرا میرے میری کون")
"""Words of Urdu that Punjabi has too, less often or in another sense."""
ROMAN = _words(
    "hai hain hy hein hu hun hoon ho h tha thi thay ko kay k mein mn se say ne nay ny nahi nhi nahin nai",
    "naheen na kya kia kiya kaise kese kaisay kesay kaisa kab kahan kidhar kaun kon konsa kyun kyu kyo kitna",
    "kitne kitni kitny aur yeh ye yh woh wo wh mera meri mujhe mujhy mjhe mujhay hamara hamari humara hume hamen",
    "hum hm tum tm tumhe tmhe aap ap apka apki apke apko apna apni apne karo kare karen karein karta karti karte",
    "karna krna krne krta krti kr kar krein kren kro raha rahi rahe rha rhi rhe gaya gayi gaye gya gai gae wala",
    "wale wali walay liye lye liay sath saath bare baray chahiye chahye chaiye chahta chahti chahte sakta sakti",
    "sakte skta skti skte hoga hogi honge ga gay bhi tou agar agr koi kuch kch kuchh sab sb phir lekin magar ya",
    "baad pehle pehlay bata batao batain btao btaen bataen dena dein diya dia lena lein lia liya hota hoti hote",
    "jana jaye jae jata jaata jaise chala bhej bheja bhejo bhejein kaam nokri naukri noukri mulazmat rozgar madad",
    "madat shikayat malomat maloomat paisay paise paisa rupay dhoka dhokha jali asli naqli sahi theek thik bahar",
    "mulk pardes bhai yaar yr ji jee haan acha achha bohat bohot bht buhat abhi aj aaj kal salam assalam alaikum",
    "shukriya khush aamdeed meherbani mehrbani zaban wapas dobara doosra doosri daftar shuru nu nun vich wich ton",
    "toun ohna ohnu ehnu mainu tenu tainu sanu tuhanu tusi assi tuhada kithe kithay kiven kiwen kinna kinne hunda",
    "hundi honda hondi gall dasso karda kardi paya payi jehra jehri naal nal hor aho ahoo tak tk pata pta baat",
    "bat din ghar log naam yar krdo kardo krden lo le yahan wahan inshallah mashallah mubarak shukria agle hoya",
    "hua hui hue mil",
)
"""Small words of Roman Urdu and Roman Punjabi that English does not have."""
ROMAN_TOO = _words("ka ki ke hen is us in do den jo par pe un me to main mere menu si da di de sada han jan gi mai b a")
"""Such words that English, or a name, has too: half a hint."""
ENGLISH = _words(
    "the an are am was were be been of and or for on at by with from it this that these those i you he she we",
    "they my your his her our their what which who when where why how can could will would shall should does did",
    "have has had not no yes please about any there if but so than then more dear get give go hello hi thanks",
    "thank want need know",
)
"""Small words of English. Licence, agency, check and their like are none: every language here says them."""
ENGLISH_TOO = _words("is us in do me to a main")
SMALL = frozenset(
    fold(word)
    for words in (PUNJABI, PUNJABI_TOO, URDU, URDU_TOO, ROMAN, ROMAN_TOO, ENGLISH, ENGLISH_TOO)
    for word in words
)
"""The small words of every language, folded: none of them says what a message is about."""


def guess(text: str) -> str:
    """`en`, `ur`, `pa_Arab` or `ur_Latn`; "" when nothing tells (digits, signs, other scripts). A hint, never a choice.

    Arabic letters are Urdu unless Punjabi's own letters or more of its small words say otherwise; Latin ones English
    unless small words of Roman Urdu or Punjabi do. Where both stand, an Arabic letter weighs as much as two.
    """
    shown = display(text)
    arabic, latin = len(_ARABIC.findall(shown)), len(_LATIN.findall(shown))
    if not arabic and not latin:
        return ""
    words = spell(shown).split()
    if 2 * arabic >= latin:
        punjabi = _weigh(words, PUNJABI, PUNJABI_TOO)
        # One half hint is too little: سی is also how the letter C is called.
        if _PUNJABI_LETTERS.search(shown) or (punjabi >= 2 and punjabi > _weigh(words, URDU, URDU_TOO)):
            return "pa_Arab"
        return "ur"
    return "ur_Latn" if _weigh(words, ROMAN, ROMAN_TOO) > _weigh(words, ENGLISH, ENGLISH_TOO) else "en"


def _weigh(words: list[str], clear: frozenset[str], either: frozenset[str]) -> int:
    return sum(2 * (word in clear) + (word in either) for word in words)
