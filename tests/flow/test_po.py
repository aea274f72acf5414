"""Catalogue files: what a translator finds in them, and what happens to a translation when the English changes."""

from __future__ import annotations

from gettext import c2py
from pathlib import Path

import pytest

from hotline.errors import FlowError
from hotline.flow import po
from hotline.flow.always import load_always
from hotline.flow.catalogue import holes, load_catalogue
from hotline.flow.load import load_flow
from hotline.text import parts

ROOT = Path(__file__).parents[2]
FILE = "translations/ur/LC_MESSAGES/tea.po"
YES = {"ur": "درست", "pa_Arab": "درست", "ur_Latn": "DURUST"}
SAFE = ("safe", "mehfooz", "mahfooz", "محفوظ")
FLOW = """\
flow: tea
title: Tea
first: which
steps:
  which:
    # NOTE: green tea is not sold here,
    # so nobody may think of it
    say: Which tea?
    voice: |
      Which tea
      would you like?
    then: end
"""
SAY = po.Text("tea.which#say", "Which tea?", "flows/tea.yaml:8")
TITLE = po.Text("tea.title#title", "Tea", "flows/tea.yaml:2")


def filled(text: po.Text, told: str, *, reviewed: bool = True) -> str:
    """A catalogue in which one text has been translated."""
    new = po.update(FILE, "", (text,), "ur").replace('msgstr ""\n', f'msgstr "{told}"\n')
    new = new.replace(f'msgid ""\nmsgstr "{told}"', 'msgid ""\nmsgstr ""')
    return new.replace(f"#. {po.REVIEW}\n", "") if reviewed else new


def only(source: str, text: po.Text) -> po.Row:
    return po.rows(FILE, source, (text,), "ur")[0]


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return {f"flows/{path.name}": path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("flows/*.yaml"))}


@pytest.fixture(scope="module")
def wanted(sources: dict[str, str]) -> dict[str, dict[str, tuple[po.Text, ...]]]:
    always = load_always("flows/always.yaml", sources["flows/always.yaml"])
    read = (load_flow(*pair) for pair in sources.items() if pair[0] != "flows/always.yaml")
    flows = {flow.name: flow for flow in read}
    return {locale: po.texts(always, flows, sources, locale) for locale in po.TRANSLATED}


def real(locale: str, wanted: dict[str, dict[str, tuple[po.Text, ...]]]) -> dict[str, po.Row]:
    found = {}
    for name, texts in wanted[locale].items():
        path = ROOT / f"translations/{locale}/LC_MESSAGES/{name}.po"
        rows = po.rows(str(path), path.read_text(encoding="utf-8"), texts, locale)
        found |= {row.text.key: row for row in rows}
    return found


# --- what stands in a file ---


def test_a_new_catalogue_reads_as_a_translator_needs_it(sources: dict[str, str]) -> None:
    flow = load_flow("flows/tea.yaml", FLOW)
    always = load_always("flows/always.yaml", sources["flows/always.yaml"])
    texts = po.texts(always, {"tea": flow}, {"flows/tea.yaml": FLOW}, "pa_Arab")["tea"]
    assert po.update("translations/pa_Arab/LC_MESSAGES/tea.po", "", texts, "pa_Arab") == (
        "# pa_Arab of flows/tea.yaml. How to work on it: docs/translators.md\n"
        "# needs native review\n"
        'msgid ""\n'
        'msgstr ""\n'
        '"Language: pa_Arab\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n'
        "\n"
        "#. needs native review\n"
        "#: flows/tea.yaml:2\n"
        'msgctxt "tea.title#title"\n'
        'msgid "Tea"\n'
        'msgstr ""\n'
        "\n"
        "#. green tea is not sold here,\n"
        "#. so nobody may think of it\n"
        "#. needs native review\n"
        "#: flows/tea.yaml:8\n"
        'msgctxt "tea.which#say"\n'
        'msgid "Which tea?"\n'
        'msgstr ""\n'
        "\n"
        "#. green tea is not sold here,\n"
        "#. so nobody may think of it\n"
        "#. needs native review\n"
        "#: flows/tea.yaml:8\n"
        'msgctxt "tea.which#voice"\n'
        'msgid ""\n'
        '"Which tea\\n"\n'
        '"would you like?"\n'
        'msgstr ""\n'
    )


