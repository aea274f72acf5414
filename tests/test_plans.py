"""Plans of reminders are read strictly: what cannot be meant is refused by file, section and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.countries import read_countries
from hotline.errors import SettingError
from hotline.plans import HOME, ROUTES, Known, read_plans
from hotline.settings import ROOT, Settings

pytestmark = pytest.mark.fast

PLANS = (ROOT / "config/plans.toml").read_text(encoding="utf-8")
KNOWN = Known(read_countries(ROOT / "config/countries.toml"), {"soft_skills", "qiwa"})
Refused = Callable[[str, str], str]


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """What is said of the plans with one thing put in the place of another."""

    def changed(old: str, new: str) -> str:
        assert old in PLANS
        (tmp_path / "plans.toml").write_text(PLANS.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(SettingError) as error:
            read_plans(tmp_path / "plans.toml", KNOWN)
        return str(error.value)

    return changed


def test_every_country_abroad_has_a_plan_for_both_routes(settings: Settings) -> None:
    assert set(settings.plans) == {(code, route) for code in settings.countries if code != HOME for route in ROUTES}
    for steps in settings.plans.values():
        assert [step.day for step in steps] == sorted(step.day for step in steps)
        assert steps[-1].day == 90
        assert any(step.name == "flight" for step in steps)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("day = -60", "days = -60", "unknown key 'days'"),
        ("day = -60", 'day = "-60"', "day is missing, or is not int"),
        ("day = -60", "day = true", "day is missing, or is not int"),
        ("day = -60", "day = -14", "until is not before day"[:5]),
        ("until = -21", "until = -61", "until is not before day"),
        ("until = -1\n", "until = 0\n", "below 0"),
        ('at = "10:30"', 'at = "25:30"', "write a time such as 09:00"),
        ('at = "10:30"', 'at = "07:00"', "certificate is sent outside the hours of PK"),
        ('at = "18:00"', 'at = "20:45"', "outside the hours of AE"),
        ('phase = "before"', 'phase = "during"', "write before or after"),
        ('phase = "before"', 'phase = "after"', "above 0"),
        ("dated = true", 'dated = "yes"', "dated is true or false"),
        ('fact = "soft_skills"', 'fact = "hard_skills"', "'hard_skills' is not in config/facts.toml"),
        ('otherwise = "certificate_ask"', "", "fact and otherwise go together"),
        ("[steps.medical]", "[steps.Medical]", "small letters"),
        ("[steps.medical]", "[steps.operation]", "there is no [steps.medical]"),
        ('["certificate", "medical", ', '["certificate", "certificate", ', "a name stands twice"),
        ("day = -45", "day = -60", "two steps share day -60"),
        ('countries = ["MY"]', 'countries = ["MY", "SA"]', "SA stands in another plan too"),
        ('countries = ["MY"]', 'countries = ["PK"]', "'PK' is no country abroad"),
        ('countries = ["MY"]', "countries = []", "write a list of names"),
        ("[plans.malaysia]", "[plan.malaysia]", "unknown key 'plan'"),
        ("[steps.certificate]", "[steps]\ncertificate = 5\n[steps.other]", "certificate is a section"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(refused: Refused, old: str, new: str, said: str) -> None:
    text = refused(old, new)
    assert text.startswith("config/plans.toml")
    assert said in text


def test_a_step_that_no_plan_has_is_named(refused: Refused) -> None:
    extra = '\n[steps.lunch]\nday = -5\nat = "12:00"\nuntil = -4\nphase = "before"\n'
    assert "no plan has the steps lunch" in refused("\n[steps.medical]", f"{extra}\n[steps.medical]")


def test_a_route_without_a_step_that_follows_the_day_is_refused(refused: Refused) -> None:
    text = refused('"flight", "arrival", "first_salary", "check_in"]\ndirect', '"flight"]\ndirect')
    assert "add a step after the departure that is dated" in text
