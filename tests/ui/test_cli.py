import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.build import build
from index.home import Home
from ingest.knowledge import load_policies
from ui.cli import main

ROOT = Path(__file__).resolve().parents[2]


def hangce(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_ask_prints_the_answer_with_its_clause(knowledge_home: Home) -> None:
    result = hangce(
        "ask", "规上企业研发补助最高多少", "--as-of", "2026-11-20", "--home", str(knowledge_home.path)
    )
    assert result.exit_code == 0
    assert "200万元" in result.stdout and "第八条（一）" in result.stdout and "已失效" in result.stdout


def test_ask_json_has_the_fields_of_the_contract(knowledge_home: Home) -> None:
    result = hangce("ask", "创客一年能领多少创新券", "--json", "--home", str(knowledge_home.path))
    answer = json.loads(result.stdout)
    assert list(answer) == [
        "id", "question", "status", "answer", "statements", "citations", "notices", "clarify", "eligibility", "mode",
        "as_of", "timings_ms",
    ]  # fmt: skip
    assert answer["status"] == "answered" and "10万元" in answer["answer"]
    assert set(answer["citations"][0]) == {
        "n", "clause_id", "title", "doc_number", "clause", "breadcrumb", "quote", "verbatim", "source", "validity",
    }  # fmt: skip


@pytest.mark.parametrize("question", ["", "   ", "券", "😀😀", "啊" * 10_000, "\u200b\u0007"])
def test_a_question_that_cannot_be_taken_gets_one_clear_line(knowledge_home: Home, question: str) -> None:
    result = hangce("ask", "--home", str(knowledge_home.path), "--", question)
    assert result.exit_code == 1
    assert result.stderr.startswith("hangce: ") and len(result.stderr.strip().splitlines()) == 1


def test_control_characters_and_markup_do_no_harm(knowledge_home: Home) -> None:
    result = hangce(
        "ask", "--home", str(knowledge_home.path), "--", "<b>创新券</b>\u0007\u200b一年最高能领多少"
    )
    assert result.exit_code == 0 and "20万元" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "x", "--batch", "pyproject.toml"],
        ["ask", "x", "--as-of", "2020-13-01"],
        ["search"],
        ["nonsense"],
    ],
)
def test_usage_errors_exit_with_2(arguments: list[str]) -> None:
    assert hangce(*arguments).exit_code == 2


def test_batch_keeps_ids_and_goes_on_after_bad_records(knowledge_home: Home, tmp_path: Path) -> None:
    records = [
        {"id": "a", "question": "雏鹰计划办法现在还有效吗", "as_of": "2021-01-01"},
        {"id": "b", "question": ""},
        {
            "id": "c",
            "question": "那创客呢",
            "history": [{"role": "user", "content": "创新券企业一年能领多少"}],
        },
        {"id": "d", "question": "创新券", "as_of": "yesterday"},
    ]
    batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    batch.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records), encoding="utf-8")
    assert (
        hangce("ask", "--batch", str(batch), "--out", str(out), "--home", str(knowledge_home.path)).exit_code
        == 0
    )
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [a["id"] for a in answers] == ["a", "b", "c", "d"]
    assert [a["status"] for a in answers] == ["answered", "error", "answered", "error"]
    assert "有效期内" in answers[0]["answer"] and "10万元" in answers[2]["answer"]
    assert list(tmp_path.iterdir()) == [batch, out] or set(tmp_path.iterdir()) == {batch, out}


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"question": 3}'])
def test_a_broken_batch_line_is_named_and_leaves_no_half_file(
    knowledge_home: Home, tmp_path: Path, line: str
) -> None:
    batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    batch.write_text('{"question": "创新券最高多少"}\n' + line, encoding="utf-8")
    result = hangce("ask", "--batch", str(batch), "--out", str(out), "--home", str(knowledge_home.path))
    assert result.exit_code == 1 and "line 2" in result.stderr
    assert not out.exists()


