"""Question sets as tables (CSV, Excel) and back, so that staff can edit them where they work."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from evals.questions import QuestionSet, validate_set
from evals.records import write_atomically
from ingest.errors import HangceError, InputError

COLUMNS = [
    "id", "question", "history", "kind", "style", "persona", "split", "status", "cause", "as_of",
    "gold", "gold_all", "facts", "forbidden", "validity", "verdict", "computed",
]  # fmt: skip
_HELP = {
    "history": "每行一轮：用户：… 或 助手：…",
    "gold": "每行一条，任一条即可：文号或标题 # 条款 @ 文件:首行-末行",
    "gold_all": "每行一条，全部都要",
    "facts": "每行一个要点，不同说法用 | 隔开",
    "forbidden": "每行一个不该出现的数字或说法",
}
_GOLD = re.compile(
    r"^(?P<doc>.+?)\s*#\s*(?P<clause>.+?)\s*@\s*(?P<file>[^@]+?):(?P<first>\d+)(?:-(?P<last>\d+))?$"
)
_ROLES = {"用户": "user", "助手": "assistant", "user": "user", "assistant": "assistant"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_set(questions: QuestionSet, path: Path) -> None:
    """Write a set as CSV (UTF-8 with mark, as Excel expects) or Excel, by the ending of the path.

    Raises:
        HangceError: the ending is neither, or the file cannot be written.
    """
    rows = [_to_row(q.model_dump(mode="json")) for q in questions.questions]
    try:
        if path.suffix.lower() == ".csv":
            buffer = io.StringIO()
            writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: _inert(v) for k, v in row.items()} for row in rows)
            write_atomically(path, "\ufeff" + buffer.getvalue())
        elif path.suffix.lower() == ".xlsx":
            _write_workbook(questions.name, rows, path)
        else:
            raise InputError(
                str(path), "neither .csv nor .xlsx", "give a file name with one of these endings"
            )
    except OSError as error:
        raise HangceError(f"cannot write {path} ({error.strerror})") from error


def import_set(path: Path, name: str, description: str = "") -> QuestionSet:
    """Read a set from CSV or Excel; empty rows are left out.

    Raises:
        InputError: the file cannot be read, a column is missing or unknown, or a row breaks the schema.
    """
    table = _read_rows(path)
    questions = [_to_record(row, f"{path.name}, row {number}") for number, row in table]
    return validate_set({"name": name, "description": description, "questions": questions}, path.name)


def write_yaml(questions: QuestionSet, path: Path) -> None:
    """Write a set as the YAML that `evals/sets/` holds: one question after the other, defaults left out.

    Raises:
        HangceError: the file cannot be written.
    """
    data: dict[str, Any] = {"name": questions.name, "description": questions.description, "questions": []}
    for question in questions.questions:
        record = question.model_dump(mode="json", exclude_defaults=True)
        record["as_of"] = question.as_of
        gold = record.get("gold", {})
        record["gold"] = {k: [_Inline(g) for g in v] for k, v in gold.items() if v}
        record["history"] = [_Inline(turn) for turn in record.get("history", [])]
        record["facts"] = [_InlineList(f) for f in record.get("facts", [])]
        record["forbidden"] = _InlineList(record.get("forbidden", []))
        ordered = {k: record[k] for k in _YAML_ORDER if record.get(k) not in (None, [], {})}
        data["questions"].append(ordered)
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    try:
        write_atomically(path, text)
    except OSError as error:
        raise HangceError(f"cannot write {path} ({error.strerror})") from error


# --- rows --------------------------------------------------------------------------------------------------


def _to_row(record: dict[str, Any]) -> dict[str, str]:
    row = {name: "" if record.get(name) is None else str(record.get(name)) for name in COLUMNS}
    row["computed"] = "yes" if record["computed"] else ""
    speakers = {"user": "用户", "assistant": "助手"}
    row["history"] = "\n".join(
        f"{speakers[t['role']]}：{t['content'].replace(chr(10), ' ')}" for t in record["history"]
    )
    for column, key in (("gold", "any_of"), ("gold_all", "all_of")):
        row[column] = "\n".join(
            f"{g['doc']} # {g['clause']} @ {g['file']}:{g['lines'][0]}-{g['lines'][1]}"
            for g in record["gold"][key]
        )
    row["facts"] = "\n".join(" | ".join(wordings) for wordings in record["facts"])
    row["forbidden"] = "\n".join(record["forbidden"])
    return row


def _to_record(row: dict[str, str], place: str) -> dict[str, Any]:
    record: dict[str, Any] = {
        name: value.strip() for name, value in row.items() if value.strip() and name not in _HELP
    }
    if "as_of" in record:
        record["as_of"] = record["as_of"][:10]
    record["computed"] = record.get("computed", "").lower() in ("yes", "true", "1", "是")
    record["history"] = [_turn(line, place) for line in _lines(row, "history")]
    record["gold"] = {
        "any_of": [_gold(line, place) for line in _lines(row, "gold")],
        "all_of": [_gold(line, place) for line in _lines(row, "gold_all")],
    }
    record["facts"] = [[w.strip() for w in line.split("|") if w.strip()] for line in _lines(row, "facts")]
    record["forbidden"] = _lines(row, "forbidden")
    return record


def _lines(row: dict[str, str], column: str) -> list[str]:
    return [line.strip() for line in row.get(column, "").splitlines() if line.strip()]


def _turn(line: str, place: str) -> dict[str, str]:
    speaker, mark, content = line.replace(":", "：", 1).partition("：")
    if not mark or speaker.strip() not in _ROLES:
        raise InputError(place, f"column history: {line[:40]!r}", "write each turn as 用户：… or 助手：…")
    return {"role": _ROLES[speaker.strip()], "content": content.strip()}


def _gold(line: str, place: str) -> dict[str, Any]:
    match = _GOLD.match(line)
    if match is None:
        raise InputError(
            place,
            f"column gold: {line[:60]!r}",
            "write 文号 # 条款 @ file.txt:first-last, e.g. 杭科高〔2020〕71号 # 第三条 @ a.txt:12-14",
        )
    first = int(match["first"])
    return {
        "doc": match["doc"],
        "clause": match["clause"],
        "file": match["file"],
        "lines": [first, int(match["last"] or first)],
    }


def _inert(value: str) -> str:
    """A cell that a spreadsheet would run as a formula, made text."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _read_rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        if path.suffix.lower() == ".csv":
            table = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        elif path.suffix.lower() == ".xlsx":
            from openpyxl import load_workbook

            sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
            table = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        else:
            raise InputError(str(path), "neither .csv nor .xlsx", "save the table in one of these formats")
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(
            str(path), f"is not UTF-8 ({error.reason})", "save it as CSV UTF-8, or as .xlsx"
        ) from error
    except Exception as error:  # openpyxl and zipfile raise many kinds on damaged files
        raise InputError(str(path), f"cannot be read ({error})", "check that the file is complete") from error
    header = [name.strip() for name in table[0]] if table else []
    for wrong, problem in (
        (set(header) - set(COLUMNS) - {""}, "unknown column"),
        ({"id", "question"} - set(header), "no column"),
    ):
        if wrong:
            raise InputError(
                path.name, f"{problem} {', '.join(sorted(wrong))}", f"columns: {', '.join(COLUMNS)}"
            )
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        row = {
            n: c[1:] if c[:1] == "'" and c[1:2] in _FORMULA else c
            for n, c in zip(header, cells, strict=False)
            if n
        }
        if any(value.strip() for value in row.values()):
            rows.append((number, row))
    return rows


