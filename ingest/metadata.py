"""Title, issuers, level and dates of a document, read from its cover, title and closing words."""

from __future__ import annotations

import re
from datetime import date
from difflib import SequenceMatcher

from ingest.lines import LineClass
from ingest.model import DocumentKind, Level
from ingest.paragraphs import Block
from ingest.segment import RawDocument
from ingest.text import DATE, chinese_number, doc_numbers, first_date, fold, iso_date

_INNER_QUOTED = re.compile(r"(?:印发|转发)?《(.+)》(?:的通知)?$")
_INNER_BARE = re.compile(r"(?:印发|转发)(?!《)(.+?)的通知$")
_BODY_NAME = re.compile(
    r"中共杭州市委办公厅|中共杭州市委组织部|中共杭州市委|中共浙江省委|杭州市人民政府金融工作办公室|国家税务总局杭州市税务局|"
    r"杭州市科技创新工作领导小组办公室|(?:杭州市|浙江省)人民政府(?:办公厅)?|杭州市科学技术委员会|杭州市[\u4e00-\u9fff]{2,14}?委员会|"
    r"(?:杭州市|浙江省)[\u4e00-\u9fff]{2,13}?[局厅]"
)
DISTRICTS = [
    "上城区",
    "下城区",
    "江干区",
    "拱墅区",
    "西湖区",
    "滨江区",
    "萧山区",
    "余杭区",
    "临平区",
    "钱塘区",
    "富阳区",
    "临安区",
    "桐庐县",
    "淳安县",
    "建德市",
    "钱塘新区",
]
_FROM = re.compile(
    r"自\s*(?:(?P<date>(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?)|(?P<issue>(?:印发|发布|公布)之日))\s*起?\s*(?:施行|实施|生效|执行)"
)
_UNTIL = re.compile(
    r"(?:有效期(?:限)?(?:为|至|到)?|执行至|实施至|[，,]至)\s*(?P<date>(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?底?)"
)
_YEARS = re.compile(r"有效期(?:限)?(?:为)?\s*(?P<years>[一二三四五六七八九十两\d]{1,3})年")


def clean_title(printed: str, attached: str) -> str:
    """The policy's own title: what a notice passes on (`关于印发《X》的通知` → X), else the title as printed."""
    quoted = _INNER_QUOTED.search(printed)
    match = quoted or _INNER_BARE.search(printed)
    inner = match.group(1) if match else ""
    if "转发" in printed:  # 转发市发改委、市财政局关于X的通知
        inner = re.sub(r"^[\u4e00-\u9fff、]{2,40}?[局委办厅]关于(?=杭州市|浙江省)", "", inner)
    # What the notice quotes is the better wording where the attached title is broken over headings or differs little.
    same = quoted and attached and SequenceMatcher(None, fold(inner), fold(attached)).ratio() >= 0.85
    tail = inner and attached and fold(inner).endswith(fold(attached))
    title = inner if same or tail else (attached or inner or printed)
    return re.sub(r"\s+", "", title).strip("《》*#")


def issuers(raw: RawDocument, cover: list[Block], tail: list[Block]) -> list[str]:
    """Issuing bodies: the signatures under the cover and the names before the title, else the last signatures."""
    before_title = re.split(r"关于|印发|转发|《", raw.title)[0]
    names = _bodies([*(b.text for b in cover if b.cls is LineClass.BODY), before_title])
    return names or _bodies([b.text for b in tail if b.cls is LineClass.BODY])


def _bodies(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(name for text in texts for name in _BODY_NAME.findall(text)))


def level_of(numbers: list[str], bodies: list[str], title: str) -> tuple[Level | None, str | None]:
    """Level and district, from the document number's prefix, the issuers or the title."""
    head = " ".join([*numbers, *bodies, title])
    for name in DISTRICTS:
        if any(name in body for body in bodies) or title.startswith((name, f"杭州市{name}")):
            return "district", name
    if re.search(r"(?:^|\s)浙|浙江省人民政府|浙江省委", head) and not re.search(r"(?:^|\s)(?:杭|市委)", head):
        return "provincial", None
    if re.search(r"(?:^|\s)(?:国|财税|国科)", " ".join(numbers)) and not bodies:
        return "national", None
    if re.search(r"杭州|市委|(?:^|\s)杭", head):
        return "municipal", None
    return None, None


def kind_of(title: str) -> DocumentKind:
    """A plan sets targets; everything else that is issued is a policy."""
    return (
        "plan"
        if re.search(r"计划|方案|规划", title) and not re.search(r"办法|细则|意见|政策|措施", title)
        else "policy"
    )


def dates(issued: str | None, text: str) -> tuple[str | None, str | None]:
    """Effective and expiry date stated in a text; `有效期三年` is computed from the effective day.

    A term of years ends on the corresponding day (Civil Code of the PRC, art. 201-202), as the documents
    that print both dates have it.
    """
    effective = expires = None
    for match in _FROM.finditer(text):
        # The last sentence that states commencement is the document's own.
        effective, expires = (first_date(match.group("date")) if match.group("date") else issued), None
        until = _UNTIL.search(text, match.end(), match.end() + 60)
        years = _YEARS.search(text, match.end(), match.end() + 60)
        if until:
            expires = _until_date(until.group("date"))
        elif years and effective:
            expires = _add_years(effective, chinese_number(years.group("years")) or 0)
    return effective, expires


def _until_date(text: str) -> str | None:
    match = DATE.match(text)
    if match:
        return iso_date(*match.groups())
    year = re.match(r"((?:19|20)\d\d)年", text)
    return f"{year.group(1)}-12-31" if year else None


def _add_years(iso: str, years: int) -> str | None:
    if not years or len(iso) != 10:
        return None
    day = date.fromisoformat(iso)
    try:
        return day.replace(year=day.year + years).isoformat()
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28).isoformat()


def repeals(text: str, own_numbers: list[str]) -> list[str]:
    """Documents that a text repeals: numbers where printed, else 《titles》."""
    found: list[str] = []
    for sentence in text.split("。"):
        if "废止" not in sentence:
            continue
        numbers = [n for n in doc_numbers(sentence) if n not in own_numbers]
        titles = [] if numbers else re.findall(r"《[^》]{4,80}》", sentence)
        found += [x for x in numbers + titles if x not in found]
    return found


def issue_date(cover: list[Block], tail: list[Block]) -> str | None:
    """The date under the signature of the cover, else the last date line of the document."""
    for block in [*cover, *reversed(tail)]:
        if block.cls is LineClass.DATE:
            return first_date(block.text)
    return None
