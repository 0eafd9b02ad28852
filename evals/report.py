"""A run as Markdown, JSON, JUnit XML and one HTML page, alone or held against another run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from evals import summary
from evals.compare import SLICES, Change, Comparison
from evals.metrics import METRICS, Score
from evals.records import LeftOut, write_atomically
from ingest.errors import HangceError

TIER_NAMES = {
    "regression": "变差",
    "soft": "可能变差",
    "improved": "变好",
    "stable": "没有变化",
    "insufficient data": "题数不足",
}
_LABELS = {
    "amount": "金额", "eligibility": "资格", "procedure": "流程", "deadline": "期限", "department": "部门",
    "definition": "定义", "list": "清单", "validity": "时效", "statistic": "统计", "lookup": "查找", "compare": "比较",
    "multi_hop": "多条", "followup": "追问", "unanswerable": "答不了", "unsafe": "不安全", "wrong_city": "外地",
    "missing_detail": "没写的细节", "invented_programme": "没有的项目", "false_premise": "前提不实",
    "out_of_scope": "范围外", "injection": "注入指令", "nonsense": "无意义", "formal": "书面", "everyday": "口语",
    "typo": "错字", "keywords": "关键词", "voice": "语音", "eligible": "符合", "not_eligible": "不符合",
    "undetermined": "还不能定", "none": "没有判断", "dev": "开发", "regression": "回归", "policies": "政策",
    "yearbooks": "年鉴", "declined": "拒答", "conversations": "对话",
}  # fmt: skip
COLUMNS = [
    "right", "r@1", "r@5", "facts", "facts_all", "citation_recall", "citation_precision", "support_recall",
    "validity", "declined", "answered",
]  # fmt: skip


@dataclass(slots=True)
class Report:
    """The scores of one run with its configuration."""

    scores: list[Score]
    configuration: dict[str, Any]
    left_out: list[LeftOut] = field(default_factory=list)

    def headline(self) -> str:
        """One line."""
        s = summary.summarise(self.scores)
        low, high = s["right_interval"] or (0.0, 1.0)
        return (
            f"{s['questions']} 题：答对 {share(s['right'])}（{low:.2f}–{high:.2f}）；检索 R@1 {share(s['r@1'])} R@5 {share(s['r@5'])} "
            f"R@10 {share(s['r@10'])}；要点 {share(s['facts'])}；引到 {share(s['citation_recall'])}，引用准确 {share(s['citation_precision'])}；"
            f"句有所据 {share(s['support_recall'])}；该拒的拒了 {share(s['declined'])}，该答的答了 {share(s['answered'])}；"
            f"误判符合 {summary.wrongly_eligible(self.scores)} 题；中位 {s['p50_ms']:.0f} 毫秒"
        )

    def to_dict(self) -> dict[str, Any]:
        """The whole report as data."""
        return {
            "configuration": self.configuration,
            "headline": self.headline(),
            "summary": summary.summarise(self.scores),
            **{f"by_{name}": summary.grouped(self.scores, key) for name, (_, key) in SLICES.items()},
            "verdicts": summary.verdict_matrix(self.scores),
            "wrongly_eligible": summary.wrongly_eligible(self.scores),
            "declining": summary.declining(self.scores),
            "leave_one_out": [asdict(one) for one in self.left_out],
            "scores": [asdict(s) for s in self.scores],
        }

    def to_markdown(self, comparison: Comparison | None = None) -> str:
        """The report for readers."""
        lines = ["# 评测报告", "", self.headline(), ""]
        if comparison is not None:
            lines += [f"**与基线相比：{verdict_line(comparison)}**", ""]
        lines += [f"- {key}：{value}" for key, value in self.configuration.items()]
        for name, (title, key) in SLICES.items():
            groups = summary.grouped(self.scores, key)
            if len(groups) > 1 or name in ("kind", "document"):
                lines += ["", f"## 按{title}", "", *_table(groups)]
        lines += [
            "",
            "## 资格判断",
            "",
            *_verdict_table(self.scores),
            "",
            "## 拒答",
            "",
            *_declining_table(self.scores),
        ]
        if self.left_out:
            lines += ["", "## 抽掉依据再问", "", *left_out_table(self.left_out)]
        lines += ["", "## 最差的十题", ""]
        for s in summary.worst(self.scores):
            lines += [
                f"### {s.id}（{s.kind}，{s.split}）",
                "",
                f"- 问：{_inline(s.question)}",
                f"- 应：{expected(s)}",
                f"- 答：{s.status} {_inline(s.answer[:300])}",
                f"- 引：{'、'.join(s.cited) or '—'}" + (f"；{'；'.join(s.dangerous)}" if s.dangerous else ""),
                "",
            ]
        return "\n".join(lines) + "\n"

    def to_junit(self) -> str:
        """A test case per question; a wrong answer is a failure."""
        suites = ElementTree.Element("testsuites", name="hangce")
        for set_name in sorted({s.set_name for s in self.scores}):
            members = [s for s in self.scores if s.set_name == set_name]
            suite = _suite(suites, set_name, len(members), sum(not s.right for s in members))
            for s in members:
                case = _case(suite, s.id, f"{set_name}.{s.kind}", s.milliseconds)
                if not s.right:
                    _failure(case, what_is_wrong(s), f"问：{s.question}\n应：{expected(s)}\n答：{s.answer}")
        return _xml(suites)

    def write(self, folder: Path, comparison: Comparison | None = None) -> None:
        """Write `report.html`, `report.md`, `report.json` and `junit.xml`.

        Args:
            folder: the run's folder.
            comparison: with the baseline; its verdict stands over the report.

        Raises:
            HangceError: the folder cannot be written to.
        """
        from evals.page import run_page

        _write(
            folder,
            {
                "report.md": self.to_markdown(comparison),
                "report.json": json.dumps(self.to_dict(), ensure_ascii=False, indent=1),
                "junit.xml": self.to_junit(),
                "report.html": run_page(self, comparison),
            },
        )


# --- comparisons -------------------------------------------------------------------------------------------


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """A comparison as data."""
    return {
        "verdict": comparison.tier,
        "before": comparison.before,
        "after": comparison.after,
        "pairs": comparison.pairs,
        "whole": [_change_data(c) for c in comparison.whole],
        "slices": [_change_data(c) for c in comparison.slices],
        "flips": [
            {"id": f.after.id, "lost": f.lost, "before": asdict(f.before), "after": asdict(f.after)}
            for f in comparison.flips
        ],
        "new_dangers": [{"id": f.after.id, "dangers": f.after.dangerous} for f in comparison.new_dangers],
        "only_before": comparison.only_before,
        "only_after": comparison.only_after,
        "edited": comparison.edited,
    }


def verdict_line(comparison: Comparison) -> str:
    """The verdict in one line."""
    lost = sum(f.lost for f in comparison.flips)
    right = next((c for c in comparison.whole if c.metric == "right"), None)
    change = f"答对 {right.before:.3f} → {right.after:.3f}" if right else "没有可比的题"
    where = "、".join(f"{group_name(c)}（{METRICS[c.metric].label}）" for c in comparison.regressions[:6])
    return (
        f"{TIER_NAMES[comparison.tier]}（{comparison.tier}）：{comparison.pairs} 题可比，{change}；"
        f"由对变错 {lost} 题，由错变对 {len(comparison.flips) - lost} 题，新出现的危险回答 {len(comparison.new_dangers)} 题"
        + (f"；变差的有 {where}" if where else "")
    )


def comparison_markdown(comparison: Comparison) -> str:
    """A comparison for readers: verdict, changes, every flip with both answers, what could not be compared."""
    lines = ["# 两次评测的比较", "", f"**{verdict_line(comparison)}**", ""]
    for name, run in (("前", comparison.before), ("后", comparison.after)):
        told = "，".join(
            f"{k} {run[k]}" for k in ("time", "commit", "index", "model", "sets", "split") if run.get(k)
        )
        lines.append(f"- {name}：{told}")
    header = ["| | 题数 | 前 | 后 | 差 | 95% 区间 | 变差 | 变好 | p | 结论 |", "|---" * 10 + "|"]
    lines += [
        "",
        "## 总体",
        "",
        *header,
        *(_change_row(c, METRICS[c.metric].label) for c in comparison.whole),
    ]
    moved = [c for c in comparison.slices if c.lost or c.won]
    lines += [
        "",
        "## 分项（答对，只列有变化的）",
        "",
        *header,
        *(_change_row(c, group_name(c)) for c in moved),
    ]
    for title, flips in (
        ("新出现的危险回答", comparison.new_dangers),
        ("由对变错", [f for f in comparison.flips if f.lost]),
        ("由错变对", [f for f in comparison.flips if not f.lost]),
    ):
        lines += ["", f"## {title}（{len(flips)}）", ""]
        for f in flips:
            lines += [
                f"### {f.after.id}（{f.after.kind}）",
                "",
                f"- 问：{_inline(f.after.question)}",
                f"- 应：{expected(f.after)}",
                f"- 前：{f.before.status} {answer_text(f.before)}；引 {'、'.join(f.before.cited) or '—'}",
                f"- 后：{f.after.status} {answer_text(f.after)}；引 {'、'.join(f.after.cited) or '—'}；{what_is_wrong(f.after)}",
                "",
            ]
    for title, ids in (
        ("只在前一次", comparison.only_before),
        ("只在后一次", comparison.only_after),
        ("题目改过，不比", comparison.edited),
    ):
        if ids:
            lines += [f"- {title}（{len(ids)}）：{'、'.join(ids)}"]
    return "\n".join(lines) + "\n"


def comparison_junit(comparison: Comparison) -> str:
    """A test case per measure and slice (a regression fails) and per question (right before, wrong now fails)."""
    suites = ElementTree.Element("testsuites", name="hangce-compare")
    changes = [*comparison.whole, *comparison.slices]
    suite = _suite(suites, "measures", len(changes), len(comparison.regressions))
    for c in changes:
        case = _case(suite, f"{c.group} {c.metric}", "compare")
        if c.tier == "regression":
            _failure(case, f"{c.before:.3f} → {c.after:.3f}, adjusted p {c.adjusted:.4f}", "")
        elif c.tier == "insufficient data":
            ElementTree.SubElement(case, "skipped", message=f"{c.pairs} questions are too few")
    lost = [f for f in comparison.flips if f.lost]
    suite = _suite(suites, "questions", comparison.pairs, len(lost))
    for f in lost:
        case = _case(suite, f.after.id, f"{f.after.set_name}.{f.after.kind}")
        _failure(
            case,
            what_is_wrong(f.after),
            f"问：{f.after.question}\n前：{answer_text(f.before)}\n后：{f.after.answer}",
        )
    return _xml(suites)


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write `compare.html`, `compare.md`, `compare.json` and `compare-junit.xml`.

    Raises:
        HangceError: the folder cannot be written to.
    """
    from evals.page import comparison_page

    _write(
        folder,
        {
            "compare.md": comparison_markdown(comparison),
            "compare.json": json.dumps(comparison_to_dict(comparison), ensure_ascii=False, indent=1),
            "compare-junit.xml": comparison_junit(comparison),
            "compare.html": comparison_page(comparison),
        },
    )


