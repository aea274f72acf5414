"""The plans of reminders in config/plans.toml: which steps, for which country and route, checked against each other."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hotline import toml
from hotline.countries import Country
from hotline.errors import SettingError
from hotline.frozen import frozen

HOME = "PK"
ROUTES = ("agency", "direct")
PHASES = ("before", "after")
FARTHEST = 365
_KEYS = frozenset({"day", "at", "until", "phase", "dated", "fact", "otherwise"})
_KINDS: Mapping[str, type] = {"day": int, "at": str, "until": int, "phase": str}


@frozen
class PlannedStep:
    """One reminder as config/plans.toml has it; `minute` of the local day. `hotline.domain.journey` says what it does.

    `fact` and `otherwise` are "" where the step tells no fact.
    """

    name: str
    day: int
    minute: int
    until: int
    phase: str
    dated: bool = False
    fact: str = ""
    otherwise: str = ""


@frozen
class Known:
    """What plans may name: countries, and facts by key."""

    countries: Mapping[str, Country]
    facts: Collection[str]


def read_plans(path: Path, known: Known) -> dict[tuple[str, str], tuple[PlannedStep, ...]]:
    """The steps by (country, route), in the order of their days. Raises SettingError naming the section and key."""
    file = f"config/{path.name}"
    table = toml.read(path)
    toml.only(file, table, {"steps", "plans"})
    steps = {
        name: _step(f"{file} [steps.{name}]", name, _section(file, name, found), known.facts)
        for name, found in _section(file, "steps", table.get("steps", {})).items()
    }
    plans: dict[tuple[str, str], tuple[PlannedStep, ...]] = {}
    for name, found in _section(file, "plans", table.get("plans", {})).items():
        where = f"{file} [plans.{name}]"
        plan = _section(where, name, found)
        toml.only(where, plan, {"countries", *ROUTES})
        routes = {route: _route(f"{where}: {route}", plan.get(route), steps) for route in ROUTES}
        for code in _names(f"{where}: countries", plan.get("countries")):
            if code not in known.countries or code == HOME:
                raise SettingError(f"{where}: {code!r} is no country abroad of config/countries.toml")
            if (code, ROUTES[0]) in plans:
                raise SettingError(f"{where}: {code} stands in another plan too")
            for route, chosen in routes.items():
                _within_hours(f"{where}: {route}", chosen, known.countries[HOME], known.countries[code])
                plans[code, route] = chosen
    unused = set(steps) - {step.name for plan in plans.values() for step in plan}
    if unused:
        raise SettingError(
            f"{file}: no plan has the steps {', '.join(sorted(unused))}: add them to one, or delete them"
        )
    return plans


def _step(where: str, name: str, table: Mapping[str, Any], facts: Collection[str]) -> PlannedStep:
    toml.only(where, table, _KEYS)
    if not re.fullmatch(r"[a-z][a-z_]{0,30}", name):
        raise SettingError(f"{where}: a step's name has small letters and _, at most 31")
    for key, kind in _KINDS.items():
        if type(table.get(key)) is not kind:
            raise SettingError(f"{where}: {key} is missing, or is not {kind.__name__}")
    day, until, phase = table["day"], table["until"], table["phase"]
    if phase not in PHASES:
        raise SettingError(f"{where}: phase: write before or after, not {phase!r}")
    if phase == "before" and not -FARTHEST <= day <= until < 0:
        raise SettingError(f"{where}: before the departure day and until are below 0, and until is not before day")
    if phase == "after" and not 0 < day <= until <= FARTHEST:
        raise SettingError(f"{where}: after the departure day and until are above 0, and until is not before day")
    fact, otherwise = table.get("fact", ""), table.get("otherwise", "")
    if fact and fact not in facts:
        raise SettingError(f"{where}: fact {fact!r} is not in config/facts.toml")
    if bool(fact) != bool(otherwise):
        raise SettingError(f"{where}: fact and otherwise go together")
    dated = table.get("dated", False)
    if not isinstance(dated, bool):
        raise SettingError(f"{where}: dated is true or false")
    return PlannedStep(name, day, toml.minutes(f"{where}: at", table["at"]), until, phase, dated, fact, otherwise)


def _route(where: str, names: object, steps: Mapping[str, PlannedStep]) -> tuple[PlannedStep, ...]:
    chosen = []
    for name in _names(where, names):
        if name not in steps:
            raise SettingError(f"{where}: there is no [steps.{name}]")
        chosen.append(steps[name])
    days = [step.day for step in chosen]
    for step in chosen:
        if days.count(step.day) > 1:
            raise SettingError(f"{where}: two steps share day {step.day}: nobody gets two reminders on one day")
    if not any(step.phase == "after" and step.dated for step in chosen):
        # Without one, somebody whose departure is moved could be told of a next reminder that there is not.
        raise SettingError(f"{where}: add a step after the departure that is dated")
    return tuple(sorted(chosen, key=lambda step: step.day))


def _within_hours(where: str, steps: tuple[PlannedStep, ...], home: Country, there: Country) -> None:
    for step in steps:
        country = home if step.phase == "before" else there
        if not country.opens <= step.minute < country.closes:
            raise SettingError(f"{where}: {step.name} is sent outside the hours of {country.code}")


def _section(where: str, name: str, found: object) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise SettingError(f"{where}: {name} is a section")
    return found


def _names(where: str, found: object) -> list[str]:
    if not isinstance(found, list) or not found or not all(isinstance(name, str) for name in found):
        raise SettingError(f"{where}: write a list of names")
    if len(set(found)) < len(found):
        raise SettingError(f"{where}: a name stands twice")
    return found
