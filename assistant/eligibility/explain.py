"""A verdict in words and as the contract's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.eligibility.benefit import Amount, benefits
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import Group, Leaf, leaves, unit_of
from assistant.eligibility.engine import Checked, Outcome, met_by
from assistant.eligibility.logic import State
from assistant.eligibility.numbers import NEVER, Range
from assistant.eligibility.showing import plain, shown
from assistant.eligibility.values import Value
from ingest.knowledge import Fact
from ingest.text import chinese_date

STATE_WORDS = {State.MET: "符合", State.NOT_MET: "不符合", State.UNKNOWN: "还不知道"}
NO_RESULT = "“还不能判断”不等于不符合。"
_MOST_NAMED = 6
MET = "对照条文："  # begins the sentence with the figures that were met


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of conditions."""

    condition: str
    given: str
    state: str
    clause_id: str


def explained(outcome: Outcome, catalogue: Catalogue) -> str:
    """The verdict in Chinese: first the verdict, then what decides it, what is given, and that it is no official word."""
    return "\n".join(sentences(outcome, catalogue))


def sentences(outcome: Outcome, catalogue: Catalogue) -> list[str]:
    """`explained`, sentence by sentence."""
    out = [_verdict(outcome)]
    held = [
        f"{f.text}（您说的是{given_words(f, outcome, catalogue)}）" for f in figures_held(outcome, catalogue)
    ]
    if held:
        out.append(f"{MET}{'；'.join(held)}。")
    out += [f"不符合：{_failed(c, outcome, catalogue)}" for c in outcome.failed]
    if outcome.verdict == "undetermined":
        named = [_asked(m.leaf) for m in outcome.missing]
        more = f"；另有{len(named) - _MOST_NAMED}项" if len(named) > _MOST_NAMED else ""
        out.append(f"还要知道：{'；'.join(named[:_MOST_NAMED])}{more}。{NO_RESULT}")
    amounts = benefits(outcome.entry, outcome.profile, outcome.day, catalogue)
    if outcome.verdict != "not_eligible" and amounts:
        lead = "可得" if outcome.verdict == "eligible" else "如果符合，可得"
        out.append(lead + "：" + benefit_words(amounts[0]))
        stacking = outcome.entry.programme.stacking
        if stacking:
            out.append(f"叠加：{stacking.text}。")
    out += _assumptions(outcome) if outcome.verdict != "not_eligible" else _taken_not_to_hold(outcome)
    out.append(disclaimer(outcome))
    return out


def figures_held(outcome: Outcome, catalogue: Catalogue) -> list[Leaf]:
    """The tests of figures by which an applicant meets all conditions, as far as the figures were told."""
    if outcome.verdict != "eligible":
        return []
    facts = outcome.profile.facts
    met = [leaf for leaf in met_by(outcome, catalogue) if leaf.fact in facts]
    return list(dict.fromkeys(leaf for leaf in met if isinstance(facts[leaf.fact].value, Range)))


def _assumptions(outcome: Outcome) -> list[str]:
    """What the verdict takes for granted, and what is still to come."""
    out = []
    taken = [c for c in outcome.conditions if c.assumed]
    sanctions = [_bare(c.text) for c in taken if any(x.unsaid is not None for x in leaves(c.node))]
    later = [c.text for c in taken if any(x.procedure and x.unsaid is None for x in leaves(c.node))]
    judged = [c.text for c in taken if c.text not in later and any(x.appraised for x in leaves(c.node))]
    named = {*later, *judged}
    counted = [c.text for c in taken if c.text not in named and _bare(c.text) not in sanctions]
    if judged:
        out.append(f"下列要由主管部门评定，这里按达到算：{'；'.join(judged)}。")
    if counted:
        out.append(f"以上按下列情形计，如有不同请说明：{'；'.join(counted)}。")
    if sanctions:
        out.append(f"以上按没有下列情形计，如有请说明：{'；'.join(sanctions)}。")
    if later:
        out.append(f"申报后还须：{'；'.join(later)}。")
    return out


def _taken_not_to_hold(outcome: Outcome) -> list[str]:
    """What would have met a condition that fails, had the applicant said that it is so."""
    besides = [
        leaf.text
        for checked in outcome.failed
        for leaf in leaves(checked.node)
        if leaf.beside and leaf.key in outcome.profile.assumed
    ]
    return [f"以上按没有下列情形计，如有请说明：{'；'.join(dict.fromkeys(besides))}。"] if besides else []


def _verdict(outcome: Outcome) -> str:
    name = outcome.entry.programme.name
    if outcome.verdict == "eligible":
        said = f"按您说的情况，符合“{name}”的条件"
    elif outcome.verdict == "not_eligible":
        said = f"按您说的情况，不符合“{name}”的条件"
    else:
        said = f"还不能判断是否符合“{name}”的条件"
    return f"{said}{_time(outcome)}"


def _time(outcome: Outcome) -> str:
    """Whether the document holds on the day, beside the verdict."""
    if outcome.validity in ("expired", "superseded"):
        ended = chinese_date(outcome.ended)
        until = f"于{ended}失效" if outcome.validity == "expired" else "已被新的文件取代"
        return f"；但该政策{until}，按{chinese_date(outcome.day.isoformat())}不能再据此申报。"
    if outcome.validity == "not_yet":
        return f"；但该政策{chinese_date(outcome.entry.listing.get('effective'))}才开始施行。"
    return "。"