def test_roman_urdu_has_no_texts_that_are_only_spoken(wanted: dict[str, dict[str, tuple[po.Text, ...]]]) -> None:
    spoken = [text.key for texts in wanted["ur_Latn"].values() for text in texts if text.key.endswith("#voice")]
    assert spoken == []
    assert {text.key for text in wanted["ur_Latn"]["licence"]} < {text.key for text in wanted["ur"]["licence"]}


@pytest.mark.parametrize(("locale", "one"), [("ur", {1}), ("ur_Latn", {1}), ("pa_Arab", {0, 1})])
def test_the_plural_rule_counts_as_the_language_does(locale: str, one: set[int]) -> None:
    header = po.update(FILE, "", (SAY,), locale)
    rule = next(line for line in header.splitlines() if "Plural-Forms" in line)
    plural = c2py(rule.partition("plural=")[2].partition(";")[0])
    assert {number for number in (0, 1, 2, 11) if plural(number) == 0} == one


# --- when flows change ---


def test_an_update_changes_nothing_twice() -> None:
    once = po.update(FILE, filled(SAY, "کون سی چائے؟"), (SAY, TITLE), "ur")
    assert po.update(FILE, once, (SAY, TITLE), "ur") == once


def test_a_reviewed_text_stays_reviewed_and_a_new_one_is_not() -> None:
    new = po.update(FILE, filled(SAY, "کون سی چائے؟"), (SAY, TITLE), "ur")
    assert only(new, SAY).reviewed
    assert not only(new, TITLE).reviewed
    assert "needs native review" in new.split("msgid", 1)[0]


def test_changed_english_keeps_the_translation_and_marks_it() -> None:
    changed = po.Text(SAY.key, "Which tea, please?", SAY.place)
    new = po.update(FILE, filled(SAY, "کون سی چائے؟"), (changed,), "ur")
    assert new.endswith(
        "#. needs native review\n"
        "#: flows/tea.yaml:8\n"
        "#, fuzzy\n"
        '#| msgid "Which tea?"\n'
        'msgctxt "tea.which#say"\n'
        'msgid "Which tea, please?"\n'
        'msgstr "کون سی چائے؟"\n'
    )
    assert load_catalogue(FILE, new, "ur")[SAY.key].fuzzy
    assert po.update(FILE, new, (changed,), "ur") == new


def test_english_that_changes_again_still_shows_what_was_translated() -> None:
    one, two = (po.Text(SAY.key, english, SAY.place) for english in ("Which tea, please?", "What tea?"))
    new = po.update(FILE, po.update(FILE, filled(SAY, "کون سی چائے؟"), (one,), "ur"), (two,), "ur")
    assert '#| msgid "Which tea?"' in new
    assert "please" not in new


def test_taking_the_fuzzy_mark_out_settles_it() -> None:
    changed = po.Text(SAY.key, "Which tea, please?", SAY.place)
    stale = po.update(FILE, filled(SAY, "کون سی چائے؟"), (changed,), "ur")
    settled = po.update(FILE, stale.replace("#, fuzzy\n", ""), (changed,), "ur")
    assert "#|" not in settled
    assert not only(settled, changed).stale


def test_a_text_nobody_says_any_more_is_set_aside_and_comes_back() -> None:
    gone = po.update(FILE, filled(SAY, "کون سی چائے؟"), (TITLE,), "ur")
    assert '#~ msgstr "کون سی چائے؟"' in gone
    assert set(load_catalogue(FILE, gone, "ur")) == {TITLE.key}
    back = only(po.update(FILE, gone, (TITLE, SAY), "ur"), SAY)
    assert (back.told, back.reviewed) == ("کون سی چائے؟", False)


def test_a_renamed_step_keeps_its_words_and_is_reviewed_again() -> None:
    renamed = po.Text("tea.choose#say", SAY.english, SAY.place)
    new = po.update(FILE, filled(SAY, "کون سی چائے؟"), (renamed,), "ur")
    assert "#~" not in new
    assert (only(new, renamed).told, only(new, renamed).reviewed) == ("کون سی چائے؟", False)


