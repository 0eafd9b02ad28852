"""All programmes with their documents, conditions and clause ids, and the vocabulary of facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from assistant.eligibility.conditions import Group, Maker, Node, leaves
from assistant.eligibility.regions import Regions
from index.programmes import programmes_data, read_programmes
from ingest.errors import HangceError
from ingest.knowledge import Fact, Place, Programme

_PLAIN = re.compile(r"[\s“”\"'《》（）()·、，。？！?!]")


@dataclass(frozen=True)
class Entry:
    """A programme and the document that it stands in (`listing` as in `hangce documents`)."""

    programme: Programme
    document_id: str
    listing: dict[str, Any]
    vocabulary: dict[str, Fact]

    def clause_id(self, path: str) -> str:
        """The id of a clause of the programme's document."""
        return f"{self.document_id}#{path}"

    @cached_property
    def tree(self) -> Node:
        """The conditions, ready to be tested."""
        return Maker(self.vocabulary, self.clause_id).tree(self.programme.conditions)

    @cached_property
    def facts(self) -> list[str]:
        """The facts that the conditions ask about, in order."""
        return list(dict.fromkeys(leaf.fact for leaf in leaves(self.tree) if leaf.fact))

    @cached_property
    def condition_clauses(self) -> frozenset[str]:
        """Ids of the clauses on which the conditions rest."""
        return frozenset(leaf.clause_id for leaf in leaves(self.tree) if leaf.clause_id)

    @cached_property
    def clauses(self) -> frozenset[str]:
        """Ids of all clauses that the programme refers to."""
        return frozenset(self.clause_id(path) for path in self.programme.clause_paths())

    @cached_property
    def names(self) -> list[str]:
        """What the programme is called, plain."""
        return list(dict.fromkeys(plain_name(n) for n in [self.programme.name, *self.programme.names]))

    @property
    def all_conditions(self) -> Group:
        """The conditions as one conjunction."""
        return self.tree if isinstance(self.tree, Group) else Group("all", (self.tree,))


class Catalogue:
    """The programmes of one generation of the index."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.facts = {
            f["id"]: Fact.model_construct(**{"options": [], "patterns": [], "unit": "", "ask_en": "", **f})
            for f in data["facts"]
        }
        self.regions = Regions([Place.model_validate(p) for p in data["places"]])
        self._bodies: dict[str, dict[str, Any]] = {p["id"]: p for p in data["programmes"]}
        self._documents: dict[str, dict[str, Any]] = data["documents"]
        self._made: dict[str, Entry] = {}
        self._of_clause: dict[str, list[str]] | None = None

    @classmethod
    def read(cls, generation: Path) -> Catalogue:
        """The catalogue of a generation's folder.

        Raises:
            HangceError: the index was built by a version that knew no programmes.
        """
        return cls(read_programmes(generation))

    @classmethod
    def bundled(cls, folder: Path | None = None) -> Catalogue:
        """The catalogue of a folder of knowledge files (default: the bundled one), read without an index."""
        from ingest.knowledge import load_facts, load_policies, load_vocabulary
        from ingest.relations import link_versions

        policies = load_policies(folder)
        documents = [policy.to_document() for policy in policies]
        link_versions(documents)
        listings = {d.document_id: d.to_listing() for d in documents}
        return cls(programmes_data(policies, listings, load_facts(folder), load_vocabulary(folder).places))

    def __len__(self) -> int:
        return len(self._bodies)

    @property
    def ids(self) -> list[str]:
        """The ids of all programmes, in order."""
        return list(self._bodies)

    def entry(self, programme: str) -> Entry:
        """A programme by its id.

        Raises:
            HangceError: there is none.
        """
        if programme not in self._made:
            body = self._bodies.get(programme)
            if body is None:
                raise HangceError(f"no programme {programme!r} — `hangce check --list` shows all")
            document_id = str(body["document_id"])
            parsed = Programme.model_validate({k: v for k, v in body.items() if k != "document_id"})
            self._made[programme] = Entry(parsed, document_id, self._documents[document_id], self.facts)
        return self._made[programme]

    def entries(self) -> list[Entry]:
        """All programmes, in order."""
        return [self.entry(i) for i in self._bodies]

    def on_clause(self, clause_id: str) -> list[Entry]:
        """The programmes that rest on a clause."""
        if self._of_clause is None:
            self._of_clause = {}
            for entry in self.entries():
                for clause in entry.clauses:
                    self._of_clause.setdefault(clause, []).append(entry.programme.id)
        return [self.entry(i) for i in self._of_clause.get(clause_id, [])]

    def under_clause(self, clause_id: str) -> list[Entry]:
        """The programmes that rest on no clause itself but on items below it."""
        document, _, path = clause_id.partition("#")
        return [
            entry
            for entry in self.entries()
            if entry.document_id == document
            and clause_id not in entry.clauses
            and any(c.startswith(f"{document}#{path}") for c in entry.condition_clauses)
        ]

    def find(self, words: str) -> Entry:
        """The programme with an id or a name.

        Raises:
            HangceError: none or several have it; the message names those that come near.
        """
        if words in self._bodies:
            return self.entry(words)
        plain = plain_name(words)
        same = [i for i, body in self._bodies.items() if plain == plain_name(body["name"])]
        same = same or [
            i for i, body in self._bodies.items() if plain in map(plain_name, body.get("names", []))
        ]
        if len(same) == 1:
            return self.entry(same[0])
        if same:
            raise HangceError(f"{words!r} is the name of several programmes — give one of " + ", ".join(same))
        near = [body["id"] for body in self.listed(words)][:5]
        hint = f"did you mean {', '.join(near)}?" if near else "`hangce check --list` shows all"
        raise HangceError(f"no programme {words!r} — {hint}")

    def listed(self, words: str = "") -> list[dict[str, Any]]:
        """Programmes (as data) whose names or document hold all of the words, in order; all without words."""
        wanted = words.split()
        return [b for b in self._bodies.values() if all(w in self._described(b) for w in wanted)]

    def _described(self, body: dict[str, Any]) -> str:
        listing = self._documents[body["document_id"]]
        return " ".join(
            [body["id"], body["name"], *body.get("names", []), listing["title"], body["document_id"]]
        )

    def listing_of(self, body: dict[str, Any]) -> dict[str, Any]:
        """The document of a programme given as data."""
        return self._documents[body["document_id"]]

    def names(self) -> Iterable[tuple[str, str]]:
        """(plain name, programme id) of every name of every programme."""
        for identifier, body in self._bodies.items():
            for name in [body["name"], *body.get("names", [])]:
                yield plain_name(name), identifier


@lru_cache(maxsize=2)
def catalogue_in(generation: Path) -> Catalogue:
    """`Catalogue.read`, once for a generation's folder, which never changes."""
    return Catalogue.read(generation)


def plain_name(name: str) -> str:
    """A name without brackets, quotation marks and spaces."""
    return _PLAIN.sub("", name)


def chosen(entries: Sequence[Entry], district: str | None, applicant: str | None) -> list[Entry]:
    """The programmes of a district (and those of the whole city), for a kind of applicant."""
    out = []
    for entry in entries:
        of = entry.listing.get("district")
        if district and of and of != district:
            continue
        if applicant and entry.programme.applicant != applicant:
            continue
        out.append(entry)
    return out
