"""Faults of statements in English, each a careless or misled change at one place of a true one."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from assistant.model_quantities import Quantity, quantities

# Kind → (what is replaced, by what).
SWAPS: dict[str, list[tuple[str, list[str]]]] = {
    "scale changed": [(r"(?<=\d )million", ["thousand", "billion"]), (r"(\d),000(?=\D)", [r"\1,000,000", r"\1"])],
    "unit changed": [
        (r"(?<=\d)%", [" percentage points", "‰"]), (r"\byears\b", ["months"]), (r"\bmonths\b", ["years", "days"]), (r"\bmu\b", ["square metres"]),
        (r"\bRMB\b", ["USD"]), (r"\bUSD\b", ["RMB"]),
    ],
    "limit word lost": [
        (r"(?:up to|no more than|no less than|at least|at most) (?=[\w\d])", [""]), (r"capped at (?=R)", [""]), (r"(?<!in principle )does not exceed", ["is"]),
        (r"within (?=\d)", [""]),
    ],
    "limit word swapped": [
        (r"up to|no more than|at most|capped at", ["at least", "more than", "less than"]), (r"at least|no less than", ["up to", "more than"]),
        (r"does not exceed", ["exceeds"]), (r"within", ["after"]),
    ],
    "limit word added": [
        (r"(?<=receive )RMB", ["up to RMB", "at least RMB", "about RMB"]), (r"(reward|subsidy) of (?=RMB)", [r"\1 of up to ", r"\1 of no less than "]),
        (r"\b(is|are|bears|add|receives) (?=\d|RMB)", [r"\1 up to ", r"\1 over "]), (r"(?<=year )(?=\d)", ["at least "]),
    ],
    "in principle lost or added": [
        (r"[Ii]n principle,? ", [""]), (r"\bgenerally ", [""]), (r"(?<=may receive )", ["in principle "]), (r"^(?=(?:An? |Enterprises )(?!.*in principle))", ["In principle, "]),
        (r"\babout (?=\d)", [""]), (r"(receives?) (?=RMB)", [r"\1 about "]),
    ],
    "negation dropped": [
        (r"may not", ["may"]), (r"\bis not\b", ["is"]), (r"\bare not\b", ["are"]), (r", not directly", [", directly"]), (r"\bunlisted\b", ["listed"]),
        (r"\bno other\b", ["other"]), (r"does not", ["does"]),
    ],
    "negation added": [
        (r"may (?!not)", ["may not "]), (r"must (?!not)", ["must not "]), (r"can (?!not)", ["cannot "]), (r"\bis (?!not|no)", ["is not "]),
        (r"\bare (?!not|no)", ["are not "]), (r"(?<=[a-z]) (receives?) ", [r" do not \1 "]),
    ],
    "must and may exchanged": [(r"\bmust\b", ["may", "can"]), (r"\bmay (?!not)", ["must "]), (r"\bcan\b", ["must"]), (r"\bshould\b", ["may"])],
    "subject swapped": [
        (r"\benterprises\b", ["individuals", "universities", "banks"]), (r"\benterprise\b", ["individual", "university"]), (r"\bCompanies\b", ["Individuals"]),
        (r"\byoung team\b", ["innovation team", "university"]), (r"\bproject leader\b", ["university"]), (r"\bkey project\b", ["general project"]),
        (r"\bgeneral project\b", ["key project"]), (r"\bstartup\b", ["large enterprise"]), (r"\bsmart factor(?:y|ies)\b", ["digital workshop", "future factory"]),
        (r"\bmaker space\b", ["incubator"]), (r"\bSMEs\b", ["large enterprises"]), (r"\btraining institutions\b", ["universities"]),
        (r"\bmedical and health projects\b", ["digital projects"]), (r"\bbanks\b", ["individuals"]), (r"\binnovation team\b", ["young team"]),
    ],
    "place swapped": [
        (r"\bXiaoshan\b", ["Binjiang", "Xihu", "Ningbo"]), (r"\bBinjiang\b", ["Yuhang", "Shangcheng"]), (r"\bHangzhou\b", ["Ningbo", "Zhejiang"]), (r"\bXihu\b", ["Xiaoshan"]),
    ],
    "body swapped": [
        (r"Science and Technology (?=Bureau|Commission)", ["Education ", "Commerce ", "Human Resources "]), (r"Finance Bureau", ["Tax Bureau", "Market Regulation Bureau"]),
        (r"\bmunicipal finance\b", ["provincial finance"]),
    ],
    "date shifted": [
        (r"\b(20\d)(\d)\b(?!〕)", [r"\g<1>9", r"\g<1>3"]), (r"\b(December|May|June)\b", ["January", "August"]), (r"\b(\d)(\d) (?=December|May|June)", [r"1\2 "]),
    ],
    "period swapped": [
        (r"(?:each|every|per) year|annual(?:ly)?|once a year", ["each month", "every quarter"]), (r"one-(?:off|time)", ["annual", "monthly"]),
        (r"for two consecutive years", ["for two years in total", "once"]), (r"previous year", ["next year", "current year"]),
    ],
    "and and or exchanged": [(r"(?<=[a-z]) and (?=[a-z])", [" or "]), (r"(?<=[a-z]) or (?=[a-z])(?!higher|above|a research)", [" and "]), (r", or (?=at)", [", and "])],
    "level swapped": [(r"\b[Mm]unicipal\b", ["provincial", "national"]), (r"\bnational(?:-level)?\b", ["provincial", "municipal"])],
    "narrowing word dropped": [
        (r"\bindependent ", [""]), (r"\bconsecutive ", [""]), (r"\bnewly ", [""]), (r"\bself-funded ", [""]), (r"\bRe-recognition", ["Recognition"]),
        (r"\baverage ", ["maximum "]), (r"\binnovative ", [""]), (r"\bhigh-tech (?=enterprise)", [""]),
    ],
}  # fmt: skip
_ADDED = [
    " The founder also receives a free apartment.", " Companies from other provinces may apply as well.", " It also exempts the applicant from income tax.",
    " Late applications are accepted in the following year.", " The money is paid within 3 days.", " Applicants may pick up the money at any bank.",
]  # fmt: skip
_PIECES = [", which is paid in monthly instalments", ", plus free office space", ", and individuals may apply too", ", including foreign companies", " without any review"]  # fmt: skip
_IN_FORCE = [
    " It is still in force.",
    " You can still apply.",
    " This policy remains valid.",
    " The measures are currently in force.",
]
_ENDED = [
    " It has expired.",
    " It is no longer in force.",
    " This policy has been repealed.",
    " It is no longer valid.",
]
_MADE_UP = [
    " It is valid until 31 December 2030.",
    " It remains in force until 2029.",
    " It expires on 30 June 2029.",
]
_AMOUNT = re.compile(r"(?<![〔\d.,])\d[\d,]*(?:\.\d+)?(?![\d,]*[〕号])(?= million|%|,000| [a-z])")


def faults(
    text: str, source: Sequence[str], status: str, article: bool, dice: Callable[[str], random.Random]
) -> Iterator[tuple[str, str]]:
    """Kinds of faults with their words.

    Args:
        text: the true statement.
        source: what its clauses say in Chinese.
        status: of its document on the day.
        article: whether it is known in which article it stands.
        dice: a generator for a purpose.
    """
    for kind, swaps in SWAPS.items():
        said = [
            text[: m.start()] + m.expand(other) + text[m.end() :]
            for pattern, others in swaps
            for m in re.finditer(pattern, text)
            for other in others
        ]
        said = [s for s in said if s != text]
        for chosen in dice(kind).sample(said, min(2, len(said))):
            yield kind, chosen
    places = [m for m in _AMOUNT.finditer(text) if not re.fullmatch(r"20\d\d", m[0])]
    if places:
        match = dice("figure").choice(places)
        value = float(match[0].replace(",", ""))
        new = dice("new figure").choice([value * 2, value * 3, value + 1, value + 10, value * 10])
        yield "figure changed", f"{text[: match.start()]}{new:,g}{text[match.end() :]}"
    yield from _borrowed(text, source, dice("borrowed"))
    if len(places) > 1:
        one, two = dice("exchanged").sample(places, 2)
        one, two = sorted((one, two), key=lambda m: m.start())
        if one[0] != two[0]:
            said_so = (
                text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]
            )
            yield "figures exchanged", said_so
    yield "sentence added", text + dice("sentence").choice(_ADDED)
    yield "words added", text.rstrip(".") + dice("words").choice(_PIECES) + "."
    wrong = {"in_force": _ENDED, "expired": _IN_FORCE, "superseded": _IN_FORCE}.get(
        status, _IN_FORCE + _ENDED
    )
    yield "false word on validity", text + dice("validity").choice(wrong)
    yield "made-up end", text + dice("end").choice(_MADE_UP)
    yield "document number made up", text.rstrip(".") + " (杭科资〔2031〕99号)."
    if article:
        yield (
            "article made up",
            f"Under Article {dice('article').choice([41, 52, 66])}, " + text[0].lower() + text[1:],
        )


def _borrowed(text: str, source: Sequence[str], dice: random.Random) -> Iterator[tuple[str, str]]:
    """Another amount or share of the same clause in the place of one."""
    held: list[Quantity] = [q for words in source for q in quantities(words)]
    for unit, pattern, form in (
        ("元", r"RMB [\d,.]+(?: million| billion)?(?<![.,])", lambda v: f"RMB {float(v):,.0f}"),
        ("%", r"\d+(?:\.\d+)?%", lambda v: f"{v}%"),
        ("年", r"\b(?:\d+|two|three|five) years", lambda v: f"{v} years"),
    ):
        places = list(re.finditer(pattern, text))
        said = {form(q.value) for q in held if q.unit == unit}
        for match in places[:1]:
            others = sorted(s for s in said if not _same(s, match[0]))
            if others:
                yield (
                    "figure of the same clause in its place",
                    text[: match.start()] + dice.choice(others) + text[match.end() :],
                )


def _same(one: str, other: str) -> bool:
    def value(text: str) -> float:
        number = re.search(r"[\d,.]*\d", text)
        scale = 10**6 if "million" in text else 10**9 if "billion" in text else 1
        words = {"two": 2, "three": 3, "five": 5}
        return float(number[0].replace(",", "")) * scale if number else words[text.split()[0]]

    return value(one) == value(other)
