"""The commands `hangce eval …`: run question sets, compare runs, bless a baseline, edit sets as tables."""

from __future__ import annotations

from pathlib import Path

import click

from ingest.errors import HangceError, InputError
from ui.progress import progress_shown

_HOME = click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Where the index lives (or HANGCE_HOME; default .hangce).",
)
_SETS = click.option(
    "--set",
    "sets",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Question set: a file, a folder of sets, or the name of a bundled set or of one of the home; may be "
    "repeated (default: all bundled ones).",
)
_KINDS = click.option(
    "--kind", "kinds", multiple=True, help="Only this kind of questions, e.g. amount; may be repeated."
)
_SPLIT = click.option("--split", type=click.Choice(["dev", "regression"]), help="Only this part of the sets.")
_FOLDER = click.Path(file_okay=False, path_type=Path)
_RUN = click.argument(
    "run_folder", metavar="RUN", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
_BASELINE = click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Baseline file (default: the home's own, or else the bundled one).",
)


@click.group("eval")
def evaluation() -> None:
    """Run the curated question sets, and compare runs."""


@evaluation.command("run")
@_SETS
@_SPLIT
@_KINDS
@click.option("--out", type=_FOLDER, default=Path("runs/latest"), show_default=True, help="The run's folder.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 32),
    default=1,
    show_default=True,
    help="Questions answered at a time; more than one pays with a chat model.",
)
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped.")
@click.option("--judge", is_flag=True, help="Let the chat model (HANGCE_MODEL) grade every answer too.")
@_HOME
def eval_run(
    sets: tuple[Path, ...],
    split: str | None,
    kinds: tuple[str, ...],
    out: Path,
    jobs: int,
    resume: bool,
    judge: bool,
    home: str | None,
) -> None:
    """Answer the questions of the sets, keep the answers, score them, and write the reports."""
    from evals.runner import run
    from index.home import Home

    with progress_shown() as progress:
        report = run(
            Home(home), out, sets, split, kinds, jobs=jobs, resume=resume, judged=judge, progress=progress
        )
    click.echo(report.headline())
    click.echo(f"报告：{out / 'report.html'}（另有 report.md、report.json、junit.xml）")


@evaluation.command("report")
@_RUN
@_HOME
def eval_report(run_folder: Path, home: str | None) -> None:
    """Score the kept answers of a run again, by the sets as they are now, and write its reports."""
    from evals.own import baseline_path
    from evals.runner import rescore
    from index.home import Home

    click.echo(rescore(run_folder, baseline_path(Home(home).path)).headline())
    click.echo(f"报告：{run_folder / 'report.html'}")


@evaluation.command("compare")
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out", type=_FOLDER, help="Where the comparison goes (default: the folder of the second run)."
)
@click.pass_context
def eval_compare(context: click.Context, before: Path, after: Path, out: Path | None) -> None:
    """Compare two runs (folders or baseline files); exit 1 if anything got worse beyond chance."""
    from evals.report import verdict_line, write_comparison
    from evals.runner import compare_reports, load_report

    comparison = compare_reports(load_report(before), load_report(after))
    folder = out or (after if after.is_dir() else after.parent)
    write_comparison(comparison, folder)
    click.echo(verdict_line(comparison))
    for flip in comparison.flips[:20]:
        click.echo(f"  {'由对变错' if flip.lost else '由错变对'} {flip.after.id}：{flip.after.question[:60]}")
    if len(comparison.flips) > 20:
        click.echo(f"  …… 共 {len(comparison.flips)} 题")
    for title, found in (
        ("只在前一次", comparison.only_before),
        ("只在后一次", comparison.only_after),
        ("题目改过", comparison.edited),
    ):
        if found:
            click.echo(
                f"  {title} {len(found)} 题：{'、'.join(found[:12])}{' ……' if len(found) > 12 else ''}"
            )
    click.echo(f"报告：{folder / 'compare.html'}（另有 compare.md、compare.json、compare-junit.xml）")
    if comparison.tier == "regression":
        context.exit(1)
    if comparison.tier == "insufficient data":
        raise HangceError(f"only {comparison.pairs} questions can be compared")


