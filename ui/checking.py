"""Facts against a programme, or against all of them, for the API and the tools (`hangce check` is `ui.cli_check`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import HangceError
from ui.problems import Refused

if TYPE_CHECKING:
    from assistant.eligibility.catalogue import Catalogue
    from assistant.eligibility.profile import Profile

FactValue = str | int | float | bool | None
_LONGEST = 200  # characters of a value


class Checker:
    """Judges facts by the programmes of a generation, which are read when they are first asked for.

    Args:
        generation: the folder of the generation in use, which may be another one every time.
    """

    def __init__(self, generation: Callable[[], Path]) -> None:
        self._generation = generation

    def one(
        self,
        programme: str,
        facts: Mapping[str, FactValue],
        confirmed: Sequence[str] | bool,
        day: date,
    ) -> dict[str, Any]:
        """The verdict on one programme, in the form of the answer contract's `eligibility`.

        Args:
            programme: id or name.
            facts: by id or Chinese name; amounts may be written as people say them, None for what is not known.
            confirmed: clauses whose conditions a person has confirmed, or True for all that only a person can.
            day: for ages and validity.

        Raises:
            HangceError: there is no such programme or fact, or a value cannot be read.
            Refused: the index has no programmes (503).
        """
        from assistant.eligibility.engine import judge
        from assistant.eligibility.explain import eligibility_json, explained
        from assistant.eligibility.given import settled

        catalogue = self._catalogue()
        entry = catalogue.find(programme)
        profile = _profile(facts, catalogue, day)
        if not isinstance(confirmed, bool):
            profile.confirmed.update(confirmed)
        outcome = judge(entry, settled(profile, entry.tree, confirmed is True), day, catalogue)
        return {**eligibility_json(outcome, catalogue), "text": explained(outcome, catalogue)}

    def all(self, facts: Mapping[str, FactValue], day: date, most: int = 20) -> dict[str, Any]:
        """The programmes for some facts: those one is eligible for, nearly so, and those where more must be known.

        Raises:
            HangceError: there is no such fact, or a value cannot be read.
            Refused: the index has no programmes (503).
        """
        from assistant.eligibility.explain import eligibility_json
        from assistant.eligibility.portfolio import portfolio

        catalogue = self._catalogue()
        found = portfolio(catalogue, _profile(facts, catalogue, day), day, None, None)
        return {
            name: [eligibility_json(c.outcome, catalogue) for c in getattr(found, name)[:most]]
            for name in ("eligible", "nearly", "open")
        }

    def _catalogue(self) -> Catalogue:
        from assistant.eligibility.catalogue import catalogue_in

        try:
            return catalogue_in(self._generation())
        except HangceError as error:
            raise Refused(503, str(error), "no_programmes") from error


def _profile(facts: Mapping[str, FactValue], catalogue: Catalogue, day: date) -> Profile:
    from assistant.eligibility.profile import Known, Profile
    from assistant.eligibility.values import nearest, parse

    by_name = {fact.name: fact.id for fact in catalogue.facts.values()}
    profile = Profile()
    for name, value in facts.items():
        fact = name if name in catalogue.facts else by_name.get(name)
        if fact is None:
            near = nearest(name[:80], list(catalogue.facts))
            hint = f"did you mean {', '.join(near)}?" if near else "facts are named in `missing` of a check"
            raise HangceError(f"no fact {name[:80]!r} — {hint}")
        if value is None:
            profile.not_known.add(fact)
            continue
        if isinstance(value, str) and len(value) > _LONGEST:
            raise HangceError(f"{name[:80]}: a value has at most {_LONGEST} characters")
        profile.facts[fact] = Known(parse(catalogue.facts[fact], value, catalogue.regions, day), f"{value}")
    return profile
