"""What is taken for granted where nothing is said, always named in the answer."""

from __future__ import annotations

import re
from datetime import date

from assistant.eligibility.catalogue import Entry
from assistant.eligibility.conditions import leaves, rows
from assistant.eligibility.engine import Judge
from assistant.eligibility.logic import State
from assistant.eligibility.profile import Profile
from assistant.eligibility.regions import OTHER_CITIES
from index.validity import status_on

_NOT_SPELT_OUT = re.compile(
    r"^(?:符合|合乎|达到|属于)?[^，。；（]{0,24}?(?:其他|具体|有关|相关|规定|政策|准入|租赁补贴|活动)[^，。；（]{0,12}?(?:条件|要求|规定|标准)(?:（[^）]*）)?$"
    r"|当次征集的时段内"
    r"|^按[^，。；（]{0,16}?(?:办法|规定|程序)(?:认定|评定|评选|办理)（[^）]*没有[^）]*）$"
    r"|^[^，。；（]{0,8}符合(?:相关|有关)?条件（[^）]*没有[^）]*）$"
)
_IN_TIME = re.compile(
    r"(?:施行|实施|有效|执行|计划)(?:期间|期内|有效期)|在[^，。；]{0,6}有效期内|发生在(20\d\d)年(\d{1,2})月(\d{1,2})日以?后"
)
_YEAR_SAID = re.compile(r"(?<!\d)(20[0-2]\d)年")
_PLACE_NOT_WRITTEN = re.compile(r"没有(?:另外?)?写明?(?:对?申请单位的?)?(?:注册地|登记地|所在地)")
_NOT_WRITTEN = re.compile(r"条文没有写明|没有写|哪一档")
_ELSEWHERE = re.compile(rf"外地|外省|外市|省外|{OTHER_CITIES}")
_HAD_BEFORE = re.compile(
    r"也没有报过|没有?(?:另外?|重复|再)?(?:领|享受|获得?|拿)过|没有另领|不再给|(?:以前|已经?)(?:已)?(?:纳入|享受|领取?)[^，。；]{0,12}不再|重复(?:资助|申报|享受|领取)"
)


def assume(profile: Profile, entry: Entry, judging: Judge, day: date, text: str) -> None:
    """Takes some statements of which nothing was said as kept, so that the answer can name them.

    Those that only say how a figure is counted, where figures were given and suffice; the outcome of applying (a review,
    an approval), which is no property of the applicant; that the same has not been received before, that the case is none
    of those out of the ordinary, and that nothing stands in for a fact; that it happens in the document's term, where no year before it was named; further
    requirements that the document does not spell out; that the applicant is from here, where the document does not say where it
    must be registered and no other place was named; last, what only the deciding body's judgement settles, where enough
    that can be looked up was told. A rank or quota is never taken for granted.
    """
    every = list(leaves(entry.tree))
    spoken = profile.confirmed | profile.denied | profile.not_known
    for leaf in every:
        if not leaf.prose or leaf.advance or leaf.key in spoken:
            continue
        if leaf.special or (leaf.beside and leaf.unsaid is None and not _NOT_WRITTEN.search(leaf.prose)):
            profile.assumed.add(leaf.key)
        elif leaf.negated:
            continue
        elif _PLACE_NOT_WRITTEN.search(leaf.prose):
            if not _ELSEWHERE.search(text):
                profile.assumed.add(leaf.key)
        elif leaf.procedure or _HAD_BEFORE.search(leaf.prose) or _NOT_SPELT_OUT.search(leaf.prose):
            profile.assumed.add(leaf.key)
        elif _IN_TIME.search(leaf.prose):
            if _in_time(leaf.prose, entry, day, text):
                profile.assumed.add(leaf.key)
        elif leaf.counting:
            told = [n for n in rows(entry.tree) if any(x.fact in profile.facts for x in leaves(n))]
            here = [n for n in told if any(x.clause_id == leaf.clause_id for x in leaves(n))]
            states = [judging.state(n) for n in here or told]
            if State.MET in states and State.UNKNOWN not in states:
                profile.assumed.add(leaf.key)
    _appraisals(profile, entry, judging, {x.key for x in every if x.appraised and not x.negated} - spoken)


def _appraisals(profile: Profile, entry: Entry, judging: Judge, keys: set[str]) -> None:
    """Judgements that are still to come count as favourable, but never for somebody who told little else.

    At least as many conditions must hold by what was told as rest on such judgements alone.
    """
    said = profile.facts.keys() | profile.confirmed | profile.denied
    conditions = list(rows(entry.tree))
    told = sum(
        judging.state(node) is State.MET and any(leaf.key in said for leaf in leaves(node))
        for node in conditions
    )
    if told >= sum(any(leaf.key in keys for leaf in leaves(node)) for node in conditions):
        profile.assumed |= keys


def _in_time(prose: str, entry: Entry, day: date, text: str) -> bool:
    """Whether all that was told may have happened in the term that a statement names, or else in the document's."""
    match = _IN_TIME.search(prose)
    start = (
        "-".join(part.zfill(2) for part in match.groups())
        if match and match[1]
        else entry.listing.get("effective")
    )
    years = [int(year) for year in _YEAR_SAID.findall(text)]
    if status_on(entry.listing, day) not in ("in_force", "open_ended"):
        return False
    return not start or (day.isoformat() >= start and all(year >= int(start[:4]) for year in years))