def test_search_returns_full_clauses(knowledge_home: Home, tmp_path: Path) -> None:
    home = str(knowledge_home.path)
    hits = json.loads(hangce("search", "雏鹰企业贷款贴息", "-k", "3", "--json", "--home", home).stdout)
    assert [h["rank"] for h in hits] == [1, 2, 3]
    assert hits[0]["doc_number"] == "杭科高〔2020〕71号" and "贴息" in hits[0]["text"]
    batch = tmp_path / "in.jsonl"
    batch.write_text('{"id": 7, "question": "创新券"}\n', encoding="utf-8")
    record = json.loads(hangce("search", "--batch", str(batch), "--home", home).stdout)
    assert record["id"] == 7 and len(record["results"]) == 20


def test_a_batch_of_searches_goes_on_with_a_conversation(knowledge_home: Home, tmp_path: Path) -> None:
    history = [
        {"role": "user", "content": "《杭州市科技创新券实施管理办法》企业一年最多领多少"},
        {"role": "assistant", "content": "最高20万元。"},
    ]
    batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    records = [
        {"id": 1, "question": "那没用完的呢", "history": history},
        {"id": 2, "question": "那没用完的呢"},
    ]
    batch.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records), encoding="utf-8")
    options = ["--batch", str(batch), "--out", str(out), "-k", "5", "--home", str(knowledge_home.path)]
    assert hangce("search", *options).exit_code == 0
    talked, alone = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (talked["id"], alone["id"]) == (1, 2)
    assert [r["rank"] for r in talked["results"]] == [1, 2, 3, 4, 5]
    of_the_policy = [r["doc_number"] == "杭科合〔2018〕8号" for r in talked["results"]]
    assert of_the_policy[0] and sum(of_the_policy) >= 3
    assert talked["results"] != alone["results"]


@pytest.mark.parametrize("history", ["x", 3, [3], [{"role": "nobody", "content": "x"}], [{"role": "user"}]])
def test_a_conversation_that_cannot_be_read_is_named(
    knowledge_home: Home, tmp_path: Path, history: object
) -> None:
    batch, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    batch.write_text(json.dumps({"question": "纸鸢", "history": history}), encoding="utf-8")
    result = hangce("search", "--batch", str(batch), "--out", str(out), "--home", str(knowledge_home.path))
    assert result.exit_code == 1 and "history" in result.stderr and "纸鸢" in result.stderr
    assert "internal error" not in result.stderr and not out.exists()


def test_search_says_where_a_clause_stands_once_more(tmp_path: Path, made_up_corpus: Path) -> None:
    kites = (made_up_corpus / "kites.txt").read_text(encoding="utf-8")
    (made_up_corpus / "once_more.txt").write_text("（汇编）\n\n" + kites, encoding="utf-8")
    (tmp_path / "knowledge").mkdir()
    build(Home(tmp_path / "home"), [made_up_corpus], knowledge=tmp_path / "knowledge")
    home = str(tmp_path / "home")
    hits = json.loads(hangce("search", "做纸鸢的企业最高补助多少", "--json", "--home", home).stdout)
    assert (hits[0]["doc_number"], hits[0]["clause"]) == ("杭测〔2020〕7号", "第三条")
    (copy,) = hits[0]["also_at"]
    assert copy["clause_id"] != hits[0]["clause_id"] and copy["clause_id"].endswith("#第三条")
    files = {copy["file"], hits[0]["source"]["file"]}
    assert files == {"kites.txt", "once_more.txt"}
    lines = (made_up_corpus / copy["file"]).read_text(encoding="utf-8").splitlines()
    assert "20万元" in lines[copy["line_start"] - 1]
    boats = next(h for h in hits if "造船" in h["title"])
    assert boats["also_at"] == []


def test_documents_lists_every_document(knowledge_home: Home) -> None:
    listed = json.loads(hangce("documents", "--json", "--home", str(knowledge_home.path)).stdout)
    assert len(listed) == len(load_policies())
    numbers = {number for d in listed for number in d["doc_numbers"]}
    assert numbers >= {"杭科合〔2018〕8号", "杭科资〔2020〕72号", "杭科高〔2020〕71号", "浙政发〔2016〕24号"}
    assert {"document_id", "title", "expires", "source", "articles", "clauses", "warnings"} <= set(listed[0])