@evaluation.command("bless")
@_RUN
@click.option("--reason", required=True, help="Why the numbers may change; kept in the baseline's history.")
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Baseline file (default: the bundled one, or with --home the home's own).",
)
@click.option(
    "--home", type=click.Path(file_okay=False, path_type=Path), help="Bless it for this home alone."
)
def eval_bless(run_folder: Path, reason: str, baseline: Path | None, home: Path | None) -> None:
    """Make a run the baseline that later runs are held against."""
    from evals.baseline import DEFAULT, bless
    from evals.own import own_baseline
    from evals.runner import scored

    path = baseline or (own_baseline(home) if home else DEFAULT)
    entry = bless(scored(run_folder), reason, path)
    click.echo(f"基线已更新：{path}（{entry['blessed']}，{entry['reason']}）")
    click.echo(entry["headline"])


@evaluation.command("gate")
@_SPLIT
@click.option("--out", type=_FOLDER, default=Path("runs/gate"), show_default=True)
@_BASELINE
@_HOME
@click.pass_context
def eval_gate(
    context: click.Context, split: str | None, out: Path, baseline: Path | None, home: str | None
) -> None:
    """Run the sets and compare with the baseline in one go, as CI does; exit 1 on a regression."""
    from evals.own import baseline_path
    from index.home import Home

    context.invoke(
        eval_run, sets=(), split=split, kinds=(), out=out, jobs=1, resume=False, judge=False, home=home
    )
    context.invoke(eval_compare, before=baseline or baseline_path(Home(home).path), after=out, out=out)


@evaluation.command("leave-one-out")
@_SETS
@_SPLIT
@click.option("--out", type=_FOLDER, default=Path("runs/leave-one-out"), show_default=True)
@_HOME
def eval_leave_one_out(sets: tuple[Path, ...], split: str | None, out: Path, home: str | None) -> None:
    """Take each question's gold clauses out of the index and ask again: the right answer is to decline."""
    from evals.leave_one_out import run_leave_one_out
    from evals.report import left_out_table
    from index.home import Home

    with progress_shown() as progress:
        found = run_leave_one_out(Home(home), out, sets, split, progress)
    click.echo("\n".join(left_out_table(found)))
    click.echo(f"每题的结果：{out / 'leave-one-out.json'}")


@evaluation.command("lint")
@_SETS
@_HOME
@click.pass_context
def eval_lint(context: click.Context, sets: tuple[Path, ...], home: str | None) -> None:
    """Check question sets against the schema, the documents and each other; exit 1 if anything is wrong."""
    from assistant.service import Assistant
    from evals.lint import lint
    from evals.questions import load_questions
    from evals.runner import Recorder, named_sets
    from index.home import Home

    questions = load_questions(named_sets(sets, Home(home)))
    recorder = Recorder(Assistant(Home(home)))
    if not recorder.has_sources:
        click.echo(
            "索引里没有原文，只检查题目本身。要核对依据和要点，请用 hangce build --corpus 建索引。", err=True
        )
    findings = lint(questions, recorder if recorder.has_sources else None, whole=not sets)
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{len(questions)} 题，{len(findings)} 处问题。")
    if findings:
        context.exit(1)


@evaluation.command("export")
@click.argument("question_set", type=click.Path(path_type=Path))
@click.argument("table", type=click.Path(dir_okay=False, path_type=Path))
@_HOME
def eval_export(question_set: Path, table: Path, home: str | None) -> None:
    """Write a question set as TABLE (.csv or .xlsx) for editing."""
    from evals.own import sets_folder
    from evals.questions import load_set, set_paths
    from evals.sheets import export_set
    from index.home import Home

    (path,) = set_paths((question_set,), sets_folder(Home(home).path))[:1] or [question_set]
    loaded = load_set(path)
    export_set(loaded, table)
    click.echo(f"{len(loaded.questions)} 题写到 {table}")


@evaluation.command("import")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("question_set", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the set if it exists.")
def eval_import(table: Path, question_set: Path, force: bool) -> None:
    """Read TABLE (.csv or .xlsx) back into a question set (YAML)."""
    from evals.questions import load_set
    from evals.sheets import import_set, write_yaml

    description = ""
    if question_set.exists():
        if not force:
            raise InputError(str(question_set), "exists already", "add --force to replace it")
        description = load_set(question_set).description
    loaded = import_set(table, question_set.stem, description)
    write_yaml(loaded, question_set)
    click.echo(f"{len(loaded.questions)} 题写到 {question_set}")
