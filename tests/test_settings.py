"""Settings: what is set is read, what is wrong stops the start by its name and says what to put there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from hotline.errors import SettingError
from hotline.sealing import Vault
from hotline.settings import NEEDED_IN_PRODUCTION, ROOT, Settings, load_settings

pytestmark = pytest.mark.fast

PRODUCTION = {
    "HOTLINE_ENV": "production",
    "DATABASE_URL": "postgresql://hotline@db/hotline",
    "REDIS_URL": "redis://redis",
    "PUBLIC_BASE_URL": "https://hotline.example.org",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "0123456789abcdef",
    "SECRET_KEY": "N5jxPvZ0wG3hKq8LrT2mYb7UcXdAeFsIoQ",
    "DATA_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
}

Change = Callable[[str, str, str], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of config/."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path


@pytest.fixture
def change(root: Path) -> Change:
    """Put something in the place of what stands in a file."""

    def changed(name: str, old: str, new: str) -> None:
        path = root / "config" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return changed


def refused(root: Path, environ: Mapping[str, str] = {}) -> str:
    """What the refusal says."""
    with pytest.raises(SettingError) as error:
        load_settings(environ, root / "var", root)
    return str(error.value)


def test_nothing_need_be_set_outside_production(root: Path) -> None:
    settings = load_settings({}, root / "var", root)
    assert (settings.host, settings.port, settings.production) == ("127.0.0.1", 8000, False)
    assert (settings.tokens, settings.database_url, settings.data_keys) == ((), "", "")
    assert str(settings.zone) == "Asia/Karachi"
    assert (settings.most_body_bytes, settings.continue_minutes) == (262_144, 30)
    assert settings.ring_backs_a_day == 5
    assert (settings.country_of("+923001234567").code, settings.country_of("+12025550123")) == ("PK", None)


def test_production_listens_to_all_the_machines_addresses(root: Path) -> None:
    settings = load_settings(PRODUCTION, root / "var", root)
    assert (settings.production, settings.host, settings.port) == (True, "0.0.0.0", 8000)


@pytest.mark.parametrize("name", NEEDED_IN_PRODUCTION)
@pytest.mark.parametrize("value", [None, ""])
def test_what_production_needs_is_missed_by_name(root: Path, name: str, value: str | None) -> None:
    environ = {**PRODUCTION, name: value or ""}
    if value is None:
        del environ[name]
    told = refused(root, environ)
    assert name in told
    assert not any(other in told for other in NEEDED_IN_PRODUCTION if other != name)


def test_all_that_is_missing_is_named_at_once(root: Path) -> None:
    told = refused(root, {"HOTLINE_ENV": "production"})
    assert all(name in told for name in NEEDED_IN_PRODUCTION)


@pytest.mark.parametrize("weak", ["short", "a" * 64, "ab" * 32, "secret"])
def test_a_weak_secret_does_not_serve_people(root: Path, weak: str) -> None:
    assert "SECRET_KEY" in refused(root, {**PRODUCTION, "SECRET_KEY": weak})


@pytest.mark.parametrize(
    "url",
    ["http://hotline.example.org", "hotline.example.org", "https://a b", "https://", "https://x/?q=1", "https://x#y"],
)
def test_a_public_address_is_one_the_provider_can_sign(root: Path, url: str) -> None:
    assert "PUBLIC_BASE_URL" in refused(root, {**PRODUCTION, "PUBLIC_BASE_URL": url})


def test_no_value_of_a_secret_is_ever_told(root: Path) -> None:
    told = refused(root, {**PRODUCTION, "SECRET_KEY": "tooshortsecret", "TWILIO_AUTH_TOKEN": "canarytoken"})
    assert "tooshortsecret" not in told
    assert "canarytoken" not in told


@pytest.mark.parametrize(
    ("given", "tokens"),
    [("", ()), ("one", ("one",)), ("new,old", ("new", "old")), (",one,", ("one",)), ("ünï cödé", ("ünï cödé",))],
)
def test_tokens_are_one_or_more(root: Path, given: str, tokens: tuple[str, ...]) -> None:
    assert load_settings({"TWILIO_AUTH_TOKEN": given}, root, root).tokens == tokens


def test_a_slash_at_the_end_of_the_public_address_makes_no_difference(root: Path) -> None:
    settings = load_settings({"PUBLIC_BASE_URL": "https://hotline.example.org/lahore/"}, root, root)
    assert settings.public_base_url == "https://hotline.example.org/lahore"


def test_a_number_belongs_to_its_district_and_any_other_to_the_default_one(root: Path) -> None:
    (root / "config/districts/multan.toml").write_text(
        (root / "config/districts/lahore.toml")
        .read_text(encoding="utf-8")
        .replace('"Lahore"', '"Multan"')
        .replace("+924238000000", "+926161000000")
        .replace('entry = "answer"', 'entry = "call_back"'),
        encoding="utf-8",
    )
    settings = load_settings({}, root, root)
    assert settings.district_of("+926161000000").name == "Multan"
    assert settings.entry_of("+926161000000") == "call_back"
    assert settings.district_of("+924238000000").name == "Lahore"
    assert settings.district_of("+1").name == "Lahore"
    assert settings.entry_of("+1") == "answer"


def test_hours_are_confirmed_by_a_day(root: Path, change: Change) -> None:
    assert load_settings({}, root, root).districts["lahore"].desk.confirmed is None
    change("districts/lahore.toml", 'confirmed = ""', 'confirmed = "2026-11-21"')
    assert load_settings({}, root, root).districts["lahore"].desk.confirmed == date(2026, 11, 21)


@pytest.mark.parametrize(
    "wrong",
    [
        ("default.toml", "[web]", "[wbe]", "wbe"),
        ("default.toml", "port = 8000", "prot = 8000", "prot"),
        ("default.toml", "port = 8000", 'port = "8000"', "web.port"),
        ("default.toml", "[web]\nhost", "host", "host"),
        ("default.toml", 'default = "lahore"', 'default = "lahor"', "lahor.toml"),
        ("default.toml", "Asia/Karachi", "Asia/Karachee", "Asia/Karachee"),
        ("default.toml", "[web]", "[web", "default.toml"),
        ("countries.toml", 'prefix = "+92"', 'prefix = "92"', "[PK]: prefix"),
        ("countries.toml", 'zone = "Asia/Karachi"', 'zone = "Asia/Lahore"', "[PK]: zone"),
        ("countries.toml", 'from = "09:00"', 'from = "9"', "09:00"),
        ("countries.toml", 'rupees = 12.0', '', "rupees is missing"),
        ("countries.toml", '"11-09", "12-25"', '"25-12"', "holidays"),
        ("default.toml", "ring_backs_a_day = 5", 'ring_backs_a_day = "5"', "calls.ring_backs_a_day"),
        ("districts/lahore.toml", "name =", "nme =", "nme"),
        ("districts/lahore.toml", 'name = "Lahore"', "", "name is missing"),
        ("districts/lahore.toml", 'languages = ["ur", "pa_Arab", "en"]', "languages = []", "languages"),
        ("districts/lahore.toml", '"+924238000000"', '"04238000000"', "04238000000"),
        ("districts/lahore.toml", 'entry = "answer"', 'entry = "ring"', "ring"),
        ("districts/lahore.toml", 'entry = "answer"', 'enter = "answer"', "enter"),
        ("districts/lahore.toml", 'days = "mon-fri"', "", "days is missing"),
        ("districts/lahore.toml", 'confirmed = ""', 'confirmed = "soon"', "desk.confirmed"),
        ("facts.toml", 'grade = "O"', 'rank = "O"', "rank"),
        ("facts.toml", 'grade = "O"', "", "mrc_phone"),
        ("districts.toml", "[places]", "[place]", "place"),
        ("districts.toml", 'near = "Lahore", code = "42"', 'near = "Lahore"', "Lahore"),
        ("districts.toml", 'near = "Lahore", code = "42"', 'near = "Lahore", code = "42", x = "1"', "x"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_stops_the_start_by_name(
    root: Path, change: Change, wrong: tuple[str, str, str, str]
) -> None:
    *where, told = wrong
    change(*where)
    assert told in refused(root)


@pytest.mark.parametrize(("line", "told"), [("port = 8080", "port"), ("web = 8080", "[web]"), ("[wbe]", "wbe")])
def test_what_is_wrong_for_production_stops_production_alone(root: Path, line: str, told: str) -> None:
    (root / "config/production.toml").write_text(line, encoding="utf-8")
    load_settings({}, root, root)
    assert told in refused(root, PRODUCTION)


def test_one_number_is_answered_by_one_district(root: Path) -> None:
    shutil.copy(root / "config/districts/lahore.toml", root / "config/districts/kasur.toml")
    assert "+924238000000" in refused(root)


def test_every_setting_is_read_by_somebody() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("hotline", "workers")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "settings.py"
    )
    # What will seal the console's sessions is asked for already, so that no deployment must be stopped for it.
    unread = {field.name for field in fields(Settings) if f".{field.name}" not in code} - {"secret_key"}
    assert not unread


def test_a_file_that_is_not_there_is_named(root: Path) -> None:
    (root / "config/facts.toml").unlink()
    assert "facts.toml" in refused(root)


@pytest.mark.parametrize(
    "keys",
    [
        "",
        "k0:" + "A" * 44,
        "1:AAAA",
        "k1:not base64!",
        "k1:AAAA",
        "k1:" + "A" * 44,
        "k256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ],
)
def test_keys_that_could_be_guessed_or_misread_are_refused_by_name(keys: str) -> None:
    with pytest.raises(SettingError, match="DATA_KEYS"):
        Vault.parse(keys)