@pytest.mark.parametrize(
    "command", [["ask", "创新券最高多少"], ["search", "创新券"], ["documents"], ["eval", "run"]]
)
def test_without_an_index_the_way_out_is_named(tmp_path: Path, command: list[str]) -> None:
    result = hangce(*command, "--home", str(tmp_path / "none"))
    assert result.exit_code == 1
    assert "hangce build" in result.stderr and "Traceback" not in result.output


def test_build_reports_what_it_skipped_and_goes_on(tmp_path: Path, made_up_corpus: Path) -> None:
    (made_up_corpus / "empty.txt").touch()
    (made_up_corpus / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (made_up_corpus / "gone.txt").symlink_to(tmp_path / "nowhere")
    (made_up_corpus / "circle").symlink_to(made_up_corpus)
    home = str(tmp_path / "home")
    result = hangce("build", "--corpus", str(made_up_corpus), "--home", home)
    assert result.exit_code == 0
    for name in ("empty.txt", "binary.txt", "gone.txt"):
        assert sum(name in line for line in result.stderr.splitlines() if line.startswith("跳过")) == 1
    assert hangce("ask", "每家做纸鸢的企业最高补助多少", "--home", home).stdout.count("20万元") >= 1
    assert hangce("build", "--corpus", str(made_up_corpus), "--home", home, "--strict").exit_code == 1
    missing = hangce("build", "--corpus", str(tmp_path / "nowhere"), "--home", home)
    assert missing.exit_code == 1 and "nowhere" in missing.stderr


_HEAVY = (
    "torch", "transformers", "sentence_transformers", "gradio", "pandas", "sklearn", "scipy", "pypinyin", "pymilvus",
    "matplotlib", "onnxruntime", "plotly",
)  # fmt: skip


@pytest.mark.parametrize(
    ("command", "others"),
    [
        ("ask", ("langsmith", "langchain_openai", "fastapi")),
        ("search", ("langchain", "langchain_core", "langchain_openai", "fastapi", "pypdfium2", "docx")),
    ],
)
def test_asking_and_searching_start_without_heavy_modules(
    knowledge_home: Home, command: str, others: tuple[str, ...]
) -> None:
    """What a cold process imports is most of what its user waits for."""
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['hangce', {command!r}, '创新券最高多少', '--json', '--home', {str(knowledge_home.path)!r}]\n"
        "try:\n"
        "    runpy.run_module('ui.cli', run_name='__main__', alter_sys=True)\n"
        "except SystemExit as end:\n"
        "    print(end.code or 0, file=sys.stderr)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    exit_code, modules = done.stderr.splitlines()[-2:]
    assert exit_code == "0" and json.loads(done.stdout)  # it did its work
    assert "faiss" in modules.split()
    assert not set(modules.split()) & {*_HEAVY, *others}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The homes that are served, none of them for real."""
    homes: list[Path] = []
    monkeypatch.setattr("ui.web.serve", lambda home, host, port: homes.append(home.path))
    return homes


def test_a_home_is_served_once_its_index_is_built(
    served: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = hangce("serve", "--build", "--home", str(tmp_path / "home"))
    assert result.exit_code == 0 and served == [tmp_path / "home"]
    assert "索引在" in capfd.readouterr().out
    assert Home(tmp_path / "home").current().is_dir()


def test_nothing_is_served_where_the_build_fails(
    served: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing"
    result = hangce("serve", "--build", "--corpus", str(missing), "--home", str(tmp_path / "home"))
    assert result.exit_code not in (0, None) and not served
    assert "missing" in capfd.readouterr().err


def test_documents_to_build_from_without_building_are_a_mistake(served: list[Path], tmp_path: Path) -> None:
    result = hangce("serve", "--corpus", str(tmp_path))
    assert result.exit_code == 2 and "--build" in result.output and not served
