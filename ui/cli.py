"""The command line `hangce`. Heavy modules load inside the commands that need them."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.errors import HangceError, InputError
from ui.cli_annotate import annotate
from ui.cli_check import check
from ui.cli_eval import evaluation
from ui.cli_mcp import mcp
from ui.cli_rollback import rollback
from ui.cli_users import users
from ui.progress import progress_shown

if TYPE_CHECKING:
    from index.build import BuildSummary
    from index.search import Filters, Searcher

_HOME = click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Where the index lives (or HANGCE_HOME; default .hangce).",
)

_CORPUS = click.option(
    "--corpus",
    "corpus",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Folder of documents to build from; may be repeated.",
)


class Day(click.ParamType):
    """A calendar day as ISO text."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse YYYY-MM-DD."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date; write it as YYYY-MM-DD, e.g. 2026-11-20", param, ctx)


class Commands(click.Group):
    """Turns the errors that we raise on purpose into one line on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except HangceError as error:
            click.echo(f"hangce: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(0)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # a defect of ours: one line, and where to find the rest
            log = _write_crash_log()
            click.echo(
                f"hangce: internal error ({type(error).__name__}: {error}); details in {log}", err=True
            )
            ctx.exit(1)


def _write_crash_log() -> str:
    import tempfile

    with tempfile.NamedTemporaryFile(
        "w", prefix="hangce-", suffix=".log", delete=False, encoding="utf-8"
    ) as handle:
        handle.write(traceback.format_exc())
    return handle.name


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hangce", prog_name="hangce")
def main() -> None:
    """杭策: answers about Hangzhou science, talent and industry policy, each with its clause."""


# --- build -------------------------------------------------------------------------------------------------


@main.command()
@_CORPUS
@_HOME
@click.option(
    "--backend",
    type=click.Choice(["embedded", "milvus"]),
    help="What searches (default: what the home has now, embedded for a new one).",
)
@click.option(
    "--milvus",
    metavar="ADDRESS",
    envvar="HANGCE_MILVUS",
    help="http://host:port, or a path ending in .db for Milvus Lite (or HANGCE_MILVUS; HANGCE_MILVUS_TOKEN for user:password).",
)
@click.option("--strict", is_flag=True, help="Exit 1 when a file could not be read.")
def build(
    corpus: tuple[Path, ...], home: str | None, backend: str | None, milvus: str | None, strict: bool
) -> None:
    """Ingest and index the documents and the bundled knowledge files."""
    from index.build import build as build_index
    from index.encoder import BUNDLED
    from index.home import Home

    source = click.get_current_context().get_parameter_source("milvus")
    if backend is None and source is click.core.ParameterSource.COMMANDLINE:
        backend = "milvus"
    with progress_shown() as progress:
        summary = build_index(
            Home(home),
            corpus,
            encoder=_environment("HANGCE_ENCODER", BUNDLED),
            backend=backend,
            milvus=milvus or "",
            progress=progress,
        )
    _print_summary(summary, Home(home).path)
    if strict and summary.problems:
        raise HangceError(f"{len(summary.problems)} file(s) could not be read")


def _environment(name: str, default: str) -> str:
    import os

    return os.environ.get(name, "").strip() or default


def _print_summary(summary: BuildSummary, home: Path) -> None:
    for problem in summary.problems:
        click.echo(f"跳过 {problem}", err=True)
    for missing in summary.unmatched:
        click.echo(f"知识文件与原文对不上：{missing}", err=True)
    state = "没有变化，沿用现有索引" if summary.unchanged else f"用时 {summary.seconds:.1f} 秒"
    click.echo(
        f"文件 {summary.files} 个（新读 {summary.read} 个，跳过 {len(summary.problems)} 个），文档 {summary.documents} 份，其中政策 {summary.policies} 份；"
        f"条款 {summary.clauses} 条，检索段落 {summary.passages} 段，预写问法 {summary.asks} 条，知识文件 {summary.knowledge_files} 份。"
        f"{state}。索引在 {home}（{summary.generation}）。"
    )


# --- ask ---------------------------------------------------------------------------------------------------


@main.command()
@click.argument("question", required=False)
@click.option("--as-of", type=Day(), help="Day for which validity is judged (YYYY-MM-DD; default today).")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--batch", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON Lines of questions."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where batch answers go (default stdout)."
)
@_HOME
def ask(
    question: str | None,
    as_of: date | None,
    as_json: bool,
    batch: Path | None,
    out: Path | None,
    home: str | None,
) -> None:
    """Answer one question, or a batch of them."""
    if (question is None) == (batch is None):
        raise click.UsageError("give a question or --batch FILE, one of the two")
    from assistant.service import Assistant
    from index.home import Home

    assistant = Assistant.open(Home(home))
    if batch is not None:
        _write_lines((_answer_record(assistant, record, as_of) for record in _read_batch(batch)), out)
        return
    answer = assistant.ask(question or "", as_of)
    if as_json:
        click.echo(answer.model_dump_json(indent=2))
    elif answer.status != "error":
        _print_answer(answer)
    if answer.status == "error":
        raise HangceError(answer.answer)


def _answer_record(assistant: Any, record: dict[str, Any], as_of: date | None) -> dict[str, Any]:
    """One line of a batch; a line that cannot be used gives an answer with status `error`."""
    from assistant.schema import Turn

    try:
        day = date.fromisoformat(record["as_of"]) if record.get("as_of") else as_of
        history = [Turn.model_validate(turn) for turn in record.get("history") or []]
        answer = assistant.ask(record["question"], day, history)
    except (ValueError, TypeError, KeyError) as error:
        answer = assistant.ask("", as_of)
        answer.question, answer.answer = (
            str(record.get("question", "")),
            f"这一行用不了：{error}".splitlines()[0],
        )
    return {**answer.model_dump(), "id": record["id"]} if "id" in record else answer.model_dump()


def _read_batch(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a JSON Lines file.

    Raises:
        InputError: a line is no JSON object, or lacks the question.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read ({error})", "save it as UTF-8") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InputError(
                f"{path}, line {number}", f"no valid JSON ({error})", "one JSON object per line"
            ) from error
        if not isinstance(record, dict) or not isinstance(record.get("question"), str):
            raise InputError(f"{path}, line {number}", 'no "question"', 'write {"id": "…", "question": "…"}')
        yield record


def _write_lines(records: Iterable[dict[str, Any]], out: Path | None) -> None:
    """JSON Lines to a file (written beside it first, so that a broken run leaves no half file) or to stdout."""
    if out is None:
        for record in records:
            click.echo(json.dumps(record, ensure_ascii=False))
        return
    temporary = out.with_name(f".{out.name}.part")
    try:
        with temporary.open("w", encoding="utf-8") as handle:
            for record in records:
                handle.write(json.dumps(record, ensure_ascii=False) + "\n")
        temporary.replace(out)
    except OSError as error:
        raise HangceError(f"cannot write {out} ({error.strerror})") from error
    finally:
        temporary.unlink(missing_ok=True)


_VALIDITY = {
    "in_force": "有效",
    "open_ended": "未写明有效期",
    "not_yet": "尚未生效",
    "expired": "已失效",
    "superseded": "已被取代",
    "unknown": "无期限信息",
}


def _print_answer(answer: Any) -> None:
    click.echo(_plain(answer.answer))
    for notice in answer.notices:
        click.echo(f"\n※ {notice}")
    if answer.clarify:
        click.echo(f"\n? {answer.clarify.question}")
        for option in answer.clarify.options:
            click.echo(f"  - {option}")
    if answer.citations:
        click.echo("\n依据：")
    for cited in answer.citations:
        place = (
            f"{cited.source.file}:{cited.source.line_start}-{cited.source.line_end}"
            if cited.verbatim
            else "要点（未收录原文）"
        )
        click.echo(
            f"[{cited.n}] 《{cited.title}》{cited.doc_number} {cited.clause}（{_VALIDITY[cited.validity.status]}；{place}）"
        )
        click.echo(f"    {cited.quote[:160].replace(chr(10), ' ')}{'……' if len(cited.quote) > 160 else ''}")


def _plain(markdown: str) -> str:
    """Markdown escapes taken back for the terminal."""
    import re

    return re.sub(r"\\([\\`*_\[\]<>#|$~])", r"\1", markdown)


# --- search ------------------------------------------------------------------------------------------------


@main.command()
@click.argument("words", required=False)
@click.option(
    "-k", "k", type=click.IntRange(1, 200), default=20, show_default=True, help="Number of results."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option(
    "--batch", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON Lines of questions."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where batch results go (default stdout)."
)
@click.option("--level", type=click.Choice(["national", "provincial", "municipal", "district"]))
@click.option("--district", help="Only documents of this district.")
@click.option("--document", help="Only this document (id, 文号 or part of the title).")
@click.option("--kind", type=click.Choice(["policy", "plan", "yearbook", "table"]))
@click.option("--in-force", type=Day(), help="Only documents in force on this day.")
@_HOME
def search(
    words: str | None,
    k: int,
    as_json: bool,
    batch: Path | None,
    out: Path | None,
    level: str | None,
    district: str | None,
    document: str | None,
    kind: str | None,
    in_force: date | None,
    home: str | None,
) -> None:
    """Find clauses."""
    if (words is None) == (batch is None):
        raise click.UsageError("give words or --batch FILE, one of the two")
    from index.home import Home
    from index.search import Filters, Searcher

    searcher = Searcher(Home(home))
    filters = Filters(level, district, document, kind, in_force)
    day = in_force or date.today()
    if batch is not None:
        _write_lines(
            (_search_record(searcher, record, k, filters, day) for record in _read_batch(batch)), out
        )
        return
    hits = searcher.search(words or "", k, filters)
    if as_json:
        from ui.found import hit_record

        click.echo(json.dumps([hit_record(hit, searcher, day) for hit in hits], ensure_ascii=False, indent=2))
        return
    for hit in hits:
        clause = hit.clause
        click.echo(
            f"{hit.rank:>2}. 《{hit.document.title}》{hit.document.number} {clause.path}  [{hit.score:.2f}]"
        )
        click.echo(f"    {hit.passage[:120].replace(chr(10), ' ')}")
    if not hits:
        click.echo("没有找到。")


def _search_record(
    searcher: Searcher, record: dict[str, Any], k: int, filters: Filters, day: date
) -> dict[str, Any]:
    from assistant.schema import Turn
    from assistant.topic_change import understood
    from ui.found import hit_record

    try:
        history = [Turn.model_validate(turn) for turn in record.get("history") or []]
    except (ValueError, TypeError) as error:
        where = f"question {record['question']!r}"
        remedy = 'write [{"role": "user", "content": "…"}, …]'
        raise InputError(where, 'no usable "history"', remedy) from error
    meant = understood(record["question"], day, history, searcher)
    hits = searcher.search(meant.hints.text, k, filters, meant.hints)
    return {"id": record.get("id"), "results": [hit_record(hit, searcher, day) for hit in hits]}


# --- documents ---------------------------------------------------------------------------------------------


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.option("--report", is_flag=True, help="Print the quality report: what staff should look at.")
@_HOME
def documents(as_json: bool, report: bool, home: str | None) -> None:
    """List every document with its metadata, or what looks wrong in it."""
    from index.build import QUALITY
    from index.home import Home
    from index.store import read_catalogue

    folder = Home(home).current()
    if report:
        data = json.loads((folder / QUALITY).read_text(encoding="utf-8"))
        click.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else _quality_text(data))
        return
    stored, _ = read_catalogue(folder)
    if as_json:
        click.echo(json.dumps([d.listing for d in stored], ensure_ascii=False, indent=2))
        return
    for document in stored:
        listing = document.listing
        term = listing["kind"]
        if term in ("policy", "plan"):
            term = f"{listing['effective'] or '?'} 至 {listing['expires'] or '未写明'}"
        remark = f"（与 {listing['duplicate_of']} 相同）" if listing["duplicate_of"] else ""
        click.echo(f"{document.number or '—'}  {document.title}  {term}  {listing['clauses']} 条{remark}")


def _quality_text(data: dict[str, Any]) -> str:
    """The quality report for readers."""
    lines = []
    for file in data["files"]:
        lines.append(f"{file['file']}：{file['characters']} 字，归入条款或卷首 {file['accounted']:.2%}")
        lines += [f"    第{o['line']}行没有归处：{o['text'][:60]}" for o in file["orphans"]]
    for document in data["documents"]:
        if document["findings"]:
            lines.append(f"{document['title']}（{document['document_id']}）")
            lines += [f"    {finding}" for finding in document["findings"]]
    return "\n".join(lines) or "没有读过文件。"


# --- audit -------------------------------------------------------------------------------------------------


@main.command()
@click.option(
    "--corpus",
    "corpus",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    envvar="HANGCE_CORPUS",
    help="Folder of the documents that the knowledge files are about (or HANGCE_CORPUS); may be repeated.",
)
@click.option(
    "--knowledge",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of knowledge files (default: the bundled one).",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_context
def audit(context: click.Context, corpus: tuple[Path, ...], knowledge: Path | None, as_json: bool) -> None:
    """Hold the knowledge files against their sources; exit 1 if anything is wrong."""
    from dataclasses import asdict

    from ingest.audit import audit_folder

    found = audit_folder(corpus, knowledge)
    if as_json:
        click.echo(
            json.dumps(
                asdict(found) | {"figures_covered": found.figures_covered}, ensure_ascii=False, indent=1
            )
        )
    else:
        for problem in found.problems:
            click.echo(str(problem))
        for c in found.coverage:
            if c.with_figures_noted < c.with_figures:
                click.echo(f"{c.file}：有数字的条款 {c.with_figures} 条，写了 {c.with_figures_noted} 条")
        click.echo(
            f"{len(found.coverage)} 份文件，{sum(c.noted for c in found.coverage)} 条条款有要点，"
            f"{sum(c.asks for c in found.coverage)} 条问法，{sum(c.programmes for c in found.coverage)} 个项目；"
            f"有数字的政策条款写到的份额 {found.figures_covered:.3f}；{len(found.problems)} 处问题。"
        )
    if found.problems:
        context.exit(1)


@main.command()
@click.argument("name", type=click.Choice(["policy", "facts", "terms"]))
def schema(name: str) -> None:
    """Print the JSON Schema of a kind of knowledge file, for editors."""
    from ingest.knowledge import json_schema

    click.echo(json.dumps(json_schema(name), ensure_ascii=False, indent=2))


# --- evaluation and serving --------------------------------------------------------------------------------


main.add_command(annotate)
main.add_command(check)
main.add_command(evaluation)
main.add_command(users)
main.add_command(mcp)
main.add_command(rollback)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=7860, show_default=True)
@click.option("--build", "build_first", is_flag=True, help="Build the index first.")
@_CORPUS
@_HOME
def serve(host: str, port: int, build_first: bool, corpus: tuple[Path, ...], home: str | None) -> None:
    """Serve the web page."""
    if corpus and not build_first:
        raise click.UsageError("--corpus is for building: give --build too")
    # Loading the web application takes as long as most builds, so the two go on at once.
    with _built_beside(corpus, home) if build_first else nullcontext():
        from index.home import Home
        from ui.web import serve as serve_web

    serve_web(Home(home), host, port)


@contextmanager
def _built_beside(corpus: Iterable[Path], home: str | None) -> Iterator[None]:
    """A build in a process of its own, which has ended well when this ends; how it went stands on the terminal."""
    command = [sys.executable, "-m", "ui.cli", "build"]
    for folder in corpus:
        command += ["--corpus", str(folder)]
    command += ["--home", home] if home else []
    with subprocess.Popen(command) as process:
        try:
            yield
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        sys.exit(process.returncode)


if __name__ == "__main__":
    main()