def _failed(checked: Checked, outcome: Outcome, catalogue: Catalogue) -> str:
    parts = []
    for leaf in dict.fromkeys(checked.deciding):
        given = given_words(leaf, outcome, catalogue)
        parts.append(f"要求{leaf.text}" + (f"，您说的是{given}" if given else ""))
    return "；或".join(parts) + "。"


def _asked(leaf: Leaf) -> str:
    return leaf.text + ("（要等主管部门评定或排出来，事先无法知道）" if leaf.advance else "")


def _bare(text: str) -> str:
    return text.removeprefix("不属于：")


def given_words(leaf: Leaf, outcome: Outcome, catalogue: Catalogue) -> str:
    """What was said about a test, with the arithmetic where it was worked out; "" if nothing was."""
    known = outcome.profile.facts.get(leaf.fact) if leaf.fact else None
    if known is not None:
        value = shown(catalogue.facts[leaf.fact], known.value)
        if isinstance(known.value, bool):
            said = known.words if len(known.words) > 1 else ""
            return f"“{said}”" if said else value
        if known.how:
            return known.how if value in known.how else f"{value}（{known.how}）"
        return value
    if leaf.prose and {leaf.key, leaf.clause_id} & outcome.profile.denied:
        return "不是这样"
    if leaf.prose and {leaf.key, leaf.clause_id} & outcome.profile.confirmed:
        return "说到了"
    return ""


def disclaimer(outcome: Outcome) -> str:
    """That this is no official determination, with whom it is decided by and how one applies."""
    apply = outcome.entry.programme.apply
    who = (
        (apply.department if apply else None)
        or "、".join(outcome.entry.listing.get("issuers") or [])
        or "主管部门"
    )
    how = f"；{apply.how}" if apply else ""
    return f"这是按条文作的测算，不是官方认定，以{who}审核为准{how}。"


def benefit_words(amount: Amount) -> str:
    """A benefit in one sentence with its arithmetic."""
    parts = [amount.text.rstrip("。")]
    if amount.arithmetic and amount.arithmetic not in amount.text:
        parts.append(
            f"测算：{amount.arithmetic}"
            + ("（上限，实际以核定为准）" if amount.upper and amount.amount else "")
        )
    if amount.shares:
        parts.append(f"资金分担：{amount.shares}")
    return "；".join(parts) + "。"


def table(outcome: Outcome, catalogue: Catalogue) -> list[Row]:
    """The conditions, one line each: required, given, state, clause."""
    out = []
    for checked in outcome.conditions:
        several = isinstance(checked.node, Group)
        given = []
        for leaf in leaves(checked.node):
            words = given_words(leaf, outcome, catalogue)
            name = catalogue.facts[leaf.fact].name if leaf.fact else leaf.prose
            if words:
                given.append(f"{name}：{words}" if several else words)
        state = STATE_WORDS[checked.state] + ("（按此计，未说明）" if checked.assumed else "")
        out.append(Row(checked.text, "；".join(dict.fromkeys(given)), state, _clause(checked)))
    return out


def _clause(checked: Checked) -> str:
    lead = [*checked.deciding, *leaves(checked.node)]
    return next((leaf.clause_id for leaf in lead if leaf.clause_id), "")


def eligibility_json(outcome: Outcome, catalogue: Catalogue) -> dict[str, Any]:
    """The contract's `eligibility`."""
    amounts = benefits(outcome.entry, outcome.profile, outcome.day, catalogue)
    return {
        "programme": outcome.entry.programme.id,
        "name": outcome.entry.programme.name,
        "verdict": outcome.verdict,
        "in_force": outcome.in_force,
        "validity": outcome.validity,
        "ended": outcome.ended,
        "as_of": outcome.day.isoformat(),
        "conditions": [_condition_json(c, outcome, catalogue) for c in outcome.conditions],
        "missing": [
            {
                "fact": m.leaf.fact or None,
                "ask": catalogue.facts[m.leaf.fact].ask if m.leaf.fact else f"{m.leaf.prose}——是这样吗？",
                "key": m.leaf.key,
                "known_in_advance": not m.leaf.advance,
                "clause_id": m.leaf.clause_id,
            }
            for m in outcome.missing
        ],
        "benefit": amounts[0].to_json() if amounts else None,
        "benefits": [amount.to_json() for amount in amounts],
        "facts_read": outcome.profile.read(),
        "official": False,
    }


def _condition_json(checked: Checked, outcome: Outcome, catalogue: Catalogue) -> dict[str, Any]:
    tests = list(dict.fromkeys(checked.deciding or leaves(checked.node)))
    facts = list(dict.fromkeys(leaf.fact for leaf in tests if leaf.fact))
    given = [_given_json(catalogue.facts[f], v) for f in facts if (v := outcome.profile.value(f)) is not None]
    return {
        "text": checked.text,
        "required": " or ".join(leaf.required for leaf in tests),
        "given": "; ".join(given) or None,
        "state": checked.state.value,
        "clause_id": _clause(checked),
        "facts": facts,
        "prose": all(leaf.prose for leaf in tests),
        "assumed": checked.assumed,
    }


def _given_json(fact: Fact, value: Value) -> str:
    """A given value with its unit in signs: `1900000 CNY`, `>= 800000 CNY and < 900000 CNY`, `true`."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, Range) or value == NEVER:
        return shown(fact, value)
    unit = unit_of(fact)
    if value.exact is not None:
        return f"{plain(value.exact)} {unit}".strip()
    ends = [(">" if value.low_open else ">=", value.low), ("<" if value.high_open else "<=", value.high)]
    return " and ".join(f"{sign} {plain(end)} {unit}".strip() for sign, end in ends if end is not None)