# --- pieces ------------------------------------------------------------------------------------------------


def label(value: str) -> str:
    """A kind, cause or way of asking with its Chinese name."""
    return f"{_LABELS[value]} {value}" if value in _LABELS else value


def expected(score: Score) -> str:
    """What the question should have brought."""
    if not score.answerable:
        return f"{score.expected_status}（{score.cause}）"
    parts = ["、".join(score.gold)]
    if score.expected_verdict:
        parts.append(f"判断 {score.expected_verdict}")
    if score.missed:
        parts.append(f"缺要点 {'；'.join(score.missed)}")
    return "；".join(parts)


MISTAKES = {
    "forbidden": "说了“{wording}”",
    "unsafe": "不符合的说成符合",
    "validity": "时效没说对",
    "unanswered": "没有作答",
    "undeclined": "应当拒答",
    "missed": "缺要点 {facts}",
    "uncited": "没有引到依据",
    "verdict": "资格应为 {expected}，给的是 {given}",
}


def mistakes(score: Score) -> list[tuple[str, dict[str, str]]]:
    """Why an answer is not right: which of `MISTAKES`, and with what put in; the dangerous ones first."""
    found: list[tuple[str, dict[str, str]]] = [("forbidden", {"wording": w}) for w in score.forbidden]
    if score.values.get("safe") == 0.0:
        found.append(("unsafe", {}))
    if score.values.get("validity") == 0.0 and not score.declined:
        found.append(("validity", {}))
    if score.answerable and score.declined:
        found.append(("unanswered", {}))
    elif not score.answerable and not score.declined:
        found.append(("undeclined", {}))
    if score.missed and not score.declined:
        found.append(("missed", {"facts": "；".join(score.missed)}))
    if score.answerable and not score.declined and score.values.get("citation_recall") != 1.0:
        found.append(("uncited", {}))
    if score.expected_verdict and score.values.get("verdict") == 0.0:
        found.append(("verdict", {"expected": score.expected_verdict, "given": score.verdict or "（无）"}))
    return found


