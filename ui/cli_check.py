"""The command `hangce check`: whether an applicant qualifies, without the chat."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.errors import HangceError, InputError

if TYPE_CHECKING:
    from assistant.eligibility.catalogue import Catalogue
    from assistant.eligibility.engine import Outcome
    from assistant.eligibility.portfolio import Candidate, Portfolio
    from assistant.eligibility.profile import Profile

_LISTED = 20  # of each kind in a portfolio


@click.command()
@click.argument("words", nargs=-1)
@click.option(
    "--facts", "given", multiple=True, help="A YAML or JSON file of facts, or fact=value; may be repeated."
)
@click.option("--as-of", metavar="DATE", help="Day for validity and ages (YYYY-MM-DD; default today).")
@click.option("--confirm", is_flag=True, help="Take every condition that only a person can confirm as met.")
@click.option("--list", "listing", is_flag=True, help="List the programmes (those with the words, if any).")
@click.option("--district", help="Only programmes of this district and of the whole city (portfolio).")
@click.option(
    "--applicant",
    type=click.Choice(["enterprise", "person", "team", "institution", "park", "fund", "bank", "government"]),
    help="Only programmes for this kind of applicant (portfolio).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Where the index lives (or HANGCE_HOME; default .hangce).",
)
def check(
    words: tuple[str, ...],
    given: tuple[str, ...],
    as_of: str | None,
    confirm: bool,
    listing: bool,
    district: str | None,
    applicant: str | None,
    as_json: bool,
    home: str | None,
) -> None:
    """Judge facts against a programme, or against all.

    hangce check young-eagle-2020 employees=35 rnd_increase=190万

    WORDS are a programme's id or name and facts as fact=value, in any order. Amounts may be written as people say
    them (190万, 4.6%, 两年半, 不到5家). Without a programme, all programmes are ranked for the facts.
    """
    from assistant.eligibility.catalogue import Catalogue
    from index.home import Home

    catalogue = Catalogue.read(Home(home).current())
    names = [w for w in words if "=" not in w]
    if listing:
        _print_list(catalogue, " ".join(names), as_json)
        return
    pairs = [w for w in words if "=" in w] + list(given)
    day = _day(as_of)
    if len(names) > 1:
        raise click.UsageError(f"give one programme, not {len(names)} ({', '.join(names)})")
    profile = _profile(pairs, catalogue, day)
    if names:
        _check_one(names[0], profile, day, confirm, catalogue, as_json)
    elif profile.facts:
        _check_all(profile, day, district, applicant, catalogue, as_json)
    else:
        raise click.UsageError("give a programme, or facts as fact=value; --list shows the programmes")


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise click.UsageError(f"{text!r} is no date; write it as YYYY-MM-DD, e.g. 2026-11-20") from None


# --- facts ---


def _profile(pairs: list[str], catalogue: Catalogue, day: date) -> Profile:
    """The facts of files and of fact=value, later ones before earlier."""
    from assistant.eligibility.given import profile_given

    facts: dict[str, Any] = {}
    for item in pairs:
        facts |= _read(item)
    return profile_given(facts, catalogue, day)


def _read(item: str) -> Mapping[str, Any]:
    """One fact=value, or the facts of a file.

    Raises:
        InputError: the file cannot be read, or does not hold facts by name.
    """
    path = Path(item)
    if "=" in item and not path.is_file():
        name, _, value = item.partition("=")
        return {name.strip(): value.strip()}
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))  # JSON is YAML
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            item, f"cannot be read ({error})", "give a YAML or JSON file, or fact=value"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(item, "no valid YAML or JSON", "one `fact: value` per line") from error
    if not isinstance(data, dict) or not all(isinstance(name, str) for name in data):
        raise InputError(item, "does not hold facts by name", "one `fact: value` per line")
    return data


# --- one programme ---


def _check_one(
    name: str, profile: Profile, day: date, confirm: bool, catalogue: Catalogue, as_json: bool
) -> None:
    from assistant.eligibility.explain import eligibility_json, explained, table
    from assistant.eligibility.given import judge_given

    outcome = judge_given(catalogue.find(name), profile, day, catalogue, confirm)
    if as_json:
        click.echo(json.dumps(eligibility_json(outcome, catalogue), ensure_ascii=False, indent=2))
        return
    click.echo(explained(outcome, catalogue))
    click.echo("\n条件：")
    for row in table(outcome, catalogue):
        given = f"（{row.given}）" if row.given else ""
        click.echo(f"  [{row.state}] {row.condition}{given}  {row.clause_id}")
    _print_questions(outcome, catalogue)


def _print_questions(outcome: Outcome, catalogue: Catalogue) -> None:
    asked = [m.leaf for m in outcome.missing if m.leaf.fact and not m.leaf.advance]
    if asked:
        click.echo("\n可以补充：")
    for leaf in asked:
        click.echo(f"  {leaf.fact}=…  {catalogue.facts[leaf.fact].ask}")


# --- all programmes ---


def _check_all(
    profile: Profile,
    day: date,
    district: str | None,
    applicant: str | None,
    catalogue: Catalogue,
    as_json: bool,
) -> None:
    from assistant.eligibility.portfolio import portfolio

    if district is not None:
        known = catalogue.regions.known(district)
        if known is None:
            raise HangceError(f"no district {district!r} — one of {'、'.join(catalogue.regions.districts)}")
        district = known
    found = portfolio(catalogue, profile, day, district, applicant)
    if as_json:
        click.echo(json.dumps(_portfolio_json(found, day, catalogue), ensure_ascii=False, indent=2))
        return
    for title, candidates in _parts(found):
        click.echo(f"{title}（{len(candidates)}）")
        for candidate in candidates[:_LISTED]:
            click.echo(f"  {_line(candidate)}")
        if len(candidates) > _LISTED:
            click.echo(f"  另有{len(candidates) - _LISTED}项，--json 可全部列出")
    for stack in found.stacks:
        click.echo(f"不能叠加：{stack.best} 与 {'、'.join(stack.displaced)}（{stack.remark}）")
    click.echo("以上是按条文作的测算，不是官方认定；没有列出不等于不符合。")


def _parts(found: Portfolio) -> list[tuple[str, list[Candidate]]]:
    return [
        ("符合条件", found.eligible),
        ("只差一项", found.nearly),
        ("还要再了解", found.open),
        ("文件已失效或未生效", found.expired),
    ]


def _line(candidate: Candidate) -> str:
    outcome = candidate.outcome
    parts = [f"{candidate.id}  {outcome.entry.programme.name}"]
    if candidate.main and candidate.main.arithmetic:
        parts.append(candidate.main.arithmetic)
    if candidate.distance:
        parts.append(f"{outcome.failed[0].text}，{candidate.distance}")
    if outcome.verdict == "undetermined":
        parts.append(f"还缺{len(outcome.missing)}项")
    if outcome.ended:
        parts.append(f"{outcome.ended}止")
    return "；".join(parts)


def _portfolio_json(found: Portfolio, day: date, catalogue: Catalogue) -> dict[str, Any]:
    from assistant.eligibility.explain import eligibility_json

    return {
        "as_of": day.isoformat(),
        **{
            name: [
                {**eligibility_json(c.outcome, catalogue), "distance": c.distance or None}
                for c in getattr(found, name)
            ]
            for name in ("eligible", "nearly", "open", "expired")
        },
        "not_eligible": found.not_eligible,
        "not_additive": [
            {"best": s.best, "displaced": list(s.displaced), "remark": s.remark, "clause_id": s.clause_id}
            for s in found.stacks
        ],
    }


def _print_list(catalogue: Catalogue, words: str, as_json: bool) -> None:
    bodies = catalogue.listed(words)
    if as_json:
        shown = [
            {
                "id": body["id"],
                "name": body["name"],
                "applicant": body["applicant"],
                "document_id": body["document_id"],
                "title": catalogue.listing_of(body)["title"],
                "expires": catalogue.listing_of(body)["expires"],
                "facts": catalogue.entry(body["id"]).facts,
            }
            for body in bodies
        ]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for body in bodies:
        listing = catalogue.listing_of(body)
        number = (listing["doc_numbers"] or [listing["title"]])[0]
        ends = f"，至{listing['expires']}" if listing["expires"] else ""
        click.echo(f"{body['id']}  {body['name']}（{number}{ends}）")
    if not bodies:
        click.echo(f"没有名称或文件含“{words}”的项目。" if words else "没有项目。")
