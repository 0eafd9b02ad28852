"""Facts out of sentences, what is worked out from them, and which statements the words confirm."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.eligibility.asked import Terms, judged
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.profile import Known
from assistant.eligibility.reading import read_facts
from assistant.eligibility.showing import figure, to_json
from assistant.eligibility.values import NUMERIC, number, parse
from assistant.eligibility.wording import worded

DAY = date(2021, 6, 22)


def facts(catalogue: Catalogue, *messages: str) -> dict[str, Known]:
    return read_facts(messages, catalogue, DAY)


def value(catalogue: Catalogue, fact: str, *messages: str) -> Any:
    found = facts(catalogue, *messages)
    return to_json(found[fact].value) if fact in found else None


def test_the_example_of_the_design(catalogue: Catalogue) -> None:
    found = facts(catalogue, "我们是萧山的规上企业，去年研发花了810万，今年1000万")
    assert to_json(found["district"].value) == "萧山区"
    assert to_json(found["scale_class"].value) == "规上/限上"
    assert to_json(found["rnd_increase"].value) == 1_900_000
    assert found["rnd_increase"].how == "1000万元-810万元=190万元"
    assert "810万" in found["rnd_increase"].words


@pytest.mark.parametrize(
    "words",
    [
        "研发费用从810万涨到1000万。",
        "研发投入从去年的810万增加到今年的1000万",
        "研发费从八百一十万元提高到一千万元",
    ],
)
def test_an_increase_is_worked_out_from_both_amounts(catalogue: Catalogue, words: str) -> None:
    assert value(catalogue, "rnd_increase", words) == 1_900_000


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("备案要凑5个创业导师", "startup_mentors"),
        ("他们备案正好还差一个导师", "startup_mentors"),
        ("要求职工不少于10人", "employees"),
        ("备案的时候请了5个创业导师", "incubated_enterprises_filed"),
    ],
)
def test_what_a_rule_wants_or_is_lacking_is_not_what_there_is(
    catalogue: Catalogue, words: str, fact: str
) -> None:
    assert value(catalogue, fact, words) is None


def test_an_area_in_wan_is_no_sum_of_money(catalogue: Catalogue) -> None:
    found = facts(catalogue, "园区的地就两万来平，种子资金、孵化资金都有")
    assert "seed_fund_size" not in found


def test_a_rough_amount_makes_a_rough_increase(catalogue: Catalogue) -> None:
    increase = value(catalogue, "rnd_increase", "研发费用从800多万涨到1000万")
    assert increase == {"more_than": 1_000_000, "less_than": 2_000_000}


def test_shares_are_worked_out_from_counts_and_show_it(catalogue: Catalogue) -> None:
    found = facts(catalogue, "职工35人，其中科技人员9人")
    assert found["tech_staff_share"].how == "9人÷35人=25.71%"
    found = facts(catalogue, "去年销售收入2000万元，研发费用去年花了130万元")
    assert to_json(found["rnd_sales_ratio"].value) == 0.065


def test_a_share_that_was_said_stays_as_it_was_said(catalogue: Catalogue) -> None:
    assert (
        value(catalogue, "rnd_sales_ratio", "去年销售收入2800万元，研发费用130万元，占销售收入4.6%") == 0.046
    )


def test_years_are_counted_from_the_date_to_the_day(catalogue: Catalogue) -> None:
    found = facts(catalogue, "公司2018年6月22日注册")
    assert to_json(found["years_since_registration"].value) == 3
    month = facts(catalogue, "公司2018年6月在余杭区注册")["years_since_registration"]
    assert "2018-06" in month.how


def test_what_is_only_asked_is_no_fact(catalogue: Catalogue) -> None:
    assert "young_eagle" not in facts(catalogue, "我们公司在滨江，能评上雏鹰企业吗？")
    assert "national_high_tech_enterprise" not in facts(catalogue, "我们想申请国家高新技术企业，行吗？")
    assert "specialised_level" not in facts(catalogue, "我们是杭州的中型企业，专精特新奖励有吗？")
    assert value(catalogue, "rnd_increase", "研发费用比去年增加300万能拿多少补助？") == 3_000_000
    assert worded("我们是高企，能评雏鹰企业吗？").told == ("我们是高企，",)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("我们是国高企", True),
        ("我们不是国高企", False),
        ("我们还没评上国高企", False),
        ("从未有科研失信行为", None),
    ],
)
def test_denials_are_denials(catalogue: Catalogue, words: str, answer: bool | None) -> None:
    assert value(catalogue, "national_high_tech_enterprise", words) is answer


def test_a_denied_misdeed_speaks_for_the_asker(catalogue: Catalogue) -> None:
    assert value(catalogue, "research_integrity_clean", "机构从未有科研失信行为。") is True
    assert value(catalogue, "research_integrity_clean", "机构有科研失信记录。") is False


def test_one_figure_goes_to_the_fact_whose_words_say_more(catalogue: Catalogue) -> None:
    found = read_facts(
        ["引进高端研发机构2家，市级以上研发机构4家，合作服务机构6家。"],
        catalogue,
        DAY,
        ["park_research_partners", "park_rnd_bodies", "park_service_bodies"],
    )
    assert {name: to_json(known.value) for name, known in found.items()} == {
        "park_research_partners": 2,
        "park_rnd_bodies": 4,
        "park_service_bodies": 6,
    }


def test_later_words_correct_earlier_ones(catalogue: Catalogue) -> None:
    assert value(catalogue, "employees", "我们有职工30人", "说错了，职工是35人") == 35


def test_every_fact_shows_the_words_it_came_from(catalogue: Catalogue) -> None:
    words = "公司2018年在滨江注册，去年销售收入2800万元，职工35人，其中科技人员9人，研发费用单独建账"
    for name, known in facts(catalogue, words).items():
        assert known.words, name


def test_nearly_every_numeric_fact_is_read_from_its_own_name(catalogue: Catalogue) -> None:
    wrong, unread = [], []
    examples = {
        "money": "3200000",
        "percent": "0.35",
        "years": "3",
        "months": "14",
        "days": "12",
        "area": "3200",
    }
    numeric = [f for f in catalogue.facts.values() if f.type in NUMERIC and f.unit != "CNY/mu"]
    for fact in numeric:
        number = Decimal(examples.get(fact.type, "7"))
        found = read_facts([f"我们{fact.name}是{figure(fact, number)}。"], catalogue, DAY, [fact.id]).get(
            fact.id
        )
        if found is None:
            unread.append(fact.id)
        elif to_json(found.value) != float(number):
            wrong.append(fact.id)
    assert len(wrong) <= 1 and len(unread) <= 2, (wrong, unread)


@given(st.text(max_size=200))
def test_no_message_breaks_the_reader(catalogue: Catalogue, text: str) -> None:
    read_facts(
        [text],
        catalogue,
        DAY,
        ["employees", "rnd_increase", "district", "years_since_registration", "scale_class"],
    )


def test_endless_numerals_are_no_figures(catalogue: Catalogue) -> None:
    for run in ("1" * 1900, "一" * 1900, "1," * 900, "九千" * 900):
        assert "employees" not in facts(catalogue, f"我们有职工{run}人")
    assert value(catalogue, "employees", "我们有职工" + "1" * 1900 + "，说错了，职工35人") == 35


def test_everyday_ways_of_saying_facts(catalogue: Catalogue) -> None:
    """`phrases.tsv`: fact, value, and how somebody says it."""
    wrong = []
    for line in (Path(__file__).parent / "phrases.tsv").read_text(encoding="utf-8").splitlines():
        name, written, said = line.split("\t")
        day = date(2022, 6, 1)
        given = {"true": True, "false": False}.get(written, written)
        wanted = parse(catalogue.facts[name], given, catalogue.regions, day)
        known = read_facts([f"{said}能申请吗？"], catalogue, day, [name]).get(name)
        if known is None or known.value != wanted:
            wrong.append((name, said, known))
    assert not wrong


@pytest.mark.parametrize(("said", "low", "high"), [("不少于", 5, None), ("不低于", 5, None), ("少于", 0, 5)])
def test_a_bound_denied_turns_round(catalogue: Catalogue, said: str, low: int, high: int | None) -> None:
    value = number(catalogue.facts["startup_mentors"], "5位", said)
    assert value is not None
    assert (value.low, value.high) == (low, high)


@pytest.mark.parametrize(
    "said",
    ["上没上市老板没细说", "有没有上市我得去问", "上市的事还没定", "打算明年上市", "是不是上市公司不太清楚"],
)
def test_what_somebody_does_not_know_or_only_plans_tells_nothing(catalogue: Catalogue, said: str) -> None:
    assert "listed" not in read_facts(
        [f"公司在杭州，{said}，员工30人。"], catalogue, DAY, ["listed", "employees"]
    )


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        ("我们申请了2件发明专利，还在审查", None),
        ("公司有发明专利2件，还没授权", None),
        ("我们拿到2件授权发明专利", 2),
        ("申请过专利，现在有发明专利3件", 3),
    ],
)
def test_a_patent_applied_for_is_not_one_granted(
    catalogue: Catalogue, said: str, granted: int | None
) -> None:
    assert value(catalogue, "invention_patents", said) == granted


def test_but_is_no_negation(catalogue: Catalogue) -> None:
    said = "拿了银奖，不过前年上了失信黑名单"
    assert value(catalogue, "good_credit_record", said) is False


def test_a_share_in_tenths_is_read_to_its_end(catalogue: Catalogue) -> None:
    assert value(catalogue, "tech_staff_share", "我们的科技人员占三成半") == 0.35
    assert value(catalogue, "guidance_fund_share", "市引导基金出资占两成二") == 0.22


def test_somebody_introduces_oneself_before_naming_others(catalogue: Catalogue) -> None:
    assert value(catalogue, "applicant_kind", "我们公司是企业，从高校买了一项成果") == "企业"
    assert value(catalogue, "applicant_kind", "我们是在杭州的高校，给企业做技术开发") == "高校"


def test_a_level_may_stand_apart_from_what_it_is_the_level_of(catalogue: Catalogue) -> None:
    assert (
        value(catalogue, "manufacturing_title", "我们的工业互联网平台今年被认定为省级的")
        == "省级工业互联网平台"
    )
    assert value(catalogue, "manufacturing_title", "我们的绿色工厂，国家级省级都说不上是哪个") is None


def test_a_carrier_of_the_city_is_in_hangzhou(catalogue: Catalogue) -> None:
    wanted = ["carrier_kind", "carrier_level", "registered_in_hangzhou"]
    read = read_facts(["我们是市级科技企业孵化器，能拿资助吗？"], catalogue, DAY, wanted)
    assert read["registered_in_hangzhou"].value is True
    assert read["registered_in_hangzhou"].how
    assert "registered_in_hangzhou" not in read_facts(["我们是省级孵化器，能拿吗？"], catalogue, DAY, wanted)


# --- statements ---


def state(catalogue: Catalogue, terms: Terms, programme: str, words: str, statement: str) -> str:
    outcome = judged([words], catalogue.entry(programme), DAY, catalogue, terms.statements)
    return next(c.state.value for c in outcome.conditions if statement in c.text)


def test_a_statement_is_confirmed_by_most_of_its_words(catalogue: Catalogue, terms: Terms) -> None:
    said = "我们产权明晰，自主经营，自主创新能力也强"
    assert state(catalogue, terms, "incubatee-2020", said, "产权明晰") == "met"
    assert state(catalogue, terms, "incubatee-2020", "我们公司很好", "产权明晰") == "unknown"


def test_a_denied_statement_is_not_confirmed(catalogue: Catalogue, terms: Terms) -> None:
    said = "我们产权不明晰，没有自主经营，自主创新能力也没有"
    assert state(catalogue, terms, "incubatee-2020", said, "产权明晰") == "unknown"


def test_a_statement_with_a_figure_needs_the_figure(catalogue: Catalogue, terms: Terms) -> None:
    platform, figure = "tech-service-platform-professional", "仪器设备总价值"
    said = "平台有一定规模的设备和场地，建成后仪器设备总价值"
    assert state(catalogue, terms, platform, f"{said}600万元", figure) == "met"
    assert state(catalogue, terms, platform, f"{said}400万元", figure) == "unknown"


def test_all_else_is_met_covers_statements_but_no_rank(catalogue: Catalogue, terms: Terms) -> None:
    words = "我们职工35人，其他条件都符合"
    outcome = judged([words], catalogue.entry("young-eagle-2020"), DAY, catalogue, terms.statements)
    assert not [m for m in outcome.missing if m.leaf.prose]
    assert outcome.verdict == "undetermined"  # facts are still open


def test_a_past_sanction_that_was_told_is_not_taken_lightly(catalogue: Catalogue, terms: Terms) -> None:
    words = "我们以前因为造假被取消过雏鹰企业资格，现在职工35人，其他条件都符合"
    outcome = judged([words], catalogue.entry("young-eagle-2020"), DAY, catalogue, terms.statements)
    assert outcome.verdict != "eligible"
    assert not any(c.assumed and "撤销" in c.text for c in outcome.conditions)


@pytest.mark.parametrize(
    ("fact", "words", "expected"),
    [
        ("registered_in_hangzhou", "我司系杭州上市公司。", True),
        ("registered_in_hangzhou", "今年给杭州的药企做服务。", None),
        ("listed", "上市公司，杭州的。刚完成一单并购，标的在本市，非关联，未上市。", True),
        ("listed", "我们还没上市。", False),
        ("event_in_hangzhou", "国庆前搞了一场对接会，场地借在绍兴柯桥。", False),
        ("event_in_hangzhou", "沙龙都办在杭州，没去外地。", True),
        ("talent_class", "手里是A类的外国人工作许可证。", None),
        ("shares_traded", "上个月挂的牌，已经正常交易了。", True),
        ("shares_traded", "上个月挂的牌，还没开始交易。", False),
        ("independent_legal_person", "我们研究院是民办非企业，登记在西湖区。", True),
        ("bank_low_rate_loan_share", "低上浮（20%以内）的占到45%。", 0.45),
        ("service_provider_related", "对方跟我们没半点股权关系。", False),
    ],
)
def test_everyday_words_for_facts_are_read_with_their_scope(
    catalogue: Catalogue, fact: str, words: str, expected: Any
) -> None:
    said = value(catalogue, fact, words)
    assert (float(said) if isinstance(expected, float) else said) == expected


def test_a_last_digit_after_ten_thousands_counts_thousands() -> None:
    assert worded("花了两万八，还剩三亿二。").text == "花了2.8万，还剩3.2亿。"
    assert worded("三万五千元，第一百万八家。").text == "35000元，第一百万八家。"


@pytest.mark.parametrize(
    ("fact", "words", "read"),
    [
        ("employees", "我们公司员工一个不多一个不少正好100人。", 100),
        ("no_open_same_project", "手上没有还没验收的同类市级项目。", True),
        ("no_open_same_project", "手上还有一个市级项目还没验收。", False),
        ("no_housing_benefit", "公租房、人才租赁房这些我都没申请也没住过。", True),
        ("no_housing_benefit", "我一直住着公租房，没别的房子。", False),
        ("independent_legal_person", "本公司属软件和信息技术服务企业，去年有收入。", True),
        ("independent_legal_person", "我们是外地公司在杭州的分公司，去年有收入。", False),
        ("independent_legal_person", "我们是杭州的一家合伙企业，不是公司，去年有收入。", None),
        ("incubated_enterprises_filed", "18家在孵企业都在场地里办公并备了案。", 18),
        ("incubated_enterprises_filed", "18家在孵企业都在场地里办公，备案的事还没做。", None),
        ("incubated_same_field_share", "园里18家企业，其中67%做区块链，别的做文创。", 0.67),
        ("incubated_same_field_share", "园里18家企业，其中67%做过路演。", None),
        ("national_high_tech_enterprise", "我们杭州注册，国高企没评过，材料还在攒。", False),
        ("tech_sme", "我们杭州注册，科技型中小企业，规模没碰到科技型中小企业评价办法的上限。", True),
        ("park_area", "园区总建筑面积六万二千平米，还能用八年。", 62000),
        ("leading_enterprise_partners", "就是还没有跟任何一家行业龙头谈成深度合作。", 0),
        ("leading_enterprise_partners", "我们和一家行业龙头企业谈成了深度合作。", 1),
        ("founded_by_students", "想按大学生创业创新三年行动计划报那个资助，公司在西湖区。", None),
        ("young_eagle", "听人讲雏鹰企业拿到风投以后可以找担保公司。", None),
        ("no_open_same_project", "这个项目没有弄虚作假、验收不过的前科。", None),
        ("enterprise_size", "我们是家杭州的大型建材企业，不是中小微。", "大型"),
        ("enterprise_size", "杭州本地企业，划型结果是中型。", "中型"),
        ("fresh_graduate", "我今年2月硕士毕业，3月就来杭州上班了。", True),
        ("registered_in_hangzhou", "我们是上海的一家独立法人研究机构。", False),
        ("registered_in_hangzhou", "我们是余杭一家做心血管支架的独立法人企业。", True),
        ("listing_stage", "八月份把股改做完了，辅导协议签了，但辅导备案这一步还没做。", "完成股改"),
        ("listing_stage", "八月份股改做完了，辅导备案已经拿到回执。", "辅导备案"),
        ("listing_stage", "股份公司改好了，上市辅导也在证监局备好案了。", "辅导备案"),
        ("listed", "我们是杭州的上市公司，上月买下余杭一家没上市的同行。", True),
        ("applicant_kind", "我们是在余杭注册的民办非企业研究院。", "民办非企业单位"),
        ("research_institute_type", "我们研究院偏研究开发，科研人员45个。", "研究开发型"),
        ("incubated_enterprises_filed", "里头入驻的项目十八个备案过的企业是六家基金有三百万", 6),
        ("incubated_enterprises_filed", "入驻的项目十八个，备案过的企业六家。", 6),
        ("leading_team_level", "名单里有我们，没有失信。省领军型团队的市级配套，能给我们配吗？", None),
        ("platform_stage", "三年建设期早走完了，验收一次通过。", "建设期满并通过验收"),
        ("platform_stage", "平台还在建设期内，刚开第二年。", "建设期内"),
        ("registered_at_carrier_address", "营业执照上的地址一直挂在我家那边，没迁到空间来。", False),
        ("raised_funds_invested_locally", "定增募到的钱里有3个亿直接投在了大江东的新工厂。", 300_000_000),
        ("raised_funds_invested_locally", "搞增发募集了6亿元，全部拿去建新工厂了。", None),
        ("first_purchase", "这套系统前年我们就买过一回，这次算是二次采购。", False),
        ("no_open_same_project", "没有同类的市级项目挂着没结题，会计制度齐备。", True),
        ("person_age", "今年四十一了，有点怕超龄。", 41),
        ("foreign_patents_granted", "美国、日本、欧洲那边一件授权都还没有。", 0),
        ("applied_this_year", "她今年只申请这一项，手上没有别的。", 0),
        ("national_high_tech_enterprise", "上一年卖了八千万，国家高企证书还没到期。", True),
        ("manufacturing_revenue_hangzhou_share", "制造业的收入全部落在杭州。", 1),
        ("registered_in_hangzhou", "软件公司，滨江的，市里认定过。", True),
        ("registered_in_hangzhou", "我们在杭州有个客户，产品卖到滨江。", None),
        ("registered_in_hangzhou", "公司在嘉兴，打算到余杭开一家分公司。", False),
        ("clinical_trial_phase", "临床方面国内只做过I期，II期、III期都没有开展。", "Ⅰ期"),
        ("hte_first_recognition", "头一回报国高企，不是三年期满的重新认定。", True),
        (
            "standard_role",
            "有一项国家标准发布，牵头起草的是北京一家研究院，我们只是参与起草单位之一。",
            "参与制定",
        ),
        ("standard_role", "有一项国家标准发布，是我们公司牵头起草的，去年的事。", "主导制定"),
        ("invested_project_in_production", "基地设备还在装，离完工投产至少还有一年，别的没有。", False),
        ("invested_project_in_production", "基地项目去年就已经完工投产，运转正常。", True),
        ("founded_by_students", "我是前年毕业的，和室友一起在滨江注册了公司。", True),
        ("founded_by_students", "我大四，去年和同学新开了个公司。", True),
        ("founded_by_students", "我毕业十二年了，前年自己注册了公司。", None),
        ("applicant_kind", "有限责任公司，不是个体户，在桐庐注册。", "企业"),
        ("years_since_graduation", "大学毕业后今年在拱墅新开了公司。", None),
        ("years_since_registration", "公司到这个月刚满10个月，做软件的。", 0.83),
        ("relocated_listed_company", "公司年初把总部从桐庐搬到了滨江，已经上市。", False),
        ("relocated_listed_company", "我们原来是宁波的上市公司，今年总部搬到钱江新城。", True),
        ("service_provider_related", "检测是找我们母公司的检测中心做的。", True),
        ("service_provider_related", "跟那家平台不沾亲不带故，合同签了。", False),
        ("no_housing_benefit", "名下没房，现在住的是政府的人才租赁房。", False),
        ("work_permit_class_a", "学校外教拿的是B类工作许可证。", False),
        ("professional_title", "我还只是助理农艺师，在农科院上班。", "初级"),
        ("shares_traded", "新三板上个月挂上了，到现在一笔成交也没有。", False),
        ("standard_completed", "我们正在牵头制定一项国家标准，做机器人的。", False),
        ("standard_completed", "我们主导的国家标准去年发布了，做机器人的。", True),
        ("civil_military_title", "园区是国家级双创示范基地，在余杭。", None),
        ("returnee_or_foreign", "请来的德国专家当总监，签了三年。", "外国人才"),
        ("one_kind_of_carrier_only", "市级孵化器跟市级众创空间想两头都报。", False),
        ("revenue_two_years", "2020年营收560万元，2021年营收530万元。", 10_900_000),
        ("revenue_two_years", "2018年营收560万元，2021年营收530万元。", None),
        ("park_tech_revenue_share", "园内企业主营收入合计18亿元，其中科技企业11.7亿元。", 0.65),
        ("property_split_area_share", "地上总共4万平，打算切2万平给子公司。", 0.5),
        ("incubated_same_field_share", "孵化器里一共80家企业，46家是搞AI的。", 0.575),
        ("incubated_same_field_share", "园里有18家企业，六成多都做区块链。", {"more_than": 0.6}),
        ("startup_events_per_year", "一年办活动八九场，都有照片。", {"at_least": 8, "at_most": 9}),
        ("employees", "公司员工两三百人，都在杭州。", {"at_least": 200, "at_most": 300}),
        ("years_since_registration", "公司成立两三年了，一直在滨江。", {"at_least": 2, "at_most": 3}),
        ("main_operations_in_hangzhou", "咱厂在钱塘，做轴承的。", True),
        ("young_eagle_in_cultivation_period", "去年评上的雏鹰企业，三年培育期还早。", True),
        ("sales_last_year", "前年卖了2800万，去年卖了3500万。", 35_000_000),
        ("sales_last_year", "2018年卖了2800万，后来没统计。", None),
        ("sales_last_year", "2020年卖了2800万，做软件的。", 28_000_000),
        ("has_bank_loan", "我们资金紧，看到文件上说有贷款贴息这一条，以前没用过。", None),
        ("has_bank_loan", "我们资金紧，有银行贷款三百万，以前没贴过息。", True),
    ],
)
def test_what_is_stressed_denied_twice_or_said_of_all_is_read_as_meant(
    catalogue: Catalogue, fact: str, words: str, read: Any
) -> None:
    found = value(catalogue, fact, words)
    assert found == (pytest.approx(read, abs=0.01) if isinstance(read, float) else read)


def test_who_asks_is_told_though_the_clause_asks_and_a_colon_ends_it() -> None:
    wording = worded("做抗体试剂的小公司来问：2016年6月成立，注册资金1800万，市与区1:3分担，够条件吗？")
    assert wording.clauses == [
        "做抗体试剂的小公司，",
        "2016年6月成立，",
        "注册资金1800万，",
        "市与区1:3分担，",
    ]


@pytest.mark.parametrize(
    ("words", "fact", "read"),
    [
        ("去年卖了一千零五十万", "sales_last_year", 10_500_000),
        ("两百八十号人", "employees", 280),
        ("滨江的软件公司，310个人，没上市", "employees", 310),
        ("管事的有三个人，都干过创投", "employees", None),
        ("我们是做创投管理的公司", "fund_manager_kind", "创业投资管理企业"),
        ("我们是创投公司", "fund_manager_kind", "创业投资企业"),
        ("每亩投得到六百万，就是一亩税只做得到四十五万", "land_investment_per_mu", 6_000_000),
        ("每亩投得到六百万，就是一亩税只做得到四十五万", "land_tax_per_mu", 450_000),
        ("项目上也只交了四百六十万税", "project_annual_tax", 4_600_000),
        ("花一亿八收了一家公司，它净资产正好一个亿", "acquisition_net_asset_multiple", 1.8),
        ("上市辅导备案已经办好", "listing_stage", "辅导备案"),
        ("证监局辅导那头还没去备案", "listing_stage", None),
        ("新加坡读的博士，上个月才回国", "returnee_or_foreign", "留学回国人员"),
    ],
)
def test_everyday_wordings_of_figures(catalogue: Catalogue, words: str, fact: str, read: Any) -> None:
    assert value(catalogue, fact, words) == read


def test_a_company_opened_last_august_is_less_than_a_year_old(catalogue: Catalogue) -> None:
    age = value(catalogue, "years_since_registration", "公司是去年八月才开张的")
    assert 0.7 < age["at_least"] < age["at_most"] < 1


def test_a_part_of_a_count_is_not_the_count(catalogue: Catalogue) -> None:
    words = "46个科研人员里20个硕士以上"
    assert value(catalogue, "research_staff", words) == 46


def test_hundreds_of_millions_are_no_count_of_things(catalogue: Catalogue) -> None:
    words = "我们银行服务科技型小微企业，给小公司放了11个亿，能申请吗？"
    counts = {name for name in facts(catalogue, words) if catalogue.facts[name].type == "count"}
    assert not counts


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("杭州注册3年、做传感器的公司", True),
        ("公司成立两年", True),
        ("在杭州注册的分公司成立两年", False),
    ],
)
def test_a_company_is_a_legal_person(catalogue: Catalogue, words: str, known: bool) -> None:
    assert value(catalogue, "independent_legal_person", words) is known
