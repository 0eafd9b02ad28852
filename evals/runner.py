"""Answer the questions of the sets, keep every answer, score what was kept."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant.service import Assistant
from evals.baseline import DEFAULT, load_baseline
from evals.compare import Comparison, compare
from evals.judge import judge, require_model
from evals.metrics import Score, score
from evals.own import baseline_path, sets_folder
from evals.questions import GoldClause, Question, bundled_sets, load_questions, set_paths
from evals.records import LEFT_OUT, FoundClause, Record, RunFolder, load_left_out
from evals.report import Report
from index.home import Home
from index.search import Searcher
from index.store import StoredClause
from ingest.errors import InputError

Progress = Callable[[str, int, int], None]
ANSWERING, SCORING = "作答", "评分"
RESULTS = 20
# What has to be the same for a stopped run to be taken up again.
_SAME = ("commit", "index", "documents", "encoder", "model", "judge", "sets", "split", "kinds")


def run(
    home: Home,
    out: Path,
    sets: tuple[Path, ...] = (),
    split: str | None = None,
    kinds: Sequence[str] = (),
    *,
    jobs: int = 1,
    resume: bool = False,
    judged: bool = False,
    assistant: Assistant | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Answer every question and keep the answers in `out`; then score them and write the reports.

    Args:
        home: the index to answer from; the chat model is the one of the environment.
        out: the run's folder; what an earlier run left there is replaced.
        sets: names of bundled sets or of the home's own, or paths; all bundled sets if none is given.
        split: only this part of the sets.
        kinds: only these kinds of questions; all if none is given.
        jobs: questions answered at a time. More than one pays with a chat model, which is waited for; it blurs
            the times of embedded answers.
        resume: go on with a run that was stopped.
        judged: let the chat model grade every answer too.
        assistant: one that is open already; the home's otherwise.
        progress: told after every question; what it raises stops the run, which can be taken up again.

    Raises:
        HangceError: a set or the index is unusable, `out` cannot be written, or the run to go on with was another.
    """
    sets = named_sets(sets, home)
    questions = load_questions(sets, split, kinds)
    if not questions:
        raise InputError("the sets", "hold no question of this split and these kinds", "choose others")
    baseline = baseline_path(home.path)
    blessed = _blessed(baseline)  # before the work: a damaged one is no reason to lose it
    assistant = assistant or Assistant.open(home)
    if judged:
        require_model(assistant.model)
    recorder = Recorder(assistant)
    configuration = _configuration(assistant, questions, sets, split, kinds, jobs, judged)
    folder = RunFolder(out)
    done: dict[str, Record] = {}
    if resume and folder.exists():
        _check_same(folder, configuration)
        done = folder.records()
        folder.drop_broken_end()
    else:
        folder.begin(configuration)
        (out / LEFT_OUT).unlink(missing_ok=True)
    todo = [q for q in questions if q.id not in done or done[q.id].fingerprint != q.asked]
    finished = len(questions) - len(todo)
    progress(ANSWERING, finished, len(questions))

    def answered(question: Question) -> Record:
        record = recorder.record(question)
        if judged:
            record.judged = judge(question, record, assistant.model)
        return record

    with closing(_each(answered, todo, jobs)) as records:
        for record in records:
            folder.append([record])
            finished += 1
            progress(ANSWERING, finished, len(questions))
    report = Report(score_run(folder, questions, progress), folder.configuration())
    report.write(out, against(report, blessed))
    return report


def named_sets(sets: Sequence[Path], home: Home) -> tuple[Path, ...]:
    """Sets as a run's configuration names them: bundled ones by name, others by file."""
    bundled = {path: Path(path.stem) for path in bundled_sets()}
    return tuple(bundled.get(path, path) for path in set_paths(sets, sets_folder(home.path))) if sets else ()


def _each(
    ask: Callable[[Question], Record], todo: list[Question], jobs: int
) -> Generator[Record, None, None]:
    """The records as they come. With one job all happens in this thread, so that the end of the process ends it."""
    if jobs <= 1:
        yield from map(ask, todo)
        return
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(ask, question) for question in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def rescore(out: Path, baseline: Path = DEFAULT) -> Report:
    """Score the answers of a run again, by the sets as they are now, and write the reports; no index is needed.

    Raises:
        InputError: there is no run, a set of it is gone, or none of its questions is asked any more.
    """
    report = scored(out)
    report.write(out, against(report, _blessed(baseline)))
    return report


def reported(out: Path) -> Report:
    """The scores of a run as its report has them; neither the sets nor the answers are looked at.

    Raises:
        InputError: there is no report, or it was written by another version.
    """
    path = out / "report.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Report(
            [Score(**score) for score in data["scores"]], dict(data["configuration"]), load_left_out(out)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), "is no report of a run", "run it again") from error


def scored(out: Path) -> Report:
    """The scores of a run's answers, by the sets as they are now.

    Raises:
        InputError: there is no run, a set of it is gone, or none of its questions is asked any more.
    """
    folder = RunFolder(out)
    configuration = folder.configuration()
    split = None if configuration["split"] == "all" else str(configuration["split"])
    questions = load_questions(tuple(Path(s) for s in configuration["sets"]), split)
    scores = score_run(folder, questions)
    if not scores:
        raise InputError(str(out), "none of its questions is in the sets any more", "run it again")
    return Report(scores, configuration, load_left_out(out))


def load_report(path: Path) -> Report:
    """A run's folder or a baseline file as scores.

    Raises:
        InputError: it is neither.
    """
    return load_baseline(path) if path.is_file() else scored(path)


def _blessed(path: Path) -> Report | None:
    """The baseline, if there is one."""
    return load_baseline(path) if path.is_file() else None


