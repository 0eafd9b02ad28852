"""The verdict: a programme's conditions against what is known of an applicant.

Whether the programme is in force stands beside the verdict, never in its place. What can only be known afterwards (a
rank, a quota) keeps a verdict undetermined; so does a statement that nobody has confirmed. A past sanction of which
nothing is said is taken not to exist, and every such assumption is named (`Checked.assumed`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.conditions import Group, Leaf, Node, leaves, rows
from assistant.eligibility.logic import State, at_least, every, opposite, some
from assistant.eligibility.profile import Profile
from index.validity import ValidityStatus, status_on

Verdict = Literal["eligible", "not_eligible", "undetermined"]
IN_FORCE = ("in_force", "open_ended")


@dataclass(frozen=True, slots=True)
class Checked:
    """One condition that must hold, with what decides it.

    `deciding` are the tests below it that make it not met, or leave it open; for a single test, that test.
    """

    node: Node
    state: State
    text: str
    deciding: tuple[Leaf, ...] = ()
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that must still be known; `weight` says how much it decides."""

    leaf: Leaf
    weight: float


@dataclass(slots=True)
class Outcome:
    """A programme judged for an applicant on a day."""

    entry: Entry
    verdict: Verdict
    conditions: list[Checked]
    missing: list[Missing]
    validity: ValidityStatus
    day: date
    profile: Profile = field(repr=False, default_factory=Profile)

    @property
    def failed(self) -> list[Checked]:
        """The conditions that are not met."""
        return [c for c in self.conditions if c.state is State.NOT_MET]

    @property
    def in_force(self) -> bool:
        """Whether the document holds on the day."""
        return self.validity in IN_FORCE

    @property
    def ended(self) -> str | None:
        """The day on which the document ended or was replaced, if it no longer holds."""
        listing = self.entry.listing
        if self.validity == "superseded":
            ends = [e for e in (listing.get("superseded_on"), listing.get("expires")) if e]
            return min(ends) if ends else None
        return listing.get("expires") if self.validity == "expired" else None


class Judge:
    """Judges an applicant on a day."""

    def __init__(self, catalogue: Catalogue, profile: Profile, day: date) -> None:
        self._catalogue = catalogue
        self._regions = catalogue.regions
        self._profile = profile
        self._day = day

    def leaf(self, leaf: Leaf) -> State:
        """The state of one test, before any negation around it."""
        profile = self._profile
        if leaf.test is not None:
            known = profile.facts.get(leaf.fact)
            if known is not None:
                return leaf.test.compare(known.value, self._regions, self._day)
            if leaf.unsaid is not None and not profile.sanctions and leaf.fact not in profile.not_known:
                return State.MET if leaf.test.kind in ("at_least", "more_than") else State.NOT_MET
            return State.UNKNOWN
        if leaf.key in profile.denied or leaf.clause_id in profile.denied:
            return State.NOT_MET
        if leaf.key in profile.confirmed or leaf.clause_id in profile.confirmed:
            # A clause confirmed as a whole is complied with: what it excludes does not hold.
            by_clause = leaf.key not in profile.confirmed
            return State.NOT_MET if leaf.negated and by_clause else State.MET
        if leaf.unsaid is not None and not profile.sanctions and leaf.key not in profile.not_known:
            return State.MET if leaf.unsaid else State.NOT_MET
        if leaf.key in profile.assumed:
            return State.NOT_MET if leaf.negated or leaf.beside else State.MET
        if profile.all_else and not (leaf.advance or leaf.beside) and leaf.key not in profile.not_known:
            return State.NOT_MET if leaf.negated else State.MET
        return State.UNKNOWN

    def state(self, node: Node) -> State:
        """The state of a condition."""
        if isinstance(node, Leaf):
            return self.leaf(node)
        if node.kind == "all":
            return every(self.state(c) for c in node.children)
        if node.kind == "any":
            return some(self.state(c) for c in node.children)
        if node.kind == "not":
            return opposite(self.state(node.children[0]))
        return at_least(node.n, (self.state(c) for c in node.children))

    def assumed(self, node: Node) -> bool:
        """Whether a condition is met only because something was taken for granted."""
        profile = self._profile
        spoken = profile.confirmed | profile.denied
        taken = [
            leaf
            for leaf in leaves(node)
            if leaf.fact not in profile.facts and not {leaf.key, leaf.clause_id} & spoken
        ]
        if any(leaf.unsaid is not None for leaf in taken):
            return True
        if not any(leaf.key in profile.assumed for leaf in taken):
            return False
        return Judge(self._catalogue, replace(profile, assumed=set()), self._day).state(node) is not State.MET


