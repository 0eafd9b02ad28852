"""Each thing that a knowledge file can get wrong about its source is found."""

import json
from pathlib import Path

import pytest
import yaml

from ingest.audit import audit, audit_folder, numbers, telling_figures
from ingest.knowledge import Fact, PolicyFile, Vocabulary, json_schema, load_facts, load_policies
from ingest.model import Document
from ingest.parse import ingest_text
from ingest.relations import relate

SOURCE = """杭州市测试局关于印发《杭州市纸鸢补助办法》的通知

杭测〔2020〕7号

现将《杭州市纸鸢补助办法》印发给你们，请认真执行。

杭州市测试局
2020年3月1日

杭州市纸鸢补助办法

第一条 申请补助的企业应当符合以下条件：

（一）在本市登记注册满一年；

（二）上一年做的纸鸢不少于30只，其中手工扎制的纸鸢所占的比例不得低于百分之四十。

第二条 由市科技局受理，每家企业按实际投入的20%补助，最高补助二十万元；2019年受过补助的减半。

第三条 本办法自2020年4月1日起施行，有效期至2023年3月31日。
"""
GOOD = {
    "title": "杭州市纸鸢补助办法",
    "doc_numbers": ["杭测〔2020〕7号"],
    "issued": "2020-03-01",
    "effective": "2020-04-01",
    "expires": "2023-03-31",
    "clauses": [
        {
            "at": "第一条（二）",
            "gist": "上一年至少做30只纸鸢，手工扎的占40%以上。",
            "asks": ["纸鸢补助要做多少只", "纸鸢手工的要占几成", "申领纸鸢补助的产量要求"],
        },
        {
            "at": "第二条",
            "gist": "纸鸢补助找市科技局，按实际投入补20%，一家最高20万元。",
            "asks": ["做纸鸢补几个点", "纸鸢补助封顶多少", "纸鸢补助受理单位和标准"],
            "left_out": [{"figures": ["2019年"], "why": "只关系到早先受过补助的"}],
        },
    ],
    "programmes": [
        {
            "id": "kite",
            "name": "纸鸢补助",
            "applicant": "enterprise",
            "conditions": {
                "all": [
                    {"fact": "months", "at_least": 12, "at": "第一条（一）"},
                    {"fact": "kites", "at_least": 30, "at": "第一条（二）"},
                    {"fact": "handmade", "at_least": 0.4, "at": "第一条（二）"},
                ]
            },
            "benefit": {"kind": "grant", "text": "按投入的20%补，最高20万元", "rate": 0.2, "of": "spent", "cap": 200000, "at": "第二条"},
        }
    ],
}  # fmt: skip
FACTS = {i: Fact(id=i, type="count", name=i, ask=i) for i in ("months", "kites", "handmade", "spent")}
VOCABULARY = Vocabulary.model_validate(
    {
        "bodies": [
            {"name": "杭州市科学技术局", "short": ["市科技局"]},
            {"name": "杭州市财政局", "short": ["市财政局"]},
        ]
    }
)


def source() -> list[Document]:
    documents = ingest_text(SOURCE, "kites.txt")
    relate(documents)
    return documents


def found(*changes: tuple[str, str], other: dict | None = None) -> list[str]:
    """Checks that fail after replacing words in the good file."""
    text = json.dumps(GOOD, ensure_ascii=False)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    policies = [PolicyFile.model_validate(json.loads(text))]
    policies[0].file = "kites.yaml"
    if other:
        policies.append(PolicyFile.model_validate(other))
    return [f"{p.check} {p.at}" for p in audit(policies, source(), FACTS, VOCABULARY).problems]