def against(report: Report, blessed: Report | None) -> Comparison | None:
    """A run held against a baseline, so far as that has the run's sets and splits; None without a baseline."""
    if blessed is None:
        return None
    asked = {s.id for s in report.scores}
    splits = {s.split for s in report.scores}
    sets = {s.set_name for s in report.scores}
    whole = report.configuration.get("kinds", "all") == "all"
    kept = [
        s for s in blessed.scores if s.id in asked or (whole and s.split in splits and s.set_name in sets)
    ]
    return compare(kept, report.scores, blessed.configuration, report.configuration)


def compare_reports(first: Report, second: Report) -> Comparison:
    """Two runs compared; what the second left out on purpose, by split or kind, is not counted as missing."""
    ids = {s.id for s in second.scores}
    split = second.configuration.get("split", "all")
    whole = second.configuration.get("kinds", "all") == "all"
    kept = [s for s in first.scores if s.id in ids or (whole and split in ("all", s.split))]
    return compare(kept, second.scores, first.configuration, second.configuration)


def score_run(
    folder: RunFolder,
    questions: Sequence[Question],
    progress: Progress = lambda stage, done, total: None,
) -> list[Score]:
    """Scores of the recorded answers, in the order of the questions; one whose words have changed is left out."""
    records = folder.records()
    scores = []
    for number, question in enumerate(questions, start=1):
        record = records.get(question.id)
        if record and record.fingerprint == question.asked:
            scores.append(score(question, record))
        progress(SCORING, number, len(questions))
    return scores


class Recorder:
    """Asks questions and writes down all that scoring needs."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._lines = _line_maps(assistant.searcher)

    @property
    def has_sources(self) -> bool:
        """Whether the index holds the documents themselves, not only the knowledge files."""
        return bool(self._lines)

    def record(self, question: Question) -> Record:
        """Ask one question; search and answer are kept with the clauses of both."""
        found = self.assistant.found(question.question, question.as_of, question.history, RESULTS)
        answer = self.assistant.ask(question.question, question.as_of, question.history)
        cited = self.assistant.searcher.store.clauses(c.clause_id for c in answer.citations)
        return Record(
            question.id,
            question.asked,
            answer,
            [clause.clause_id for clause in found],
            {clause.clause_id: self.describe(clause) for clause in [*found, *cited]},
            [[self._gold_chars(gold) for gold in unit] for unit in question.gold.units],
        )

    def describe(self, clause: StoredClause) -> FoundClause:
        """A stored clause as scoring sees it, with everything below it."""
        searcher = self.assistant.searcher
        document = searcher.documents[clause.document_id]
        span = searcher.store.full_span(clause)
        chars = (span.char_start, span.char_end)
        return FoundClause(
            clause.clause_id,
            document.title,
            tuple(document.listing["doc_numbers"]),
            clause.path,
            " > ".join(clause.breadcrumb),
            searcher.store.full_text(clause) if clause.kind != "table" else clause.text,
            span.file,
            (span.line_start, span.line_end),
            chars if None not in chars else None,  # type: ignore[arg-type]
        )

    def _gold_chars(self, gold: GoldClause) -> tuple[int, int] | None:
        """The characters of a gold clause, from its lines; None where the file is not in the index."""
        anchors = self._lines.get(gold.file)
        if anchors is None:
            return None
        start, end = np.interp([gold.lines[0], gold.lines[1] + 1], *anchors)
        return int(start), max(int(end) - 1, int(start) + 1)


def _line_maps(searcher: Searcher) -> dict[str, tuple[list[int], list[int]]]:
    """File → (lines, characters at which they begin), known at the edges of clauses; between them interpolated."""
    anchors: dict[str, dict[int, int]] = {}
    for document_id in searcher.documents:
        for clause in searcher.store.clauses_of(document_id):
            span = clause.span
            if span.char_start is not None and span.char_end is not None:
                known = anchors.setdefault(span.file, {})
                known[span.line_start] = span.char_start
                known[span.line_end + 1] = span.char_end + 1
    return {file: (sorted(known), [known[line] for line in sorted(known)]) for file, known in anchors.items()}


def _configuration(
    assistant: Assistant,
    questions: list[Question],
    sets: tuple[Path, ...],
    split: str | None,
    kinds: Sequence[str],
    jobs: int,
    judged: bool,
) -> dict[str, Any]:
    manifest = assistant.searcher.manifest
    model = assistant.model
    name = "" if model is None else str(getattr(model, "model_name", "") or type(model).__name__)
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "index": manifest.get("fingerprint", "")[:16],
        "generation": assistant.generation,
        "encoder": manifest["encoder"],
        "documents": len(assistant.searcher.documents),
        "model": name,
        "judge": name if judged else "",
        "deterministic": model is None,
        "sets": [str(s) for s in sets] or sorted({q.set_name for q in questions}),
        "split": split or "all",
        "kinds": sorted(kinds) or "all",
        "questions": len(questions),
        "jobs": jobs,
        "python": platform.python_version(),
    }


def _check_same(folder: RunFolder, configuration: dict[str, Any]) -> None:
    before = {"kinds": "all"} | folder.configuration()
    for name in _SAME:
        if before.get(name) != configuration[name]:
            raise InputError(
                str(folder.path),
                f"was begun with another {name} ({before.get(name)!r}, now {configuration[name]!r})",
                "run without --resume, or into another folder",
            )


def _commit() -> str:
    """The commit that is checked out, with a mark for uncommitted changes; "" outside a checkout."""
    folder = Path(__file__).parents[1]
    try:
        command = ["git", "-C", str(folder), "describe", "--always", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
