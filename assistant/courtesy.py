"""What is said around a question: greetings, thanks, haste, tone. No clause speaks of it, so it is left out of it."""

from __future__ import annotations

import re

_TONE_AGAIN = re.compile(r"([啊呀吗呢吧嘛哦噢哇哈啦嘞呗～~！!？?。…，,；;])\1+")
_TONE_AT_THE_END = re.compile(r"(?<=[\u3400-\u9fff]{3})[啊呀哦噢哇嘞]+(?=$|[，,。.；;！!？?～~…\s])")
_PART = re.compile(r"[^，,。；;！!？?、～~…\s]+[，,。；;！!？?、～~…\s]*")
_PAUSE = "，,。；;！!？?、～~…"

_GREETING = r"(?:你好|您好|你们好|大家好|嗨|哈[喽啰罗]|hi|hello|早上好|上午好|中午好|下午好|晚上好|喂|哎|诶)"
_WHO = r"(?:各位|这位)?(?:老师|大佬|领导|专家|大神|朋友|同志|亲|客服|小编|小哥|小姐姐|家人|工作人员|杭策)们?"
_SPOKEN_TO = r"(?:您|你|你们|大家|各位|老师|大佬|大神)"
_A_LITTLE = r"(?:一下|下|一声|一句|个事儿?|个问题|点事)"
_ASKING = (
    rf"(?:我|俺)?(?:就|再|先)?(?:想|要|来)?(?:跟|向|和)?{_SPOKEN_TO}?"
    rf"(?:请问|请教|咨询|问|打听|求教|求问|弱弱地?问|确认|了解){_SPOKEN_TO}?{_A_LITTLE}?"
)
_EXPLAIN = r"(?:解答|回复|告知|答复|指点|指教|解释|科普|帮忙|帮助|支招|解惑)"
_ADDRESSES = (
    rf"{_GREETING}|{_WHO}|在(?:不在|吗|么|嘛)|有人在?(?:吗|么|嘛)|{_ASKING}"
    r"|不好意思|打扰(?:一下|了|您了|你了)?|抱歉|劳驾"
    rf"|(?:非常|十分|万分|先|提前)?(?:感谢|谢谢|多谢|谢过|谢|thx|thanks|thank you){_SPOKEN_TO}?"
)
_PLEADS = (
    r"(?:很|比较|挺|有点|特别|真的)?(?:着急|急用|急)的?|在线等|坐等|等(?:你|您)?(?:的)?(?:回复|答复|消息)"
    rf"|(?:求|跪求|蹲|坐等|望|盼)(?:{_EXPLAIN}|大佬|大神|答案|助|问|解|一个|个)*"
    rf"|(?:辛苦|拜托|烦请|麻烦|请){_SPOKEN_TO}?(?:帮忙|帮)?{_EXPLAIN}?{_A_LITTLE}?"
    r"|有(?:没有)?(?:人)?(?:懂|知道|了解|清楚)的?(?:人|朋友|大佬|大神)?(?:吗|么|嘛)?|(?:谁|哪位)(?:知道|懂|清楚)(?:吗|么)?"
    r"|(?:我)?(?:是)?(?:小白|萌新|新手|外行)(?:一个|一枚)?|(?:我)?(?:是)?第一次(?:问|办|弄|接触)(?:这个|这些)?"
    r"|(?:我)?(?:有点|不太|完全|真的?|实在)?(?:搞|弄|看)?(?:不懂|不明白|不清楚|没搞懂|没看懂|没弄懂|没搞明白|一头雾水|懵|晕|头大|糊涂)"
    # Who sent me, and why I ask here.
    r"|(?:我)?(?:们)?[^，。]{0,6}(?:让|叫|派|托|替|帮|代)(?:我|人|别人|朋友|同事|同学|客户|老板|家里人?|亲戚)?(?:来|过来)?(?:这里|这儿)?(?:问|打听|咨询)(?:问|一问|一下|下|一声)?"
    r"|[^，。]{0,8}(?:只好|只能|就|才)(?:来|到|在|上)?(?:这里|这儿|此)?(?:问|请教|咨询)(?:问|一问|一下|下)?"
    r"|救命|yyds|orz|哈|呵|嘿|嘻"
)
_TONE = r"(?:了|啦|哈|哦|噢|啊|呀|呢|喔)*"
_COURTESY = re.compile(rf"(?:(?:{_ADDRESSES}|{_PLEADS}){_TONE})+", re.IGNORECASE)
_ADDRESS = re.compile(rf"(?:(?:{_ADDRESSES}){_TONE}[{_PAUSE}\s]*)+", re.IGNORECASE)
# Said without a pause before or behind what is asked.
_BEFORE = re.compile(rf"^(?:喂|哎|诶|那个)*(?:你好|您好)[啊呀]?(?:{_WHO})?(?=[\w\u3400-\u9fff]{{4}})")
_BEHIND = re.compile(r"(?<=[\u3400-\u9fff]{4})(?:(?:谢谢|多谢|谢)(?:您|你|老师|了|啦|哈)*|急急+)$")
_LEAST = 2  # characters of what is left


def only_addresses(text: str) -> bool:
    """Whether a message greets, thanks or calls for attention, and asks nothing.

    >>> only_addresses("老师您好，在吗？我想咨询一下"), only_addresses("您好，创新券多少")
    (True, False)
    """
    return bool(_ADDRESS.fullmatch(text))


def without_courtesy(text: str) -> str:
    """A clean question without what is said around it; the text itself where nothing else is said.

    >>> without_courtesy("老师您好，我想咨询一下，创新券最多领多少呀呀？急急急，在线等，谢谢！！")
    '创新券最多领多少？'
    >>> without_courtesy("谢谢")
    '谢谢'
    """
    text = _TONE_AGAIN.sub(r"\1", text)
    kept = "".join(p for p in _PART.findall(text) if not _COURTESY.fullmatch(p.rstrip(f"{_PAUSE} ")))
    kept = _BEFORE.sub("", kept.lstrip(f"{_PAUSE} "))
    kept = _BEHIND.sub("", _TONE_AT_THE_END.sub("", kept).rstrip(" ，,、"))
    kept = kept.rstrip(" ，,、")
    return kept if len(re.findall(r"[\w\u3400-\u9fff]", kept)) >= _LEAST else text