def _cell(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return "" if value is None else str(value)


def _write_workbook(name: str, rows: list[dict[str, str]], path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = re.sub(r"[\\/*?:\[\]]", " ", name)[:31] or "questions"
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([row[column] for column in COLUMNS])
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s"  # never a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell, column in zip(sheet[1], COLUMNS, strict=True):
        cell.font = Font(bold=True)
        if column in _HELP:
            cell.comment = Comment(_HELP[column], "Hangce")
        wide = column in ("question", "history", "gold", "gold_all", "facts")
        sheet.column_dimensions[cell.column_letter].width = 48 if wide else 14
    sheet.freeze_panes = "C2"
    temporary = path.with_name(f".{path.name}.part")
    book.save(temporary)
    temporary.replace(path)


# --- YAML --------------------------------------------------------------------------------------------------

_YAML_ORDER = [
    "id", "history", "question", "kind", "style", "persona", "split", "status", "cause", "as_of",
    "gold", "facts", "forbidden", "computed", "validity", "verdict",
]  # fmt: skip


class _Inline(dict[str, Any]):
    """A mapping written on one line."""


class _InlineList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes gold clauses, turns and facts on one line each."""


_Dumper.add_representer(
    _Inline, lambda d, v: d.represent_mapping("tag:yaml.org,2002:map", v.items(), flow_style=True)
)
_Dumper.add_representer(
    _InlineList, lambda d, v: d.represent_sequence("tag:yaml.org,2002:seq", v, flow_style=True)
)
