"""What is being asked: cleaned words, hints, and whether the question can be taken at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from assistant.counted import named_for_counted
from assistant.courtesy import ASKS, only_addresses, says_nothing, without_courtesy
from assistant.refusals import refusal
from assistant.schema import Turn
from index.query import QueryAnalyser, QueryHints, clean_question
from ingest.text import DOC_NUMBER

MAX_CHARACTERS = 2000
_CONTEXT_CHARACTERS = 200  # of each turn before
_SHORT = 24  # characters
ASIDE = 0.4  # how much a question that stands alone still rests on what was said before
# Chosen on questions that the weights had not seen (`evals.train_refusals`): no answerable question lies above the first,
# and 1 of 100 above the second, which only counts where the documents hardly give an answer.
REFUSED, DOUBTFUL = 0.95, 0.7
_THAT_FOR_WHICH = re.compile(
    r"(?<=[是在由归找去到])那(?=一?[个家些位年天里儿种类份级][^，,。；;？?]{0,4}[？?]?$)"
)
# 去年新认定了多少家: a count or list of that year, where it is not the asker's own affair.
_LATELY = re.compile(
    r"(?:^|[，。；！？,;!?])(?:(?!我|咱|公司|单位|园区|空间|孵化器)[^，。；？?]){0,12}?(今年|去年|前年)(?:(?!我|咱|公司|单位|园区)[^，。；？?]){0,10}?(?:新?(?:认定?|评|增|选|批|引进|培育)了?(?:出|上|下来)?[^，。；？?]{0,8}?(?:多少|几)[家个项名人]|[^，。；？?]{0,8}名单)"
)
_YEARS_AGO = {"今年": 0, "去年": 1, "前年": 2}
_HAS_WORDS = re.compile(r"[A-Za-z0-9\u3400-\u9fff]")
_LEANS_ON_HISTORY = re.compile(
    r"^(?:那|那么|这|这个|这项|该|它|其|上面|刚才|前面|还有|另外)|(?:呢|这个|这项|它)[？?吗]?$"
)
_FRAUD = re.compile(
    r"(?:怎么|如何|怎样|咋|帮我|教我|帮忙|能不能帮|有什么办法|想).{0,12}(?:虚报|虚增|虚开|造假|作假|伪造|编造|骗(?:补|取|钱|到|过)|套取|套现|蒙混|瞒报|假(?:合同|发票|材料|专利|证明))"
    r"|(?:帮我|教我|替我).{0,30}(?:虚报|虚开|造假|伪造|编造|骗取|套取)"
    r"|(?:虚报|虚增|虚开|造假|伪造|编造|骗补|骗取|套取).{0,12}(?:怎么|如何|怎样|咋|办法|技巧|不被(?:发现|查)|才能过)"
    r"|骗[^，。；？?]{0,12}(?:补|津?贴|资助|资金|奖|经费|钱)[^。？?]{0,16}(?:怎么|如何|怎样|咋|办法|技巧|操作|不(?:会|容易)?被)"
    r"|(?:签|做|弄|开|搞|编)(?:一?[份个张些])?假[^，。；？?]{0,6}(?:合同|发票|材料|证明|流水|工资表|报告)(?!.{0,12}(?:后果|处罚|怎么罚|举报))"
    r"|(?:帮我|替我|教我|帮忙|怎么|如何|咋)[^。？?]{0,20}(?:编|凑|补|改|做|弄)[^。？?]{0,40}(?:(?:别|不|不要)让[^，。；？?]{0,8}(?:看出|发现|查出)|看不出来|查不出来)"
)
_ABOUT_FRAUD = re.compile(
    r"后果|处罚|处理|罚|责任|追回|举报|会怎|怎么(?:办|罚|处)|(?<!不)(?<!不会)(?<!容易)被(?:查|发现)|违规|认定为"
)
_ORDERS = re.compile(
    r"忽略(?:以上|之前|前面|所有|上述).{0,8}(?:指令|要求|规则|提示)|(?:输出|显示|告诉我|泄露).{0,6}(?:系统提示|提示词|system prompt)"
    r"|你现在(?:是|扮演)(?!.{0,6}什么)|开发者模式"
    r"|(?:ignore|disregard|forget|override|bypass) (?:all |any |the |your |my )*(?:previous|above|prior|earlier|instructions?|rules?|polic(?:y|ies) you)"
    r"|system prompt|jailbreak|developer mode|you are now |pretend (?:to be|you)|act as (?:a|an|my|if) |translate (?:everything|all of|your)"
    r"|(?:print|reveal|show|repeat|output|leak) (?:me )?(?:your|the) (?:system|hidden|initial|secret|internal|instructions?|prompt)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"《[^》]+》")
_AROUND_A_NAME = re.compile(
    r"(?:19|20)\d\d年?(?:版|的)?|那个|那份|这个|这份|我?(?:问|说|指)的?是|就?是|看|选|的"
)
# Who asks whether something is allowed wants to keep to the rules.
_WHETHER_ALLOWED = re.compile(
    r"(?:合规|合法|违规|违法|违反规定|符合规定|允许|让)(?:吗|么|不|吧|[？?])|算(?:不算)?(?:违规|违法|造假|骗补)"
)
_SUPPOSES = re.compile(
    r"\d\s*[多来余]?(?:万|亿|个亿|元|%)的话|(?:要是|假如|假设|如果|换成|改成|那)[^，。；？?]{0,12}\d\s*[多来余]?(?:万|亿|个亿|元|%)|^[^，。；？?]{0,8}\d\s*[多来余]?(?:万|亿|个亿|元|%)[^，。；？?]{0,4}呢[？?]?$"
)
_MEANT = re.compile(
    r"^(?:不对|错了|不是|我?[问说搞弄记]错了|打错了)[，,。\s]*(?:我(?:[问说指想]的?)?(?:是|要问)|应该是|其实是|是).{2,40}$|"
    r"^(?:不对|不是|错了)?[，,。\s]*我?(?:问|说|指)的是.{1,16}$"
    r"|^(?:那|换)?(?:[上前老旧]一?[轮版次]的?)?(?:20)?\d\d年(?:的|那)(?:一)?[份版个部](?:文件|办法|意见|政策)?.{0,8}$"  # 18年那份给多少
    r"|^(?:那)?(?:换|改)(?:成|作|做|到)?[^，,。；;？?]{2,16}[，,]?(?:呢|也是|也一样|一样|还是|又是|是不是|是多少|是几)[^，,。；;？?]{0,8}[？?]?$"
)
_BACK_TO_THE_FIRST = re.compile(
    r"^(?:那|还是|再)?(?:回到|说回|回过头来?[说问讲]|接着)?(?:我)?(?:最|一|刚)(?:开始|初|早|先)(?:我)?(?:[问说讲]的?)?(?:那个|那件事|那条|的问题|的那个)[，,]?"
    r"|^(?:那|还是|再)?(?:回到|说回)第一个(?:问题)?[，,]?"
)
_TURN = 2  # what was asked and what was answered
_SMALL_TALK = re.compile(
    r"^(?:你好|您好|嗨|哈喽|早上好|下午好|晚上好|在吗|谢谢(?:你|您)?|多谢|感谢|再见|拜拜|你是谁|你叫什么|你能(?:做|干)什么|hi|hello|thanks?|thank you|bye)"
    r"[啊呀吗呢了。！!？?~\s]*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Understanding:
    """A question made ready for retrieval.

    `question` is what is asked, and `said` the message with what was said around it ("" where nothing was).
    `problem` is set when it cannot be answered at all, `refusal` when it must be refused, and `doubtful`, with the same
    words, when it is refused unless the documents clearly answer it.
    """

    question: str
    search_text: str
    hints: QueryHints
    as_of: date
    problem: str = ""
    small_talk: bool = False
    refusal: str = ""
    doubtful: str = ""
    said: str = ""


def understand(question: str, as_of: date, history: list[Turn], analyser: QueryAnalyser) -> Understanding:
    """Clean a question, see whether it stands alone, and read its hints.

    A question that leans on the conversation ("那创客呢"), or names nothing of its own, is searched together with
    what was said last.
    """
    text = clean_question(question[: MAX_CHARACTERS * 4])
    problem = _problem(question, text)
    # With something said before, 没看懂 is said of that.
    only_courtesy = only_addresses(text) or (not history and says_nothing(text))
    small_talk = bool(_SMALL_TALK.match(text) or only_courtesy) and not problem
    whole, text = text, text if small_talk or problem else without_courtesy(text)
    said = whole if len(text) < len(whole) else ""
    if not problem and (back := _BACK_TO_THE_FIRST.match(text)) and len(history) > _TURN:
        text, history = text[back.end() :].strip("，, ") or text, history[:_TURN]
    text = text if problem else named_for_counted(_asking(text, analyser), history)
    before = [t.content for t in history if t.role == "user" and t.content.strip()]
    chosen = text if before and not problem and _only_a_document(text) else ""
    if chosen:  # from those offered: the same question again, of this one
        text, history = clean_question(before[-1])[:_CONTEXT_CHARACTERS], []
    context, reply = ("", "") if problem else _context(history, analyser)
    leaning = 1.0 if context and (_leans(text, analyser) or says_which_was_meant(text)) else ASIDE
    search_text = f"{context} {text}".strip() if leaning == 1 else text
    hints = analyser.hints("" if problem else text, context, reply, leaning)
    if chosen:
        named = analyser.hints(chosen)
        hints.doc_numbers, hints.titles = named.doc_numbers, named.titles
    if not hints.years and not problem and (lately := _LATELY.search(text)):
        hints.years = [str(as_of.year - _YEARS_AGO[lately[1]])]
    reason, likely = ("", 0.0) if problem or small_talk else refusal(said or text)
    refused = _refusal(said or text) or (reason if likely >= REFUSED else "")
    doubtful = reason if likely >= DOUBTFUL and not _WHETHER_ALLOWED.search(text) else ""
    return Understanding(text, search_text, hints, as_of, problem, small_talk, refused, doubtful, said)


def _asking(text: str, analyser: QueryAnalyser) -> str:
    """A question with the words that it asks with as they are written: 多少 for 多烧, 是哪家 for 是那家."""
    text = analyser.asking(text)
    return text if ASKS.search(text) else _THAT_FOR_WHICH.sub("哪", text)


def says_which_was_meant(text: str) -> bool:
    """Whether a message only says of what the same is asked again (不对，我问的是2018年那份意见里的)."""
    return bool(_MEANT.match(text))


def supposes_a_figure(text: str) -> bool:
    """Whether a message asks what comes of another figure (要是投了800万呢)."""
    return bool(_SUPPOSES.search(text))


def _context(history: list[Turn], analyser: QueryAnalyser) -> tuple[str, str]:
    """What the user asked about before, and what the assistant answered last.

    Turns that lean on earlier ones are followed back to the one that names what they are about.
    """
    asked, told = (
        [
            without_courtesy(clean_question(t.content))[:_CONTEXT_CHARACTERS]
            for t in history
            if t.role == role and t.content.strip()
        ]
        for role in ("user", "assistant")
    )
    if not asked:
        return "", ""
    context = asked[-1:]
    if len(asked[-1]) <= _SHORT and not _stands(asked[-1], analyser):
        # Where none names a subject by a name that is known, the longest says most of what it is about.
        longest = max(asked[:-1], key=len, default="")
        context = [next((a for a in reversed(asked[:-1]) if _stands(a, analyser)), longest), *context]
    elif len(asked[-1]) <= _SHORT:  # what names its subject shortly may still mean the one before
        context = asked[-2:]
    return " ".join(context).strip(), told[-1] if told else ""


def names_its_subject(hints: QueryHints) -> bool:
    """Whether a question, read by itself, names what it is about."""
    return bool(hints.topics or hints.doc_numbers or hints.titles)


def _stands(text: str, analyser: QueryAnalyser) -> bool:
    return names_its_subject(analyser.hints(text))


def _leans(text: str, analyser: QueryAnalyser) -> bool:
    """Whether a question says too little to stand alone."""
    return not _stands(text, analyser) or bool(_LEANS_ON_HISTORY.search(text))


def _only_a_document(text: str) -> bool:
    """Whether a message names a document and asks nothing of it."""
    rest = _NAMED.sub("", DOC_NUMBER.sub("", text))
    return rest != text and not re.search(r"[\w\u3400-\u9fff]", _AROUND_A_NAME.sub("", rest))


def _refusal(text: str) -> str:
    """Why a request is refused: help with fraud, or an attempt to give the assistant orders; "" if it is not."""
    if _FRAUD.search(text) and not _ABOUT_FRAUD.search(text):
        return "fraud"
    return "orders" if _ORDERS.search(text) else ""


def _problem(question: str, text: str) -> str:
    if not question.strip():
        return "问题是空的，请输入想了解的内容。"
    if len(question) > MAX_CHARACTERS:
        return f"问题有{len(question)}个字符，太长了，请缩短到{MAX_CHARACTERS}个字符以内。"
    if not _HAS_WORDS.search(text):
        return "没有读到文字，请用中文或英文写出问题。"
    if len(text) < 2:
        return "问题太短，请把想问的事说得完整一些，例如“创新券最多能领多少”。"
    return ""
