"""资格自测: questions one at a time or a description, and which programmes fit. Its state is kept by the browser alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from assistant.eligibility.catalogue import Catalogue, Entry, catalogue_in, chosen
from assistant.eligibility.dialogue import Dialogue, Question, answered, corrected, next_question
from assistant.eligibility.engine import judge
from assistant.eligibility.portfolio import portfolio
from assistant.eligibility.reading import read_facts
from index.validity import status_on
from ingest.errors import HangceError
from ingest.knowledge import ApplicantKind
from ui.places.check_view import left_html, programme_html, result_html
from ui.places.english_facts import option_in
from ui.places.frame import PREFIX, Here, here, lost, page
from ui.problems import Refused
from ui.server import Ground
from ui.wording import Lang, say

KINDS: tuple[ApplicantKind, ...] = get_args(ApplicantKind)
_MOST_WORDS = 2000
_ASKABLE = ("in_force", "open_ended", "unknown", "not_yet")


class Step(BaseModel):
    """One step of somebody's check: what is known so far, and what they did."""

    model_config = ConfigDict(extra="forbid")

    act: Literal["show", "read", "answer", "correct", "forget", "unsay", "stop", "go_on", "over"]
    state: dict[str, Any] | None = None
    programme: str | None = Field(None, max_length=120)
    kind: ApplicantKind | None = None
    district: str | None = Field(None, max_length=40)
    words: str = Field("", max_length=_MOST_WORDS)
    key: str = Field("", max_length=1000)
    fact: str = Field("", max_length=120)
    number: int = Field(1, ge=1, le=10_000)
    stopped: bool = False


class Part(Catalogue):
    """A catalogue of which only some programmes are asked about."""

    def __init__(self, whole: Catalogue, entries: Sequence[Entry]) -> None:
        self.__dict__.update(vars(whole))
        self._part = list(entries)

    def entries(self) -> list[Entry]:
        """The programmes asked about."""
        return self._part


