"""A question in the chat: whether a verdict is wanted, on which programme, and what it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.eligibility.asked import Terms, asks_for_a_verdict, eligibility_for, judged, verdict_for
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import leaves
from assistant.eligibility.given import judge_given, profile_given
from assistant.eligibility.showing import to_json
from assistant.schema import Turn
from index.home import Home
from index.programmes import PROGRAMMES, read_programmes
from index.search import Searcher
from ingest.errors import HangceError

DAY = date(2021, 6, 22)
EAGLE = ["杭科高〔2020〕71号#三、4.（1）", "杭科高〔2020〕71号#三、5."]
STORY = "公司2018年3月在滨江注册，去年销售收入2600万元，职工30人，其中科技人员8人，研发费用单独建账，去年花了"


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("我们能评雏鹰企业吗？", True),
        ("这样够不够条件申请孵化器？", True),
        ("研发补助最高多少", False),
        ("申请雏鹰企业要什么材料，能网上交吗", False),
        ("研发补助能和别的政策一起拿吗", False),
        ("雏鹰企业什么时候可以申报", False),
    ],
)
def test_a_verdict_is_given_only_where_one_is_asked_for(question: str, wanted: bool) -> None:
    assert asks_for_a_verdict(question) is wanted


def test_a_failing_figure_is_named_with_its_clause(catalogue: Catalogue, terms: Terms) -> None:
    found = verdict_for([STORY + "120万元，占销售收入4.6%。能评雏鹰企业吗？"], EAGLE, DAY, catalogue, terms)
    assert found is not None
    assert found.eligibility["verdict"] == "not_eligible"
    assert "4.6%" in found.text
    assert found.clause_ids[0] == "杭科高〔2020〕71号#三、4.（1）"


def test_a_missing_fact_keeps_the_verdict_open_and_is_asked_for(catalogue: Catalogue, terms: Terms) -> None:
    found = verdict_for([STORY + "150万元。能评雏鹰企业吗？"], EAGLE, DAY, catalogue, terms)
    assert found is not None
    assert found.eligibility["verdict"] == "undetermined"
    assert "ip_class2_count" in [m["fact"] for m in found.eligibility["missing"]]


def test_nobody_qualifies_for_anything_by_a_place_and_a_question(catalogue: Catalogue, terms: Terms) -> None:
    for entry in catalogue.entries():
        words = f"我们公司在滨江，想了解一下。能申请{entry.programme.name}吗？"
        outcome = judged([words], entry, DAY, catalogue, terms.statements)
        assert outcome.verdict != "eligible", entry.programme.id


def test_what_is_taken_for_granted_is_named(catalogue: Catalogue, terms: Terms) -> None:
    words = STORY + "150万元，有2项II类知识产权。能评雏鹰企业吗？"
    found = verdict_for([words], EAGLE, DAY, catalogue, terms)
    assert found is not None
    assumed = [c["text"] for c in found.eligibility["conditions"] if c["assumed"]]
    assert assumed
    for text in assumed:
        assert text.removeprefix("不属于：") in found.text


def test_nothing_is_said_where_nothing_points_to_a_programme(catalogue: Catalogue, terms: Terms) -> None:
    assert verdict_for(["我们公司能申请吗？"], [], DAY, catalogue, terms) is None


def test_nothing_is_said_of_nobody(catalogue: Catalogue, terms: Terms) -> None:
    assert verdict_for(["雏鹰企业能申请吗"], EAGLE, DAY, catalogue, terms) is None


def test_a_name_in_the_question_chooses_among_variants(catalogue: Catalogue, terms: Terms) -> None:
    clauses = ["杭科合〔2021〕99号#三、"]
    story = "我们是杭州的事业单位，科研人员50人，年均科研经费1500万元。能申请{}新型研发机构吗？"
    for kind, programme in [("孵化转化型", "incubation"), ("研究开发型", "research")]:
        found = verdict_for([story.format(kind)], clauses, DAY, catalogue, terms)
        assert found is not None and found.eligibility["programme"].endswith(programme)


def test_what_was_told_in_earlier_turns_counts(built: Path) -> None:
    searcher = Searcher(Home(built))
    history = [
        Turn(role="user", content=STORY + "120万元，占4.6%。"),
        Turn(role="assistant", content="好的。"),
    ]
    found = eligibility_for("那我们能评雏鹰企业吗？", history, EAGLE, DAY, searcher)
    assert found is not None and found.eligibility["verdict"] == "not_eligible"
    assert eligibility_for("雏鹰企业的培育期有几年", history, EAGLE, DAY, searcher) is None


def test_what_is_told_after_an_open_verdict_is_added_to_it(built: Path) -> None:
    searcher = Searcher(Home(built))
    asked = STORY + "150万元。能评雏鹰企业吗？"
    first = eligibility_for(asked, [], EAGLE, DAY, searcher)
    assert first is not None and first.eligibility["verdict"] == "undetermined"
    history = [Turn(role="user", content=asked), Turn(role="assistant", content=first.text)]
    second = eligibility_for("我们没有知识产权", history, [], DAY, searcher)
    assert second is not None and second.eligibility["verdict"] == "not_eligible"
    assert eligibility_for("好的谢谢", history, [], DAY, searcher) is None


def test_an_index_without_programmes_asks_to_be_built_again(tmp_path: Path) -> None:
    with pytest.raises(HangceError, match="hangce build"):
        read_programmes(tmp_path)
    (tmp_path / PROGRAMMES).write_text("[]", encoding="utf-8")
    with pytest.raises(HangceError, match="hangce build"):
        read_programmes(tmp_path)


def test_the_built_catalogue_is_the_bundled_one(built: Path, catalogue: Catalogue) -> None:
    assert Catalogue.read(Home(built).current()).ids == catalogue.ids


def test_facts_given_by_name_are_judged_without_any_assumption_but_sanctions(catalogue: Catalogue) -> None:
    entry = catalogue.entry("maker-space-2021-operating-subsidy")
    facts = {
        "carrier_kind": "众创空间",
        "carrier_level": "市级",
        "在杭州市注册": True,
        "annual_evaluation": "优秀",
        "operating_subsidy_years": 1,
    }
    profile = profile_given(facts, catalogue, DAY)
    assert judge_given(entry, profile, DAY, catalogue).verdict in ("undetermined", "eligible")
    assert judge_given(entry, profile, DAY, catalogue, confirm=True).verdict == "eligible"
    open_rank = catalogue.entry("rnd-subsidy-2020-large")
    outcome = judge_given(open_rank, profile_given({}, catalogue, DAY), DAY, catalogue, confirm=True)
    assert outcome.verdict == "undetermined"


def test_facts_given_by_name_bring_what_follows_from_them(catalogue: Catalogue) -> None:
    facts = {
        "registration_date": "2018年6月22日",
        "sales_last_year": "2000万",
        "rnd_spending_last_year": "90万",
    }
    profile = profile_given(facts, catalogue, DAY)
    assert profile.facts["rnd_sales_ratio"].how == "90万元÷2000万元=4.5%"
    assert to_json(profile.facts["years_since_registration"].value) == 3
    said = profile_given({**facts, "rnd_sales_ratio": "6%"}, catalogue, DAY)
    assert to_json(said.facts["rnd_sales_ratio"].value) == 0.06


def test_a_confirmed_clause_confirms_what_it_asks_and_denies_what_it_excludes(catalogue: Catalogue) -> None:
    entry = catalogue.entry("young-eagle-2020")
    profile = profile_given({"confirmed": ["五、（三）", "具有良好的成长性"]}, catalogue, DAY)
    states = {c.text: c.state.value for c in judge_given(entry, profile, DAY, catalogue).conditions}
    assert states["具有良好的成长性"] == "met"
    assert next(s for text, s in states.items() if "撤销雏鹰企业资格" in text) == "met"


# --- hangce check ---


def run(home: Path, *arguments: str) -> tuple[int, str, str]:
    from click.testing import CliRunner

    from ui.cli import main

    done = CliRunner().invoke(main, ["check", *arguments, "--home", str(home)])
    return done.exit_code, done.stdout, done.stderr


def test_check_reads_facts_in_chinese_notation(built: Path) -> None:
    code, out, _ = run(built, "rnd-subsidy-2020-large", "rnd_increase=190万", "--as-of", "2021-06-01")
    assert code == 0
    assert out.startswith("按您说的情况，不符合") and "190万元" in out and "不是官方认定" in out


def test_check_reads_a_file_and_gives_json(built: Path, tmp_path: Path) -> None:
    import json

    facts = tmp_path / "facts.yaml"
    facts.write_text(
        "rnd_increase: 190万\n研发费用增加额在全市同类企业的排名: 不知道\nconfirmed: [第六条（三）]\n",
        encoding="utf-8",
    )
    code, out, _ = run(built, "rnd-subsidy-2020-large", "--facts", str(facts), "--json")
    shown = json.loads(out)
    assert code == 0 and shown["verdict"] == "not_eligible" and shown["in_force"] is False
    assert [c["state"] for c in shown["conditions"] if "自主创新活跃" in c["text"]] == ["met"]


def test_check_lists_programmes(built: Path) -> None:
    code, out, _ = run(built, "--list", "雏鹰")
    assert code == 0 and "young-eagle-2020 " in out
    assert run(built, "--list", "没有这种项目")[1].startswith("没有")


def test_check_without_a_programme_ranks_all(built: Path) -> None:
    code, out, _ = run(built, "employees=35", "national_high_tech_enterprise=是", "--as-of", "2021-06-01")
    assert code == 0 and "还要再了解" in out and "没有列出不等于不符合" in out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("young-eagle-2020", "employes=35"), 1, "employees"),
        (("young-eagle-2020", "employees=很多"), 1, "employees"),
        (("yong-eagle",), 1, "no programme"),
        (("young-eagle-2020", "--as-of", "gestern"), 2, "YYYY-MM-DD"),
        ((), 2, "--list"),
        (("young-eagle-2020", "incubatee-2020"), 2, "one programme"),
        (("--facts", "no-such-file.yaml"), 1, "no-such-file.yaml"),
    ],
)
def test_check_says_clearly_what_was_wrong(
    built: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    found, _, err = run(built, *arguments)
    assert found == code and says in err


def test_of_two_versions_the_one_of_the_day_is_meant(catalogue: Catalogue, terms: Terms) -> None:
    asked = "我们是做VR内容的公司，成立3个月时搬进众创空间，注册地址也在里面，能算创客企业吗？"
    clauses = ["杭科高〔2021〕90号#二、（二）", "杭科高〔2018〕50号#一、（二）1."]
    early = verdict_for([asked], clauses, date(2019, 5, 6), catalogue, terms)
    late = verdict_for([asked], clauses, date(2022, 5, 6), catalogue, terms)
    assert early is not None and early.outcome.entry.document_id == "杭科高〔2018〕50号"
    assert late is not None and late.outcome.entry.document_id == "杭科高〔2021〕90号"


def test_a_statement_that_demands_a_figure_is_asked_for(catalogue: Catalogue) -> None:
    leaves_ = list(leaves(catalogue.entry("maker-space-2018-specialised").tree))
    demanding = [leaf for leaf in leaves_ if leaf.prose and "不少于2家" in leaf.prose]
    assert demanding and not any(leaf.counting for leaf in demanding)