def judge(entry: Entry, profile: Profile, day: date, catalogue: Catalogue) -> Outcome:
    """The verdict over a programme on a day."""
    judging = Judge(catalogue, profile, day)
    checked: list[Checked] = []
    for node in rows(entry.tree):
        state = judging.state(node)
        deciding = tuple(_deciding(node, state, judging)) if state is not State.MET else ()
        assumed = state is State.MET and judging.assumed(node)
        checked.append(Checked(node, state, words(node), deciding, assumed))
    overall = every(c.state for c in checked)
    verdict: Verdict = (
        "eligible" if overall is State.MET else "not_eligible" if overall is State.NOT_MET else "undetermined"
    )
    validity = status_on(entry.listing, day)
    missing = _missing(checked) if verdict == "undetermined" else []
    return Outcome(entry, verdict, checked, missing, validity, day, profile)


def met_by(outcome: Outcome, catalogue: Catalogue) -> list[Leaf]:
    """The tests by which conditions of an outcome are met, those on what was told before those taken for granted."""
    judging = Judge(catalogue, outcome.profile, outcome.day)
    met = sorted((c for c in outcome.conditions if c.state is State.MET), key=lambda c: c.assumed)
    return [leaf for checked in met for leaf in _deciding(checked.node, State.MET, judging)]


def words(node: Node) -> str:
    """A condition in Chinese."""
    if isinstance(node, Leaf):
        return node.text
    if node.kind == "not":
        inner = node.children[0]
        return words(inner) if isinstance(inner, Leaf) else f"不是以下情形（{words(inner)}）"
    parts = [words(child) for child in node.children]
    if node.kind == "all":
        return "，且".join(parts)
    lead = "满足其一" if node.kind == "any" else f"满足其中{node.n}项"
    return f"{lead}：" + "；或".join(f"{part}" for part in parts)


def _deciding(node: Node, state: State, judging: Judge) -> list[Leaf]:
    """The tests that make a condition what it is: met, not met or open."""
    if isinstance(node, Leaf):
        return [node]
    if node.kind == "not":
        return _deciding(node.children[0], opposite(state), judging)
    states = [judging.state(child) for child in node.children]
    if state is State.MET:  # what holds; inside a negation, and should not
        hits = [c for c, s in zip(node.children, states, strict=True) if s is State.MET]
        return [leaf for child in hits for leaf in _deciding(child, State.MET, judging)]
    same = [c for c, s in zip(node.children, states, strict=True) if s is state]
    if node.kind == "any" and state is State.NOT_MET:
        same = _nearest_branches(list(node.children), judging)
    return [leaf for child in same for leaf in _deciding(child, judging.state(child), judging)]


def _nearest_branches(branches: list[Node], judging: Judge) -> list[Node]:
    """Of several ways that all fail, those that the applicant is on.

    Where branches divide applicants by a fact (sales up to 30 million, sales above), a branch whose dividing test fails
    is not the applicant's. Of the rest, those that miss least.
    """
    dividing = _dividing(branches)
    own = [
        b
        for b in branches
        if not any(leaf.fact in dividing and judging.leaf(leaf) is State.NOT_MET for leaf in leaves(b))
    ]
    own = own or branches
    misses = [len(_deciding(b, State.NOT_MET, judging)) for b in own]
    return [b for b, n in zip(own, misses, strict=True) if n == min(misses)]


def _dividing(branches: list[Node]) -> set[str]:
    """Facts that branches bound from opposite sides."""
    below: dict[str, set[int]] = {}
    above: dict[str, set[int]] = {}
    for number, branch in enumerate(branches):
        if not isinstance(branch, Group):
            continue
        for leaf in leaves(branch):
            if leaf.test and leaf.test.kind in ("at_most", "less_than"):
                below.setdefault(leaf.fact, set()).add(number)
            elif leaf.test and leaf.test.kind in ("at_least", "more_than"):
                above.setdefault(leaf.fact, set()).add(number)
    return {fact for fact in below if above.get(fact, set()) - below[fact]}


def _missing(checked: list[Checked]) -> list[Missing]:
    """What is still to be known, that which decides most first; ranks and quotas last, as nobody can tell them."""
    weights: dict[str, float] = {}
    first: dict[str, Leaf] = {}
    for condition in checked:
        if condition.state is not State.UNKNOWN:
            continue
        share = 1 / max(1, len({leaf.key for leaf in condition.deciding}))
        for key in {leaf.key for leaf in condition.deciding}:
            weights[key] = weights.get(key, 0) + share
        for leaf in condition.deciding:
            first.setdefault(leaf.key, leaf)
    order = list(first)
    missing = [Missing(first[key], weights[key]) for key in order]
    return sorted(
        missing, key=lambda m: (m.leaf.advance, bool(m.leaf.prose), -m.weight, order.index(m.leaf.key))
    )
