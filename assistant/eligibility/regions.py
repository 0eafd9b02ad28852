"""Districts of Hangzhou with their hierarchy and history: 下城 is 拱墅 since 2021, 临平 was 余杭 before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from assistant.eligibility.logic import State
from ingest.knowledge import Place

# As people say them, for patterns: the districts of today and before, and the cities that are often named instead.
DISTRICTS = "滨江|余杭|西湖区|萧山|拱墅|上城|钱塘|临平|临安|富阳|桐庐|淳安|建德|下城|江干"
OTHER_CITIES = "宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水|上海|北京|深圳|广州|苏州|南京|合肥"
REFORM = date(2021, 4, 9)  # the day on which the districts of 2021 began


class Regions:
    """What each place is part of, was part of and became."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = {place.name: place for place in places}
        self._names: dict[str, str] = {}
        for place in places:
            for name in [place.name, *place.aliases, place.name.rstrip("区县市")]:
                if len(name) > 1:
                    self._names.setdefault(name, place.name)
        self._parts: dict[str, set[str]] = {}
        for place in places:
            for whole in _listed(place.merged_into) + place.split_from:
                self._parts.setdefault(whole, set()).add(place.name)

    def known(self, name: str) -> str | None:
        """The full name of a district, by any of its names, or None."""
        name = name.strip()
        found = self._names.get(name) or self._names.get(name.rstrip("区县市"))
        while found and self._places[found].kind == "functional_area":
            found = self._places[found].parent
        return None if found == "杭州市" else found

    @property
    def districts(self) -> list[str]:
        """The districts and counties of today, in order."""
        return [
            p.name
            for p in self._places.values()
            if p.kind == "district" and not p.until and p.parent == "杭州市"
        ]

    def among(self, name: str, wanted: Iterable[str], day: date) -> State:
        """Whether a place lies in one of several districts; not known where a border has moved in between."""
        here = self.known(name)
        if here is None:
            return State.UNKNOWN
        names = {self.known(w) or w for w in wanted}
        if self._spans_a_reform(here, names, day):
            return State.UNKNOWN
        same = {here, *self._became(here), *self._was(here)}
        return State.MET if same & names else State.NOT_MET

    def _became(self, name: str) -> set[str]:
        return set(_listed(self._places[name].merged_into))

    def _was(self, name: str) -> set[str]:
        return set(self._places[name].split_from)

    def _spans_a_reform(self, here: str, names: set[str], day: date) -> bool:
        """A place that was made of several, or lost a part, where the list names some of them and not the others.

        After the reform 上城 may be old 上城 or old 江干; before it, 余杭 may be what is 临平 today.
        """
        parts = self._parts.get(here, set())
        merged = {p for p in parts if self._places[p].until}
        split = parts - merged
        if merged and day >= REFORM and names & {here, *merged} and here not in names:
            return True
        return bool(split) and day < REFORM and here not in names and bool(split & names)


def _listed(value: list[str] | str | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
