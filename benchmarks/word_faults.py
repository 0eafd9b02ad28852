"""Faults of one word: a small word of a true statement put in the place of another that says something else.

Each table says what a careless writer takes one word for. A swap whose result stands in the clause itself in these very
words is no fault and is left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from ingest.text import canonical

_FIGURE = r"(\d+(?:\.\d+)?(?:万元|亿元|元|%|个百分点|个工作日|个月|年|天|日|家|人|名|项|个|户|岁|周岁|平方米|倍|次|位|件|亩))"
_COUNT = r"[一二两三四五六十\d]{1,2}"
# Kind of fault → (what is replaced, by what).
SWAPS: dict[str, list[tuple[str, list[str]]]] = {
    "bound made strict or loose": [
        (rf"(?<![过于足最满少多低高到至达超约\d.]){_FIGURE}(?:及以上|以上)", [r"超过\1"]),
        (rf"(?<![过于足最满少多低高到至达超约\d.]){_FIGURE}(?:及以下|以下|以内)", [r"不足\1"]),
        (rf"(?:不低于|不少于|至少){_FIGURE}", [r"超过\1"]),
        (rf"(?:不超过|不高于|不多于){_FIGURE}", [r"低于\1"]),
        (rf"(?<!不)(?<!未)(?<!得)(?:超过|高于|多于|大于){_FIGURE}", [r"不低于\1", r"\1以上"]),
        (rf"(?:不足|未满|低于|少于|小于){_FIGURE}", [r"不超过\1", r"\1以内"]),
    ],
    "和 and 或 exchanged": [
        (r"(?<=[\u4e00-\u9fff]{2})或者?(?=[\u4e00-\u9fff]{2})", ["和"]),
        (r"(?<=[\u4e00-\u9fff]{2})(?:以及|(?<![总中共温饱缓调平以涉普触顾提])[和及])(?![时其谐解格以])(?=[\u4e00-\u9fff]{2})", ["或", "或者"]),
    ],
    "period swapped": [
        (r"每年(?!度)", ["每月", "每季度"]), (r"每月", ["每年"]), (r"每季度", ["每年", "每月"]), (r"按年(?!度)", ["按月"]),
        (r"按月", ["按年"]), (r"一次性(?=[给奖补资发拨])", ["每年"]), (r"(?<=[一个])年度(?=[^\u4e00-\u9fff])", ["月度"]), (r"每半年", ["每年"]),
    ],
    "each of another": [
        (r"每人", ["每家", "每项"]), (r"每家", ["每人", "每户"]), (r"每户", ["每人"]), (r"每项", ["每人", "每家"]),
        (r"每件", ["每家"]), (r"每名", ["每家"]), (r"每个企业", ["每个项目"]), (r"每个项目", ["每个企业"]),
        (r"单个企业", ["单个项目"]), (r"单个项目", ["单个企业"]), (r"每家企业", ["每个人"]),
    ],
    "first and again exchanged": [
        (r"首次", ["再次", "每次"]), (r"再次", ["首次"]), (r"(?<!重)新认定", ["重新认定"]), (r"重新认定", ["首次认定"]),
        (r"新引进", ["已引进"]), (r"连续(?=[一二两三四五\d])", ["累计"]), (r"累计(?=[^，。；]{0,4}[一二两三四五\d])", ["连续", "单次"]),
    ],
    "before and after exchanged": [
        (rf"前(?={_COUNT}(?:年|个月|名|位|家|个工作日))", ["后"]), (rf"后(?={_COUNT}(?:年|个月|个工作日))", ["前"]),
        (rf"近(?={_COUNT}年)", ["未来"]), (r"之前", ["之后"]), (r"之后", ["之前"]), (r"以前", ["以后"]),
        (r"上(?:一)?年度?(?=[^\u4e00-\u9fff]|的|营|销|研|主|全|实|缴|纳)", ["当年", "下年度"]), (r"次年", ["当年"]), (r"当年(?!度)", ["次年", "上年"]),
        (r"年底前", ["年底后"]), (r"月底", ["月初"]), (r"(?<=[期满束收成])后(?=[^\u4e00-\u9fff续])", ["前"]), (r"上半年", ["下半年"]),
    ],
    "level swapped": [
        (r"国家级", ["省级", "市级"]), (r"省级", ["市级", "国家级"]), (r"市级", ["省级", "区级"]), (r"区级", ["市级"]),
        (r"市财政(?![局厅])", ["省财政", "区财政"]), (r"区财政(?!局)", ["市财政"]), (r"省科技厅", ["国家科技部"]),
        (r"国家高新技术企业", ["省高新技术企业"]), (r"国家高企", ["市高企"]), (r"市政府", ["省政府", "区政府"]),
    ],
    "subject swapped": [
        (r"(?:^|(?<=[，。；、的对给由：]))企业(?![家孵创]|和事业)", ["个人", "高校", "事业单位"]), (r"(?<![到])个人(?=[，、的可能申不每最])", ["企业", "团队"]),
        (r"(?:^|(?<=[，。；、的对给由：]))高校", ["企业"]), (r"(?<=[，。；、的对给由：])(?:申报|申请)单位", ["推荐单位"]),
        (r"创业团队", ["创业个人"]), (r"科研院所", ["中介机构"]), (r"大学生", ["在职职工"]), (r"中小企业", ["大型企业"]),
        (r"中小微企业", ["大型企业"]), (r"规模以上", ["规模以下"]), (r"规上", ["规下"]), (r"小微企业", ["大型企业"]),
    ],
    "negation dropped": [
        (r"不得|不予|不再|不能(?!够)|不可以", [""]), (r"没有(?=[^\u4e00-\u9fff]|[违严重发列被])", ["有"]), (r"未(?=[按通完达经列享获办提认])", ["已"]),
        (r"无(?=[违严重不失])", ["有"]), (r"不(?=[享重纳列计含包占收影])", [""]),
    ],
    "negation added": [
        (r"(?<![不未予])给予", ["不给予"]), (r"(?<![不未])纳入", ["不纳入"]), (r"(?<![不未])支持(?=[^，。；]{2,})", ["不支持"]),
        (r"(?<![不未])鼓励", ["不鼓励"]), (r"(?<![不未可])享受", ["不享受"]), (r"(?<![不无])需(?![求])", ["无需"]),
        (r"(?<![不])可(?!以|能|持|行|靠|用|再|信|控|视)", ["不可"]), (r"(?<![不未])优先", ["不优先"]), (r"(?<![不])能(?=[申享领拿报])", ["不能"]),
    ],
    "rank swapped": [
        (r"特等奖", ["一等奖"]), (r"一等奖", ["二等奖"]), (r"二等奖", ["三等奖", "一等奖"]), (r"三等奖", ["二等奖"]),
        (r"第一名", ["第二名"]), (r"A类", ["B类"]), (r"B类", ["A类", "C类"]), (r"C类", ["D类"]), (r"优秀(?=[的、，])", ["合格"]),
        (r"良好(?=[的、，])", ["合格"]), (r"甲级", ["乙级"]), (r"第一批", ["第二批"]), (r"一档", ["二档"]), (r"二档", ["一档"]),
    ],
    "more and less exchanged": [
        (r"增长(?=[^极点])", ["下降"]), (r"提高", ["降低"]), (r"(?<![新])增加(?!值)", ["减少"]), (r"上浮", ["下浮"]), (r"扩大", ["缩小"]),
        (r"下降", ["上升"]), (r"降低", ["提高"]), (r"(?<![净])减少", ["增加"]), (r"新增", ["减少"]), (r"(?<=[比年])增(?=\d)", ["减"]),
    ],
    "duty and permission exchanged": [
        (r"(?<!不)应当?(?=[按在向将于由提])", ["可以"]), (r"(?<!不)必须", ["可以"]), (r"(?<!不)可以", ["必须"]),
        (r"(?<![无必不])须(?!知)", ["可以"]), (r"(?<![不])可(?=[申按向由享])", ["必须"]),
    ],
    "whole and part exchanged": [
        (r"(?<!不)全部", ["部分"]), (r"全额", ["半额"]), (r"免费", ["收费"]), (r"全职", ["兼职"]), (r"(?<!非)全日制", ["非全日制"]),
        (r"一半", ["全部"]), (r"(?<!不)免(?=[租缴收征])", ["减半"]), (r"减半", ["全额"]), (r"独立(?=法人)", ["非独立"]),
    ],
    "place swapped": [
        (r"(?<=在)杭州(?!湾)", ["浙江", "宁波"]), (r"在杭(?!州)", ["在浙"]), (r"来杭(?!州)", ["来浙"]), (r"市区", ["全省"]), (r"国内", ["国外"]),
        (r"境内", ["境外"]), (r"余杭", ["萧山"]), (r"萧山", ["余杭"]), (r"滨江", ["临平"]), (r"西湖区", ["上城区"]), (r"本市", ["本省"]),
    ],
    "narrowing word dropped": [
        (r"首次(?=[认获评入上])", [""]), (r"(?<!重)新(?=认定)", [""]), (r"全职", [""]), (r"独立(?=法人)", [""]), (r"连续(?=\d|[两三])", [""]),
        (r"(?<=[的对])中小微(?=企业)", [""]), (r"规模以上(?=[工企])", [""]), (r"规上(?=[工企])", [""]), (r"(?<=[^\u4e00-\u9fff])应届", [""]),
        (r"实际(?=[到投使发])", [""]), (r"新增(?=[投研销设])", [""]),
    ],
}  # fmt: skip


def swapped(gist: str, text: str, kind: str, dice: random.Random) -> str | None:
    """A statement with one word of a kind taken for another; None where it has none.

    Args:
        gist: the true statement.
        text: all that its clause says: what stands there is no fault.
        kind: a key of `SWAPS`.
        dice: chooses among the places.
    """
    found = list(_swaps(gist, text, kind))
    return dice.choice(found) if found else None


def _swaps(gist: str, text: str, kind: str) -> Iterator[str]:
    barred = [m.span() for m in re.finditer(r"《[^》]*》|“[^”]*”|[〔\[]\d{4}[〕\]]\d+号", gist)]
    said = canonical(text)
    for pattern, others in SWAPS[kind]:
        for match in re.finditer(pattern, gist):
            if any(a <= match.start() < b for a, b in barred):
                continue
            for other in others:
                new = match.expand(other)
                before, after = gist[: match.start()], gist[match.end() :]
                if not _stands(before, new, after, said):
                    yield before + new + after


def _stands(before: str, new: str, after: str, said: str) -> bool:
    """Whether the new words stand in a text between the same two characters on each side; a list's 、 may mean 和."""
    edge = r"[，。；、：（）“”\s]"
    left, right = re.split(edge, before)[-1][-2:], re.split(edge, after)[0][:2]
    if new == "和" and re.search(
        f"{re.escape(canonical(left))}[^，。；,;]{{0,3}}[、和及与]{re.escape(canonical(right))}", said
    ):
        return True
    return canonical(left + new + right) in said
