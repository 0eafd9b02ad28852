"""Figures that lie apart in one table: two districts side by side, which has the most, two indicators of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langchain_core.documents import Document

from assistant.sides import PART
from assistant.tables import words_wanted
from assistant.understanding import Understanding
from index.query import content_terms
from index.search import Searcher
from index.store import StoredClause
from index.tokens import terms

_WHICH = r"(?:哪[一]?(?:个|些|家|所)?[^，,。；;？?]{0,14}?|谁[^，,。；;？?]{0,8}?)"
_MOST = re.compile(
    rf"{_WHICH}(?:最[多高大强重好快]|第一|排头|领先)|(?:最[多高大强重快]|第一)的[^，,。；;？?]{{0,10}}?(?:哪|谁)"
)
_LEAST = re.compile(
    rf"{_WHICH}(?:最[少低小轻慢差]|垫底|末位|倒数第一)|(?:最[少低小轻慢]|垫底)的[^，,。；;？?]{{0,10}}?(?:哪|谁)"
)
# Whose figure is asked for, and how figures compare, are in no label.
_NOT_OF_LABEL = re.compile(
    r"哪[一]?(?:个|些|家|所)?(?:区县|区|县|市|地方|地区|边)?|谁|(?:哪[个家边里]?|谁|更|最)[多高大强重少低小轻]|多少|两边|分别|那个|垫底|第一|排头|领先|末位|倒数"
)
_OF_ALL = re.compile(r"^(?:全市.*|全省.*|市本级|本级|省级?|合计|总计|小计|平均.*|其他|.*目标)$")
_IN_ALL = re.compile(r"合计|总计|小计|总数")
_NO_DISTRICT = "大学|风景|实验室|学院|中学|大道|高新"  # behind a district's bare name
_BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PLACES_LEAST = 3  # of a table, for its rows or columns to be districts
_NEAR = 5  # results among which the table must be
_OF_LABEL = 0.5  # of a label, that a question must say
_OF_ASKED = 0.25  # of what is asked, that the label and the table's title must say
_COMPARED = 2  # districts named, from which they are set against each other, not against all
_LEADERS = 2  # of a ranking, that are told


@dataclass(frozen=True, slots=True)
class _Indicator:
    """A column of figures, or a row of them where the columns are districts."""

    label: str
    values: dict[str, tuple[float, str]]  # by district or firm: the figure, and the id of its row


def figures_apart(
    understanding: Understanding, documents: Sequence[Document], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """Figures that stand in several cells of one table, where a question asks for them together.

    Returns:
        A statement and the ids of the rows; None if nothing of the kind is asked or no table found has it.
    """
    asked = understanding.hints.corrected
    places = understanding.hints.places
    most, least = _MOST.search(asked), _LEAST.search(asked)
    if not (most or least or places):
        return None
    for table in _tables(documents[:_NEAR], searcher):
        across, indicators = _indicators(table, searcher)
        title = searcher.documents[table.document_id].title
        name = table.heading or title
        fitting = _fitting(indicators, f"{title} {name}", understanding)
        if not fitting:
            continue
        ranking = most or least
        held = _said_of(fitting[0], asked)
        if ranking and len(places) < _COMPARED:
            return _leaders(name, *_ranked(fitting, ranking, understanding), bool(most), held)
        if not held or not set(places) <= set(held):
            continue
        told = _asked_for(fitting, asked, understanding) or fitting[:1]
        told = [i for i in told if all(p in i.values for p in held)]
        if told and len(held) > 1:
            return _beside(name, told, held)
        if across and len(told) > 1:
            said = "；".join(f"{i.label}{_figure(i.values[held[0]][0])}" for i in told)
            return f"{name}：{held[0]}{said}。", [i.values[held[0]][1] for i in told]
    return None


def _said_of(indicator: _Indicator, asked: str) -> list[str]:
    """The districts with a figure that a question names, in its order; beside another the bare name does (西湖和滨江)."""
    at = {}
    for place in indicator.values:
        found = re.search(f"{re.escape(place[:-1])}(?!{_NO_DISTRICT})", asked)
        if len(place) > 2 and found:
            at[place] = found.start()
    return sorted(at, key=lambda place: at[place])


def _tables(documents: Sequence[Document], searcher: Searcher) -> Iterator[StoredClause]:
    """The tables found, by themselves or by a row, each once."""
    seen: set[str] = set()
    for document in documents:
        clause = searcher.store.clause(document.metadata["clause_id"])
        if clause is not None and clause.kind == "row":
            clause = searcher.store.clause(f"{clause.document_id}#{clause.parent}")
        if clause is not None and clause.kind == "table" and clause.clause_id not in seen:
            seen.add(clause.clause_id)
            yield clause


def _indicators(table: StoredClause, searcher: Searcher) -> tuple[bool, list[_Indicator]]:
    """Whether districts are the columns of a table, and its figures by indicator."""
    rows = searcher.store.rows(table)
    heads = list(dict.fromkeys(head for row in rows for head in row.cells))
    columns = {head: found[0] for head in heads if len(found := searcher.analyser.places_in(head)) == 1}
    if len(columns) >= _PLACES_LEAST:
        out = []
        for row in rows:
            label = next((v for v in row.cells.values() if isinstance(v, str)), "")
            values = {
                place: (float(value), row.clause_id)
                for head, place in columns.items()
                if isinstance(value := row.cells.get(head), float)
            }
            out.append(_Indicator(label, values))
        return True, out
    names = _names(rows, searcher)
    out = []
    for head in heads:
        values = {
            names[row.clause_id]: (float(value), row.clause_id)
            for row in rows
            if row.clause_id in names and isinstance(value := row.cells.get(head), float)
        }
        if len(values) >= _PLACES_LEAST:
            out.append(_Indicator(head, values))
    return False, out


def _names(rows: Sequence[StoredClause], searcher: Searcher) -> dict[str, str]:
    """What each row is of, by its id: a district by its present name; rows on the whole left out.

    Documents print a row twice now and then; it counts once, and not at all if its figures differ.
    """
    said = {row.clause_id: next((v for v in row.cells.values() if isinstance(v, str)), "") for row in rows}
    said = {i: name for i, name in said.items() if name and not _OF_ALL.match(name)}
    places = {i: found[0] for i, name in said.items() if len(found := searcher.analyser.places_in(name)) == 1}
    named = places if len(places) > len(said) / 2 else said
    printed: dict[str, list[StoredClause]] = {}
    for row in rows:
        if row.clause_id in named:
            printed.setdefault(named[row.clause_id], []).append(row)
    return {some[0].clause_id: name for name, some in printed.items() if len({r.text for r in some}) == 1}


def _fitting(indicators: list[_Indicator], title: str, understanding: Understanding) -> list[_Indicator]:
    """The indicators whose label the question says, best first, where label and title say what is asked."""
    wanted = words_wanted(understanding)
    years = set(understanding.hints.years)
    own_words = _NOT_OF_LABEL.sub(" ", _without_places(understanding))
    asked = {t for t in content_terms(own_words) if len(t) > 1 and not t[0].isdigit()}
    scored = []
    for indicator in indicators:
        of_label = _label_terms(indicator)
        whole = {t for t in of_label if _IN_ALL.search(t)}
        in_label, in_title = set(_YEAR.findall(indicator.label)), set(_YEAR.findall(title))
        if not of_label or (years and (in_label or in_title) and not years & (in_label or in_title)):
            continue
        share = len(of_label & wanted | whole) / len(of_label)
        said = of_label | set(terms(title))
        for expansion in understanding.hints.expansions:
            official = set(terms(expansion.target))
            if len(official & of_label) >= _OF_LABEL * min(len(official), len(of_label)):
                said |= set(terms(expansion.word))
        told = len(asked & said) / len(asked) if asked else 0.0
        if share >= _OF_LABEL and told >= _OF_ASKED:
            scored.append((share, len(of_label & wanted), indicator))
    return [indicator for _, _, indicator in sorted(scored, key=lambda s: (-s[0], -s[1]))]


def _without_places(understanding: Understanding) -> str:
    text = understanding.hints.corrected
    for place in understanding.hints.places:
        for name in (place, place[:-1]):
            text = text.replace(name, " ")
    return text


def _asked_for(
    fitting: list[_Indicator], text: str, understanding: Understanding, least: float = 0.0
) -> list[_Indicator]:
    """The indicators that a text asks for: the best, and others that say something of it which those before do not.

    Args:
        fitting: the indicators to choose from, best first.
        text: the question or a part of it.
        understanding: the question, for the official words of the text's everyday ones.
        least: share of a label that the text must say.
    """
    said = set(terms(text))
    for expansion in understanding.hints.expansions:
        if expansion.word in text:
            said |= set(terms(expansion.target))
    out: list[_Indicator] = []
    covered: set[str] = set()
    for indicator in sorted(fitting, key=lambda i: -len(_label_terms(i) & said)):
        of_label = _label_terms(indicator)
        new = (of_label & said) - covered
        share = len(of_label & said) / len(of_label)
        if new and share >= least:
            out.append(indicator)
            covered |= of_label
    return out


def _ranked(
    fitting: list[_Indicator], ranking: re.Match[str], understanding: Understanding
) -> tuple[list[_Indicator], list[_Indicator]]:
    """The indicators in which the greatest is asked for, and those asked for beside: of who is the greatest."""
    asked = understanding.hints.corrected
    behind = PART.search(asked, ranking.end())
    end = behind.start() if behind else len(asked)
    ranked = _asked_for(fitting, asked[:end], understanding) or fitting[:1]
    beside = _asked_for(fitting, asked[end:], understanding, _OF_LABEL) if behind else []
    return ranked, [i for i in beside if i not in ranked]


def _leaders(
    name: str, ranked: list[_Indicator], beside: list[_Indicator], most: bool, named: Sequence[str]
) -> tuple[str, list[str]]:
    """Who has the most, or least, with who follows; all of several alike; and the figure of a district named."""
    parts, ids = [], []
    for indicator in ranked:
        order = sorted(indicator.values.items(), key=lambda item: -item[1][0] if most else item[1][0])
        best = order[0][1][0]
        first = [item for item in order if item[1][0] == best]
        rest = [item for item in order if item[1][0] != best][: _LEADERS - 1]
        said = "、".join(f"{who}{_figure(value)}{_also(who, beside)}" for who, (value, _) in first)
        after = "".join(f"，其次是{who}{_figure(value)}" for who, (value, _) in rest)
        asked = [p for p in named if p in indicator.values and p not in dict([*first, *rest])]
        after += "".join(f"，{place}{_figure(indicator.values[place][0])}" for place in asked)
        parts.append(f"{indicator.label}{'最高' if most else '最低'}的是{said}{after}")
        ids += [i for _, (_, i) in [*first, *rest]] + [indicator.values[place][1] for place in asked]
    return f"{name}：{'；'.join(parts)}。", list(dict.fromkeys(ids))


def _also(who: str, beside: list[_Indicator]) -> str:
    """What else was asked of someone, in brackets."""
    told = "，".join(f"{i.label}{_figure(i.values[who][0])}" for i in beside if who in i.values)
    return f"（{told}）" if told else ""


def _beside(name: str, indicators: list[_Indicator], places: Sequence[str]) -> tuple[str, list[str]]:
    """The figures of some districts, and which of them is the highest."""
    parts, ids = [], []
    for indicator in indicators:
        values = {place: indicator.values[place] for place in places}
        said = "，".join(f"{place}{_figure(value)}" for place, (value, _) in values.items())
        top = max(value for value, _ in values.values())
        highest = [place for place, (value, _) in values.items() if value == top]
        same = "，一样" if len(highest) == len(values) else ""
        parts.append(f"{indicator.label}：{said}{f'，{highest[0]}更高' if len(highest) == 1 else same}")
        ids += [i for _, i in values.values()]
    return f"{name}：{'；'.join(parts)}。", list(dict.fromkeys(ids))


def _label_terms(indicator: _Indicator) -> set[str]:
    """The terms of a label, year and unit left out."""
    found = terms(_YEAR.sub(" ", _BRACKETED.sub(" ", indicator.label)))
    return {term for term in found if len(term) > 1}


def _figure(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