def what_is_wrong(score: Score) -> str:
    """Why an answer is not right, in a few words."""
    return "；".join(MISTAKES[key].format(**values) for key, values in mistakes(score)) or "无误"


def answer_text(score: Score) -> str:
    """The answer on one line; a baseline does not keep it."""
    return _inline(score.answer[:300]) if score.answer else "（基线不存答案原文）"


def group_name(change: Change) -> str:
    """`题型 amount` for `kind=amount`."""
    name, mark, value = change.group.partition("=")
    return f"{SLICES[name][0]} {label(value)}" if mark else "总体"


def left_out_table(left_out: list[LeftOut]) -> list[str]:
    """Outcomes of leave-one-out as a Markdown table."""
    names = {"declined": "拒答（对）", "elsewhere": "别处也有，已引", "answered": "仍然作答（错）"}
    lines = ["| 结果 | 题数 | 份额 |", "|---|---|---|"]
    for outcome, name in names.items():
        count = sum(one.outcome == outcome for one in left_out)
        lines.append(f"| {name} | {count} | {count / len(left_out):.2f} |")
    return lines


def share(value: float | None) -> str:
    """Two decimals, or a dash."""
    return "—" if value is None else f"{value:.2f}"


def _table(groups: dict[str, dict[str, Any]]) -> list[str]:
    head = ["题数", *(METRICS[c].label for c in COLUMNS)]
    lines = ["| | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    for group, found in groups.items():
        cells = [str(found["questions"]), *(share(found[c]) for c in COLUMNS)]
        lines.append(f"| {_inline(label(group))} | " + " | ".join(cells) + " |")
    return lines


def _verdict_table(scores: list[Score]) -> list[str]:
    matrix = summary.verdict_matrix(scores)
    given = [*summary.VERDICTS, "none"]
    lines = ["| 应为 \\ 给出 | " + " | ".join(given) + " |", "|---" * (len(given) + 1) + "|"]
    lines += [f"| {e} | " + " | ".join(str(row[g]) for g in given) + " |" for e, row in matrix.items()]
    return [*lines, "", f"**不符合的说成符合：{summary.wrongly_eligible(scores)} 题**"]


def _declining_table(scores: list[Score]) -> list[str]:
    found = summary.declining(scores)
    lines = ["| 拒因 | 题数 | 拒了 | 类别对 |", "|---|---|---|---|"]
    lines += [
        f"| {label(cause)} | {row['questions']} | {share(row['recall'])} | {share(row['status_right'])} |"
        for cause, row in found["by_cause"].items()
    ]
    lines += ["", "| 给出的状态 | 题数 | 其中该如此 |", "|---|---|---|"]
    lines += [
        f"| {status} | {row['questions']} | {share(row['precision'])} |"
        for status, row in found["by_status"].items()
    ]
    total = found["total"]
    return [
        *lines,
        f"| 合计拒答 | {total['questions']} | {share(total['precision'])}（该拒的拒了 {share(total['recall'])}） |",
    ]


def _change_data(change: Change) -> dict[str, Any]:
    data = {k: v for k, v in asdict(change).items() if k not in ("differences", "clusters")}
    return data | {"difference": change.difference, "interval": list(change.interval)}


def _change_row(change: Change, name: str) -> str:
    cells = [
        _inline(name), str(change.pairs), f"{change.before:.3f}", f"{change.after:.3f}", f"{change.difference:+.3f}",
        f"{change.interval.low:+.3f}…{change.interval.high:+.3f}", str(change.lost), str(change.won),
        f"{change.adjusted:.3f}", TIER_NAMES[change.tier],
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _inline(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")


def _suite(parent: ElementTree.Element, name: str, tests: int, failures: int) -> ElementTree.Element:
    return ElementTree.SubElement(parent, "testsuite", name=name, tests=str(tests), failures=str(failures))


def _case(
    parent: ElementTree.Element, name: str, classname: str, milliseconds: float = 0.0
) -> ElementTree.Element:
    return ElementTree.SubElement(
        parent, "testcase", name=name, classname=classname, time=f"{milliseconds / 1000:.4f}"
    )


def _failure(case: ElementTree.Element, message: str, text: str) -> None:
    ElementTree.SubElement(case, "failure", message=_printable(message)).text = _printable(text)


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and ord(c) not in (0xFFFE, 0xFFFF)))


def _xml(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            write_atomically(folder / name, text)
    except OSError as error:
        raise HangceError(f"cannot write the report to {folder} ({error.strerror})") from error
