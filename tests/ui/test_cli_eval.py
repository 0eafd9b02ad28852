"""`hangce eval …` and `hangce audit` as staff and CI call them: output and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from evals.baseline import DEFAULT
from index.build import build
from index.home import Home
from ui.cli import main

KITES = "关于支持纸鸢的若干意见\n\n一、补助标准\n\n（一）做纸鸢的企业最高补助20万元。\n\n（二）放纸鸢的个人最高补助3万元。\n\n二、附则\n\n本意见自2020年4月1日起施行，有效期至2022年12月31日。\n"


def hangce(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("kites")
    (folder / "kites.txt").write_text(KITES, encoding="utf-8")
    home = Home(tmp_path_factory.mktemp("home"))
    build(home, [folder])
    return home


@pytest.fixture
def make_set(tmp_path: Path) -> Callable[[str], Path]:
    """Twelve questions on one clause, with the fact that is expected."""

    def make(fact: str) -> Path:
        gold = {"doc": "关于支持纸鸢的若干意见", "clause": "一、（一）", "file": "kites.txt", "lines": [5, 5]}
        questions = [
            {
                "id": f"k{n}", "question": f"做纸鸢的企业最高补助多少{'呀' * n}", "kind": "amount", "split": "dev",
                "status": "answered", "as_of": "2021-01-01", "gold": {"any_of": [gold]}, "facts": [[fact]],
            }
            for n in range(12)
        ]  # fmt: skip
        path = tmp_path / "kites.yaml"
        path.write_text(
            yaml.safe_dump({"name": "kites", "questions": questions}, allow_unicode=True), encoding="utf-8"
        )
        return path

    return make


def test_a_run_its_baseline_and_a_regression(
    home: Home, make_set: Callable[[str], Path], tmp_path: Path
) -> None:
    good, bad, baseline = tmp_path / "good", tmp_path / "bad", tmp_path / "baseline.json"
    questions = make_set("20万元")
    ran = hangce("eval", "run", "--set", questions, "--out", good, "--home", home.path)
    assert ran.exit_code == 0 and "12 题：答对 1.00" in ran.stdout
    assert hangce("eval", "bless", good, "--reason", "ok", "--baseline", baseline).exit_code == 1
    blessed = hangce("eval", "bless", good, "--reason", "the first one of this test", "--baseline", baseline)
    assert blessed.exit_code == 0
    same = hangce("eval", "compare", baseline, good)
    assert same.exit_code == 0 and "没有变化" in same.stdout
    hangce("eval", "run", "--set", questions, "--out", bad, "--home", home.path)
    kept = (bad / "answers.jsonl").read_text(encoding="utf-8")
    (bad / "answers.jsonl").write_text(kept.replace("20万元", "90万元"), encoding="utf-8")
    worse = hangce("eval", "compare", good, bad)
    assert worse.exit_code == 1 and "变差" in worse.stdout and "由对变错 k0" in worse.stdout
    assert (bad / "compare.html").is_file()
    again = hangce("eval", "report", bad)
    assert again.exit_code == 0 and "答对 0.00" in again.stdout


def test_a_home_has_sets_and_a_baseline_of_its_own(
    home: Home, make_set: Callable[[str], Path], tmp_path: Path
) -> None:
    own = home.path / "evals" / "sets" / "my-kites.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(make_set("20万元").read_text(encoding="utf-8"), encoding="utf-8")
    bundled = DEFAULT.read_bytes()
    ran = hangce(
        "eval", "run", "--set", "my-kites", "--kind", "amount", "--out", tmp_path / "r", "--home", home.path
    )
    assert ran.exit_code == 0 and "12 题" in ran.stdout
    folder = hangce("eval", "run", "--set", own.parent, "--out", tmp_path / "f", "--home", home.path)
    assert folder.exit_code == 0 and "12 题" in folder.stdout
    none = hangce(
        "eval", "run", "--set", "my-kites", "--kind", "list", "--out", tmp_path / "n", "--home", home.path
    )
    assert none.exit_code == 1 and "no question" in none.stderr and not (tmp_path / "n").exists()
    wrong = hangce("eval", "run", "--kind", "size", "--out", tmp_path / "n", "--home", home.path)
    assert wrong.exit_code == 1 and "is no kind of question" in wrong.stderr
    blessed = hangce("eval", "bless", tmp_path / "r", "--reason", "the home's first one", "--home", home.path)
    assert blessed.exit_code == 0 and (home.path / "evals" / "baseline.json").is_file()
    again = hangce("eval", "report", tmp_path / "f", "--home", home.path)
    assert again.exit_code == 0
    assert "12 题可比" in (tmp_path / "f" / "report.md").read_text(encoding="utf-8")
    sent = hangce("eval", "export", "my-kites", tmp_path / "k.csv", "--home", home.path)
    assert sent.exit_code == 0 and "12 题写到" in sent.stdout
    assert DEFAULT.read_bytes() == bundled


def test_leave_one_out_and_lint(home: Home, make_set: Callable[[str], Path], tmp_path: Path) -> None:
    questions = make_set("20万元")
    left = hangce("eval", "leave-one-out", "--set", questions, "--out", tmp_path / "l", "--home", home.path)
    assert left.exit_code == 0 and len(json.loads((tmp_path / "l" / "leave-one-out.json").read_text())) == 12
    twins = hangce("eval", "lint", "--set", questions, "--home", home.path)
    assert twins.exit_code == 1 and "asks nearly the same as" in twins.stdout
    wrong = hangce("eval", "lint", "--set", make_set("77万元"), "--home", home.path)
    assert "77万元 does not stand in the gold clause" in wrong.stdout


def test_a_set_goes_to_a_table_and_back(make_set: Callable[[str], Path], tmp_path: Path) -> None:
    questions = make_set("20万元")
    assert hangce("eval", "export", questions, tmp_path / "t.xlsx").exit_code == 0
    assert hangce("eval", "import", tmp_path / "t.xlsx", questions).exit_code == 1  # it exists
    assert hangce("eval", "import", tmp_path / "t.xlsx", tmp_path / "back.yaml").exit_code == 0
    assert hangce("eval", "export", "declined", tmp_path / "d.csv").exit_code == 0


def test_the_audit_exits_1_on_a_fault(tmp_path: Path) -> None:
    corpus, knowledge = tmp_path / "corpus", tmp_path / "knowledge"
    corpus.mkdir()
    knowledge.mkdir()
    (corpus / "kites.txt").write_text(KITES, encoding="utf-8")
    (knowledge / "facts.yaml").write_text("facts: []\n", encoding="utf-8")
    (knowledge / "terms.yaml").write_text("terms: []\n", encoding="utf-8")
    record = {
        "at": "一、（一）",
        "gist": "做纸鸢的企业一家最高20万元。",
        "asks": ["做纸鸢能补几个钱", "纸鸢企业封顶多少", "纸鸢企业补助标准"],
    }
    policy = {
        "title": "关于支持纸鸢的若干意见",
        "effective": "2020-04-01",
        "expires": "2022-12-31",
        "clauses": [record],
    }

    def write() -> None:
        (knowledge / "kites.yaml").write_text(yaml.safe_dump(policy, allow_unicode=True), encoding="utf-8")

    write()
    clean = hangce("audit", "--corpus", corpus, "--knowledge", knowledge)
    assert clean.exit_code == 0 and "0 处问题" in clean.stdout
    record["gist"] = "做纸鸢的企业一家最高30万元。"
    write()
    faulty = hangce("audit", "--corpus", corpus, "--knowledge", knowledge)
    assert faulty.exit_code == 1 and "[figure]" in faulty.stdout
    assert json.loads(hangce("schema", "policy").stdout)["title"] == "PolicyFile"