def test_a_good_file_passes() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("至少做30只", "至少做50只", "figure 第一条（二）"),
        ("手工扎的占40%以上", "手工扎的占大头", "uncovered 第一条（二）"),
        ("最高20万元。", "最高20万元，见杭测〔2021〕1号。", "number 第二条"),
        ("找市科技局", "找市财政局", "body 第二条"),
        ("手工扎的占40%以上", "其中手工扎制的纸鸢所占的比例不得低于百分之四十", "copied 第一条（二）"),
        ('"at": "第二条", "gist"', '"at": "第九条", "gist"', "clause 第九条"),
        ("纸鸢补助封顶多少", "纸鸢补助要做多少只", "repeated 第二条"),
        (', "申领纸鸢补助的产量要求"', "", "asks 第一条（二）"),
        ('"fact": "kites"', '"fact": "dragons"', "fact kite"),
        ('"at_least": 30', '"at_least": 31', "figure kite"),
        ('"at_least": 0.4', '"at_least": 0.5', "figure kite"),
        ('"at_least": 12', '"at_least": 24', "figure kite"),
        ('"rate": 0.2', '"rate": 0.3', "figure kite"),
        ('"cap": 200000', '"cap": 300000', "figure kite"),
        ('"of": "spent"', '"of": "lost"', "fact kite"),
        ('"expires": "2023-03-31"', '"expires": "2024-03-31"', "metadata -"),
        ('"title": "杭州市纸鸢补助办法"', '"title": "杭州市风筝补助办法"', "metadata -"),
        ('"doc_numbers": ["杭测〔2020〕7号"]', '"doc_numbers": ["杭测〔2020〕8号"]', "document -"),
    ],
)  # fmt: skip
def test_a_fault_is_found(old: str, new: str, problem: str) -> None:
    assert problem in found((old, new))


def test_figures_may_be_left_out_with_a_reason_only() -> None:
    assert found(('"2019年"', '"2018年"')) == ["uncovered 第二条"]


def test_coverage_counts_clauses_with_figures() -> None:
    policy = PolicyFile.model_validate(GOOD)
    (coverage,) = audit([policy], source(), FACTS, VOCABULARY).coverage
    assert (coverage.noted, coverage.with_figures, coverage.with_figures_noted) == (2, 3, 2)


def test_numbers_are_read_in_any_spelling() -> None:
    assert numbers("最高二十万元，占百分之四十，第三条（二）") == {"200000", "40%"}
    assert numbers("占百分之五") == {"5%"}
    assert numbers("一次性给两年", lone=True) == {"1", "2"} and numbers("一次性给两年") == set()
    assert telling_figures("杭测〔2020〕7号，30只，见第2条") == {"30"}


def test_the_bundled_files_stand_up_to_their_sources(corpus_dir: Path) -> None:
    result = audit_folder([corpus_dir])
    assert [str(p) for p in result.problems] == []
    assert result.figures_covered >= 0.95
    assert sum(c.noted for c in result.coverage) >= 2000


def test_the_bundled_files_are_as_many_as_promised() -> None:
    policies = load_policies()
    rules = [p for p in policies if p.kind in ("policy", "plan")]
    assert len(rules) == 59
    assert sum(len(p.clauses) for p in policies) >= 2000
    with_programmes = [p for p in rules if p.programmes]
    assert len(with_programmes) >= 40 and sum(len(p.programmes) for p in rules) >= 90


def test_every_condition_is_on_a_known_fact_with_a_known_option() -> None:
    facts = load_facts()
    for policy in load_policies():
        for programme in policy.programmes:
            for leaf in programme.conditions.leaves():
                if leaf.fact is None:
                    continue
                fact = facts[leaf.fact]
                given = leaf.in_ or ([leaf.is_] if isinstance(leaf.is_, str) else [])
                assert not fact.options or set(given) <= set(fact.options), (programme.id, leaf.fact, given)


@pytest.mark.parametrize("name", ["policy", "facts", "terms"])
def test_the_schemas_for_editors_are_up_to_date(name: str) -> None:
    path = Path(__file__).parents[2] / "knowledge" / "schema" / f"{name}.json"
    assert json.loads(path.read_text(encoding="utf-8")) == json_schema(name), f"hangce schema {name} > {path}"


def test_the_files_are_pleasant_to_edit() -> None:
    """One record under the other, no aliases, no escapes."""
    for path in (Path(__file__).parents[2] / "knowledge").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert "&id" not in text and ("\\u" not in text or path.name == "facts.yaml"), path.name
        assert yaml.safe_load(text), path.name
