"""The plans of reminders as this hotline is set up: for which countries, by which clocks, with which texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from hotline.domain.fact import Fact
from hotline.domain.journey import HOME, Clock, Clocks, Due, Journey, Phase, Plans, Step, plan_of
from hotline.frozen import frozen
from hotline.settings import Settings


@frozen
class Schedules:
    """`countries` are those that have a plan: code → English name; `by_prefix` their telephone codes, without +."""

    plans: Plans
    clocks: Clocks
    countries: Mapping[str, str]
    by_prefix: Mapping[str, str]
    facts: Mapping[str, Fact]

    def plan(self, journey: Journey) -> tuple[Due, ...]:
        """Every reminder of a journey; none for a country or route that has no plan any more."""
        return plan_of(journey, self.plans, self.clocks) if (journey.country, journey.route) in self.plans else ()

    def text_of(self, step: str, journey: Journey, now: datetime) -> str:
        """The name of the text a step is told with: the other one while its fact may not be said."""
        found = self._step(step, journey)
        if found is None or not found.fact or self.facts[found.fact].may_be_said(now.date()):
            return step
        return found.otherwise

    def local(self, at: datetime, step: str, journey: Journey) -> datetime:
        """A moment on the clock that a step follows."""
        found = self._step(step, journey)
        abroad = found is not None and found.phase is Phase.AFTER
        return at.astimezone(self.clocks[journey.country if abroad else HOME].zone)

    def _step(self, name: str, journey: Journey) -> Step | None:
        plan = self.plans.get((journey.country, journey.route), ())
        return next((step for step in plan if step.name == name), None)


def schedules(settings: Settings) -> Schedules:
    """What config/plans.toml, countries.toml and facts.toml say together."""
    plans = {
        key: tuple(Step(**(asdict(step) | {"phase": Phase(step.phase)})) for step in steps)
        for key, steps in settings.plans.items()
    }
    abroad = [country for code, country in settings.countries.items() if any(code == key for key, _ in plans)]
    return Schedules(
        plans=plans,
        clocks={
            code: Clock(country.zone, country.opens, country.closes) for code, country in settings.countries.items()
        },
        countries={country.code: country.name for country in abroad},
        by_prefix={country.prefix.removeprefix("+"): country.code for country in abroad},
        facts={key: Fact(key, **asdict(source)) for key, source in settings.facts.items()},
    )