class Programmes:
    """The catalogue of the index that is served, read when it is first needed."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def get(self) -> Catalogue:
        """The catalogue.

        Raises:
            Refused: the index holds no programmes (503).
        """
        try:  # of the present index: a new build may have come since
            return catalogue_in(self._ground.answering.assistant.searcher.generation.folder)
        except HangceError as error:
            raise Refused(503, str(error)) from error

    def held(self) -> Catalogue | None:
        """The catalogue, or None where the index holds no programmes."""
        try:
            return self.get()
        except Refused:
            return None


def check_router(ground: Ground, lang: Lang, programmes: Programmes) -> APIRouter:
    """The routes of the self-check in one language."""
    router = APIRouter(prefix=PREFIX[lang], include_in_schema=False)
    run = ground.answering.run

    def whole(at: Here, programme: str | None) -> Response:
        catalogue, day = programmes.get(), date.today()
        dialogue = Dialogue(programme)
        name = catalogue.entry(programme).programme.name if programme else say(lang, "place_check")
        question = _question(dialogue, catalogue, None, day) if programme else None
        values = {
            "programme": programme,
            "name": name,
            "kinds": KINDS,
            "districts": catalogue.regions.districts,
            "named": partial(option_in, lang),
            "left": Markup(left_html(at, dialogue, question, catalogue) if programme else ""),
            "result": Markup(_result(at, dialogue, catalogue, None, day)),
        }
        return page("place_check.html", at, values, name, script="check.js")

    @router.get("/self-check")
    async def show(request: Request) -> Response:
        return await run(whole, here(request, lang), None)

    @router.get("/programmes/{programme}")
    async def one(request: Request, programme: str) -> Response:
        at = here(request, lang)
        if programme not in programmes.get().ids:
            return lost(at, "no_programme")
        return await run(whole, at, programme)

    @router.post("/self-check/step")
    async def step(request: Request, taken: Step) -> Response:
        at = here(request, lang)
        return JSONResponse(await run(take, at, taken, programmes.get(), date.today()))

    return router


def take(at: Here, step: Step, catalogue: Catalogue, day: date) -> dict[str, Any]:
    """The page after a step: the state to keep, and the two halves as HTML.

    Raises:
        Refused: the step names a programme that there is not (404).
    """
    try:
        dialogue = (
            Dialogue.from_json(step.state, catalogue, day)
            if step.state and step.act != "over"
            else Dialogue()
        )
        dialogue = Dialogue(step.programme or None, dialogue.profile)
        if dialogue.programme:
            catalogue.entry(dialogue.programme)
    except HangceError as error:
        if step.programme and step.programme not in catalogue.ids:
            raise Refused(404, say(at.lang, "no_programme")) from error
        dialogue = Dialogue(step.programme or None)  # of another version: begin again
    problem, number = "", step.number
    try:
        dialogue = _done(step, dialogue, catalogue, day)
        number += step.act == "answer"
    except HangceError:
        problem = say(at.lang, "unreadable")
    if step.act == "read" and not problem and dialogue.profile.facts == {}:
        problem = say(at.lang, "read_none")
    stopped = (step.stopped or step.act == "stop") and step.act not in ("go_on", "over")
    question = None if stopped else _question(dialogue, catalogue, step.kind, day)
    return {
        "state": dialogue.to_json(),
        "number": 1 if step.act == "over" else number,
        "stopped": stopped,
        "district": str(dialogue.profile.value("district") or ""),
        "left": left_html(at, dialogue, question, catalogue, number, stopped, problem),
        "result": _result(at, dialogue, catalogue, step.kind, day),
    }


def _done(step: Step, dialogue: Dialogue, catalogue: Catalogue, day: date) -> Dialogue:
    """The dialogue after what somebody did.

    Raises:
        HangceError: the words cannot be read as a value of what was asked.
    """
    profile = dialogue.profile
    if step.act == "read":
        facts = {**profile.facts, **read_facts([step.words], catalogue, day)}
        open_ = profile.not_known - facts.keys()
        return Dialogue(dialogue.programme, replace(profile, facts=facts, not_known=open_))
    if step.act == "answer":
        asked = Question(step.key, "", [], step.key if step.key in catalogue.facts else "")
        return answered(dialogue, asked, step.words, catalogue, day)
    if step.act in ("correct", "forget"):
        return corrected(dialogue, step.fact, step.words if step.act == "correct" else None, catalogue, day)
    if step.act == "unsay":
        for part in (profile.confirmed, profile.denied, profile.not_known):
            part.discard(step.key)
    if step.district is not None and step.act == "show":
        return corrected(dialogue, "district", step.district or None, catalogue, day)
    return dialogue


def _question(
    dialogue: Dialogue, catalogue: Catalogue, kind: ApplicantKind | None, day: date
) -> Question | None:
    """What to ask next: for programmes that can still be applied for, and then for the others."""
    if dialogue.programme:
        return next_question(dialogue, catalogue, day)
    entries = chosen(catalogue.entries(), _district(dialogue), kind)
    current = [e for e in entries if status_on(e.listing, day) in _ASKABLE]
    for some in (current, entries):
        question = next_question(dialogue, Part(catalogue, some), day)
        if question:
            return question
    return None


def _district(dialogue: Dialogue) -> str | None:
    value = dialogue.profile.value("district")
    return value if isinstance(value, str) else None


def _result(at: Here, dialogue: Dialogue, catalogue: Catalogue, kind: ApplicantKind | None, day: date) -> str:
    if dialogue.programme:
        outcome = judge(catalogue.entry(dialogue.programme), dialogue.profile, day, catalogue)
        return programme_html(at, outcome, catalogue)
    profile = dialogue.profile
    if not profile.facts:
        return result_html(at, None, catalogue)
    found = portfolio(catalogue, profile, day, _district(dialogue), kind)
    return result_html(at, found, catalogue)