def test_comments_and_fields_of_people_stay() -> None:
    old = filled(SAY, "کون سی چائے؟")
    old = old.replace("# ur of", "# Nasreen Akhtar, 2026\n# ur of").replace(
        "#: flows", "# said so in Sialkot\n#: flows"
    )
    old = old.replace('"Language: ur\\n"', '"Language: ur\\n"\n"Last-Translator: Nasreen Akhtar\\n"')
    new = po.update(FILE, old, (SAY,), "ur")
    assert "# Nasreen Akhtar, 2026\n" in new
    assert '"Last-Translator: Nasreen Akhtar\\n"' in new
    assert "# said so in Sialkot\n" in new


def test_a_file_gettext_cannot_read_is_refused_by_name() -> None:
    with pytest.raises(FlowError, match=r"tea\.po:\d+: not a gettext catalogue"):
        po.update(FILE, 'msgid "Tea"\nmsgstor "چائے"\n', (SAY,), "ur")
    with pytest.raises(FlowError, match="msgctxt"):
        po.update(FILE, 'msgid "Tea"\nmsgstr "چائے"\n', (SAY,), "ur")


def test_progress_counts_what_is_left() -> None:
    dear = po.Text("tea.dear#say", "{agency.name}, {agency.licence}", "flows/tea.yaml:9")
    old = filled(dear, "چائے {agency.name} {agency.licence}")
    rows = po.rows(FILE, old, (dear, SAY, TITLE), "ur")
    assert po.progress(rows) == po.Progress(1, 2, 0, 0, dear.key, 2)
    assert po.progress(()) == po.Progress(0, 0, 0, 0, "", 0)


# --- the catalogues we ship ---


@pytest.mark.parametrize("locale", po.TRANSLATED)
def test_every_text_is_translated_with_the_same_holes(
    locale: str, wanted: dict[str, dict[str, tuple[po.Text, ...]]]
) -> None:
    for key, row in real(locale, wanted).items():
        assert row.told, key
        assert not row.stale, key
        assert holes(row.told) == holes(row.text.english), key


@pytest.mark.parametrize("locale", po.TRANSLATED)
def test_only_the_valid_verdict_says_yes_and_nothing_says_safe(
    locale: str, wanted: dict[str, dict[str, tuple[po.Text, ...]]]
) -> None:
    found = real(locale, wanted)
    says = {key for key, row in found.items() if YES[locale].casefold() in row.told.casefold()}
    assert says == {key for key in found if key.startswith("licence.verdict.valid#")} != set()
    assert [key for key, row in found.items() if any(word in row.told.casefold() for word in SAFE)] == []


def test_each_script_keeps_to_its_letters(wanted: dict[str, dict[str, tuple[po.Text, ...]]]) -> None:
    for key, row in real("ur_Latn", wanted).items():
        assert row.told.isascii(), key
        assert parts.alphabet(row.told) is parts.Alphabet.GSM, key
    for locale in ("ur", "pa_Arab"):
        for key, row in real(locale, wanted).items():
            # ه, ي, ك, ى are Arabic's; . , ? end nothing in Urdu; ۰-۹ turn licence numbers into other signs.
            assert not set(row.told) & set("هيكى?۰۱۲۳۴۵۶۷۸۹"), key
            assert ". " not in row.told, key


@pytest.mark.parametrize("locale", ["ur", "pa_Arab"])
def test_the_longest_verdict_and_its_menu_fit_three_parts(
    locale: str, wanted: dict[str, dict[str, tuple[po.Text, ...]]]
) -> None:
    found = real(locale, wanted)
    choices = (f"{key} {found[f'licence.next.{key}#label'].told}" for key in "12")
    rows = (found["licence.next#menu"].told, *choices)
    rest = (*rows, f"0 {found['always.person#say'].told}")
    later = found["licence.later#say"].told
    for outcome in ("valid", "cautioned", "barred", "unknown", "unknown_number", "stale.1"):
        verdict = found[f"licence.verdict.{outcome}#say"].told
        told = (verdict, later) if outcome == "stale.1" else (verdict,)
        assert parts.count(po.at_its_longest("\n".join((*told, *rest)))).parts <= 3, outcome
