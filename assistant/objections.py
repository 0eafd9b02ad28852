"""What speaks against a clause as the answer to a question: another place, year, name or kind of detail than asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from langchain_core.documents import Document

from assistant.asked_things import SIDE_THINGS, THINGS
from assistant.own_case import OWN_CASE, asks_of_one_case
from assistant.understanding import Understanding
from index.answers import answered_kinds
from index.query import PARTS, QueryHints, focus
from index.search import Searcher
from index.store import StoredDocument
from index.tokens import phrases, terms
from ingest.text import fold

_CONTACT = re.compile(
    r"(?<!打)电话|号码|座机|手机号|分机|热线|地址|几号楼|哪条[路街]|门牌|网址|网站|邮箱|传真|联系人|联系方式|微信|公众号|几点(?:上|下)班|午休|密码|验证码|(?:哪个|什么|几号)窗口"
)
# Who a contact is told to, or what a place is required to have, is another question than what it is.
_ABOUT_CONTACT = re.compile(
    r"(?:电话|号码|热线|地址|网址|邮箱|联系人|联系方式|微信|公众号)[^，。；？?]{0,10}?(?:报送?|交给|送到|备案|登记|要求|变更|变了|改|挂|注册)"
    r"|地址(?:要|得|需要?|必须)?(?:交|提供|准备|证明|材料)|(?:注册|登记|住所|办公|经营|通讯|实际)地址(?:就|在|要|必须|得|可以|能)"
)
_OFFICE = re.compile(
    r"(?:在)?(?:哪里|哪儿|哪栋|哪幢|几楼|什么地方|何处)(?:办公|上班)|办公(?:地点|地址|在哪)|窗口在哪"
)
_URL_ASKED = re.compile(r"网址|链接|下载地址|二维码")
_URL = re.compile(r"https?://|www\.|[\w-]+\.(?:gov|com|cn|org)")
_CONTACT_EVIDENCE = re.compile(
    r"\d{3,4}[-—]\d{7,8}|\d{11}|https?://|www\.|网址|[路街]\d+号|@|官网|平台|系统|网站"
)
_PHONE_LIKE = re.compile(r"\d{3,4}[-—]\d{7,8}|1\d{10}|[路街]\d+号|[\w.]+@[\w.]+")
_MONEY = re.compile(
    r"[\d一二三四五六七八九十百]\s*(?:余|多)?\s*(?:万|亿|千|百)?元|(?:补|奖|资助|支持|贴|给|按|额|费)[^。；]{0,24}?\d\s*[%‰]|\d\s*[%‰][^。；]{0,16}?(?:补|奖|资助|贴|给予|返还|支付|计算|扶持|支持|额|出资|承担)|\d\s*[万亿](?![人家件个余亩吨平张册])|\d\s*[:：∶]\s*\d|全额|LPR|倍|免费|券"
)
_THINGS_COUNTED = "件|人|家|个|户|名|次|台|亩|平|吨|场|项|册|张|辆"
_ASKS_FOR_MONEY = re.compile(
    rf"多少钱|多少元|(?:多少|几)万(?!{_THINGS_COUNTED})|多少(?:个)?亿(?!{_THINGS_COUNTED})"
    r"|多少[^，。；？?几]{0,4}[费金款](?!占)|[费金款价](?:用|额|钱)?(?:标准)?(?:是|为|有|要|收)?多少"
    r"|(?:补|奖|资助|补贴|补助|奖励|给|拿|领|扶持)\S{0,4}多少|封顶|额度|(?:总额|金额|贷款)[^，。；？?]{0,8}上限|(?:金额|面额|数额|面值)[？?。]*$|(?:工资|月薪|年薪)[^，。；？?]{0,6}(?:多少|几)"
)
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百两]")
_N = r"[\d一二三四五六七八九十百两半]"
# What is asked for, how it is asked for, and what a clause that says it must hold.
_COUNTED = [
    (called, re.compile(asked), re.compile(held))
    for called, asked, held in (
        ("年龄", r"(?:多少|几)(?:周)?岁|多大年[龄纪]", rf"{_N}\s*周?岁|年龄"),
        ("面积", r"(?:多少|几)(?:个)?平(?:方|米)", r"平方|平米|㎡|m2|亩"),
        ("分数", r"(?:多少|几)分(?!之|钟)", rf"{_N}\s*分(?!之|钟|别)"),
        ("天数", r"(?:多少|几)(?:个)?工作日|(?<![前这近过])(?:多少|几)[天日](?![产常报])", rf"{_N}\s*(?:个)?(?:工作)?[日天]|{_N}\s*个?月|当[日天]"),
        ("课时", r"(?:多少|几)(?:个)?(?:课时|学时|堂|节课)", rf"课时|学时|{_N}\s*(?:堂|节)"),
        ("时长", r"(?:多少|几)(?:个)?(?:分钟|小时)", rf"{_N}\s*(?:个)?(?:半)?(?:分钟|小时|学时)"),
        ("办理的时间", r"(?:多久|多长时间|(?:几|多少)天)[^，。；？?]{0,6}(?:批|审|办(?:好|完|下|成)|下来|到账|有结果|出结果|拨下|兑现)", rf"{_N}\s*个?(?:工作日|[日天周])|{_N}\s*个?月(?:内|以内|之内)|当[日天]|随时|及时|[每按][年月季]|季度"),
        ("时间的长短", r"多少时间|多长时间|多久", rf"{_N}\s*个?(?:多)?(?:周?年|月|天|日|工作日|小时|季度|周)|分之|当[日天]|长期|随时|及时|年度|常年|[每按][年月季周]|季度"),
        ("第几个月", r"第几个月", rf"{_N}\s*个?月|季度|半年|年[初底末中]"),
        ("申报的时间", r"(?:申报|申请|报名|受理|提交|报备|备案|截止)[^，。；？?]{0,10}?(?:几[月号日]|哪天|哪个月|什么时候截止)|(?:几[月号日]|哪天|哪个月)[^，。；？?]{0,6}(?:申报|申请|报名|受理|截止|提交)|截止(?:日期|日|时间)", rf"(?<!\d年)(?<!\d年\d){_N}\s*月|(?<!年\d月)(?<!年\d\d月)(?<!年\d月\d)(?<!年\d\d月\d)(?<!〕)(?<!〕\d)(?<!〕\d\d){_N}\s*[日号](?!起)|季度|[上下]半年|年[初底末中]|常年|全年|随时|{_N}\s*个?工作日"),
        ("月份", r"几月份?|哪(?:个|几个)?月", rf"{_N}\s*月|季度|[上下]半年|年[初底末中]"),
        ("期数", r"(?:多少|几)期(?!间|限|内|末|初)", rf"{_N}\s*期|分期|一次性|分[批次]"),
        ("座位数", r"(?:多少|几)个?(?:座|席|床|车)位", r"[座席床车]位|座|席"),
        ("企业或机构的名称", r"哪[一]?家(?:公司|企业|银行|机构)", r"公司|集团|银行|中心|研究院|机构"),
        ("资格的期限", r"(?:称号|资格|牌子|证书?|认定|荣誉)[^，,。；;？?]{0,6}?(?:管|保留|有效|能用)(?:多少|几)年|(?:证书|牌子|称号)\s*的?有效期", r"有效期|长期|培育期|期限|资格[^。；]{0,10}年|(?:认定|备案)[^。；]{0,6}年内"),
        ("年限", r"(?<![前这那近过十早好])几年|多少年", rf"(?<!\d\d){_N}\s*(?:个)?(?:周)?年|年度|{_N}\s*个月|长期|永久|[至到]\s*20\d\d年|20\d\d\s*[-—–~至到]\s*20\d\d"),
        ("月数", r"(?<![前这近过])(?:多少|(?<!十)几)个月", rf"{_N}\s*个?月|{_N}\s*年"),
        ("人数", r"(?<![有好们十])(?:多少|(?<!十)几)(?:个)?[人名]", rf"{_N}\s*(?:余|多)?(?:人|名|位|个)"),
        ("比例", r"几成|百分之(?:几|多少)|几个(?:百分)?点|比例[^，。；？?]{0,6}?(?:多少|多大|多高)|多大(?:的)?比例|占(?:到)?多少|(?:费率|利率|税率|股权|股份|份额)[^，。；？?]{0,8}?(?:多少|几)|多少(?:的)?(?:股权|股份|份额)", rf"%|‰|{_N}\s*成(?![立为员果本长就效])|百分|{_N}分之|\d[：:∶]\d|一半|LPR|[二两三四五]倍|全额"),
        ("轮数", r"(?:多少|几)轮", rf"{_N}\s*轮"),
        ("次数", r"(?:多少|几)(?:次|场)", rf"{_N}\s*(?:余|多)?(?:场|次|届|项)|一次性|分期"),
        ("件数", r"(?:多少|(?<![哪十好这])几)(?:项(?!目)|件)", rf"{_N}\s*(?:余|多)?[项件]"),
        ("家数", r"(?:多少|(?<![哪十好这])几)家", rf"{_N}\s*(?:余|多)?\s*(?:家|户|个)|(?:企业|机构|孵化器|空间|平台|中心)[^。；，]{{0,8}}{_N}"),
    )
]  # fmt: skip
_LIST_OF_A_YEAR = "名单"
# Who or which one it is, by name: a clause that only says that there is one does not tell.
_PROPER = r"(?:杭州|浙江|中国|国家|“|[\u3400-\u9fff]{2,4}(?:省|市|区))"
_BY_NAME = [
    (called, re.compile(asked), re.compile(held))
    for called, asked, held in (
        ("申请材料", r"(?:什么|哪些|啥|[哪交要带几]几?[样种份])(?:申请|申报|书面|纸质)?(?:材料|资料|证件|表格)|(?:申请|申报|书面|纸质)?(?:材料|资料|表格)(?:的)?(?:清单|有哪些|有啥|要哪些|包括|目录)", r"材料|资料|申请表|申请书|申报书|申报表|附件|证明|复印件|凭证|票据|执照|报告书?|证书|许可证|工作证"),
        ("所在的区县", r"哪(?:[一二两三四五六七八九十\d]+|几)个(?:区县|县市|县|区|市|镇)(?![域场级])", r"(?:上城|下城|江干|拱墅|西湖|滨江|萧山|余杭|富阳|临安|桐庐|淳安|建德|钱塘|临平|高新)[区县市]?[、和与（]"),
        ("各家的名称", r"哪(?:\d{2}|[一二三]?十[一二三四五六七八九]?)(?:多)?[家所位]", r"(?:[^、，。；]{2,18}[、；]){5}"),
        ("各家的名称", r"(?:是|有|定了|选了)哪(?:[二两三四五六七八九十\d]+|几)(?:家|所|位)", r"(?:[^、，。；]{2,18}、){1}"),
        ("处室的名称", r"(?:哪个|什么|哪一个)(?:处室?|科室)(?![理罚分于置境])", r"[\u3400-\u9fff]{2}(?:处室|科室)|[\u3400-\u9fff]{2}处(?=[、，。；：）)负审受])"),
        ("学费", r"学费", r"学费|培训费|免费|费用"),
        ("费率", r"费率[^，。；？?]{0,8}(?:多少|几|个数)", r"费率|担保费|手续费|服务费|利率"),
        ("租金", r"(?:租金|房租)[^，。；？?]{0,8}(?:限价|上限|最高)|(?:收|要)[^，。；？?]{0,8}(?:多少|几)[^，。；？?]{0,3}租金|收租[^。？?]{0,16}(?:多少|几)", r"(?:租金|房租)[^，。；]{0,12}(?:元|不高于|不超过|不得(?:高于|超过)|优惠|%)"),
        (_LIST_OF_A_YEAR, r"(?:20\d\d年?|[今去前]年)[^，。；？?]{0,32}名单[？?。]?$", r"(?:[^、，。；]{2,18}、){4}"),
        ("姓名", r"(?:主任|组长|会长|院长|所长|处长|局长|负责人|联系人|经办人|首席科学家)[^，。；？?]{0,4}(?:是谁|叫什么|哪位|姓名|名字)|谁(?:是|当|担任|任)[^，。；？?]{0,8}(?:主任|组长|会长|院长|所长|处长|局长|负责人)", r"(?:主任|组长|会长|院长|所长|处长|局长|负责人|联系人|首席科学家)(?:由|为|是|：|:|、)?[\u3400-\u9fff]{2,4}(?:担任|兼任|任)|(?:市长|书记|院士)(?![任担兼])[\u3400-\u9fff]{2,3}"),
        ("表格的栏目", r"(?:哪几|几|哪些|什么|啥)(?:个)?(?:栏|字段)|(?:申请表|申报表|明细表|登记表|表格?)(?:里|上|中)(?:都|要)?(?:有|填)(?:哪些|什么|哪几|啥)", r"栏目|[一二三四五六\d]栏|表[^。；]{0,8}(?:填写|包括|载明|列明)[^。；]{0,30}、"),
        ("银行的名称", r"(?:银行)[^，。；？?]{0,6}(?:是|叫)?(?:哪[一]?家|哪个|什么银行|全称|名称)|哪(?:[一]?家|个)银行", r"(?:中国|工商|农业|建设|招商|交通|兴业|民生|光大|平安|中信|浦发|杭州|浙商|联合)银行"),
        ("公司的名称", r"(?:公司|机构)[^，。；？?]{0,3}(?:全称|(?:名称|名字)?(?:是|叫)(?:什么(?!样|的|机构)|啥(?!样|机构)|哪家))", rf"{_PROPER}[\u3400-\u9fff（）()]{{2,20}}(?:公司|集团|中心|研究院|服务中心)"),
    )
]  # fmt: skip
# What is asked of one year: a target, a list, how many were chosen.
# The year in what a document is called is not the one that is asked about.
_YEAR_OF_A_NAME = re.compile(
    r"(20\d\d)\s*年?(?:度)?(?:版)?的?[^，。；？?\d]{0,10}?(?:计划|办法|意见|方案|政策|文件|细则|通知|年鉴|新政)"
)
# And the year in which something was done for or by the asker, who asks what comes of it now.
_YEAR_OF_A_CASE = re.compile(
    r"(20\d\d|(?<!\d)\d\d)年(?:[初底中末]|\d{1,2}月份?|[上下]半年)?(?:就|才|刚|新|在\S{2,6}?)?"
    r"(?:认定|成立|注册|设立|登记|评上|评的|入库|入选|开[的业张]|办[的起]|备案|立项|毕业|拿[的了到]|获评|挂牌|上市|引进|来[的杭])"
)
_OF_A_YEAR = re.compile(
    r"目标|指标|任务数|名单|入选|评出|评了|选出|选中|挑中|挑出|上榜|获奖|公布的|计划(?:数|新增)|要(?:达到|新增|完成)|(?:新增|引进|培育|完成)[^，。；？?]{0,8}(?:多少|几)"
)
_A_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=\s*年|\s*[-—~～至]|：)")
_NO_SUM = re.compile(r"没有?(?:写|规定|明确|说)[^，。；]{0,8}(?:金额|数额|多少|标准)")
_SUM = re.compile(r"[\d一二三四五六七八九十百]\s*(?:余|多)?\s*(?:万|亿|千|百)?元")
_NO_LIMIT = re.compile(r"不设|不限|没有限制|不作限制|据实")
_LEAST_ASKED = re.compile(
    r"(?:最低|至少|起码|最少)(?:要|得|需要?|必须|应该?)?(?:做到|达到|有|是|够|完成|到)?[^，,。；;？?]{0,3}(?:多少|几)[^，,。；;？?]{0,6}?(?:才够|才行|才能|够格|才算)"
)
_LEAST_SAID = re.compile(
    rf"(?:不低于|不少于|不小于|至少|达到?|满|超过|最低|起点|大于|高于)[^，。；]{{0,14}}{_N}|{_N}[^，。；]{{0,10}}(?:以上|及以上|起)|门槛"
)
# What was reached in the end is told by yearbooks; policies and plans only say what is to be reached.
_REACHED = re.compile(
    r"实际(?:上)?(?:完成|达到|做到|新增|引进|建成)[^，,。；;？?]{0,8}?(?:多少|几)|(?:最后|最终|年底|后来|到底)[^，,。；;？?]{0,4}(?:完成|达到|做到|建成)了(?:多少|几|没)"
    r"|(?:至今|迄今|到目前(?:为止)?|截至目前|到现在(?:为止)?|目前(?:已经|一共|总共|已))[^，,。；;？?]{0,16}?(?:多少|几)[家个人名项]"
)
# What a bare question wants of a programme as such (瞪羚企业条件), and what a clause that gives it has where people have
# not noted that it does.
_RULES = (
    (
        "eligibility",
        "申报条件",
        re.compile(r"(?:条件|门槛)(?:是|有)?(?:什么|啥|哪些|怎样)?(?:的|呢)?[？?。]?$"),
        re.compile(r"不低于|不少于|不小于|须|应当?具备|同时满足|同时符合"),
    ),
    (
        "procedure",
        "申报办法",
        re.compile(r"(?:怎么|如何|咋)(?:申请|申报|报名|申领|报)[？?。]?$|(?:申请|申报|申领)(?:流程|程序|步骤|办法|方法)[？?。]?$"),
        re.compile(r"申请|申报|提交|受理|审核"),
    ),
    (
        "materials",
        "申请材料",
        re.compile(r"(?:材料|资料)(?:呢|清单|有哪些|要哪些)?[？?。]?$|交(?:什么|哪些|啥)(?:材料|资料)"),
        re.compile(r"申请表|申报表|申请书|申报书|(?:申报|申请|证明|书面|提交|下列|以下|有关|相关|所需)的?材料|附件|复印件|证明"),
    ),
    (
        "amount",
        "补助标准",
        re.compile(
            r"(?:给|补|奖|补助|资助|奖励|补贴)多少(?:钱|万|元)?[？?。]?$|(?:奖励|奖金|补助|补贴|津贴|资助|贴息)(?:标准)?[？?。]?$"
        ),
        _MONEY,
    ),
)  # fmt: skip
_BARE = 16  # characters
_PAUSES = re.compile(r"[\W_]+")
_DISTRICT_OWN = re.compile(
    r"(?:[区县市]里?|镇里?|街道)(?:里|政府|财政)?(?:自己|另外|还|再|额外|配套|单独)|[区县]级(?:财政|配套|补|奖|资)|本[区县]|额外|另外给"
)
_BY_THE_DISTRICT = re.compile(
    r"[区县市镇](?:里|政府|财政)?(?:自己|自身|自行)|[区县]级(?:财政|配套|补|奖|资)|本[区县](?:自己|另|财政)"
)
_MOVED = re.compile(r"(?:从|由).{0,8}(?:迁|搬|来|回)|(?:迁|搬|引)(?:到|来|进|入)?杭")
_RECEIVED = re.compile(
    r"(?:拿|获|得|领|收(?!了))(?:了|到|过|得).{0,14}(?:多少|几)|(?:多少|几).{0,10}(?:拿|获|得|领)(?:了|到|过|得)"
)
_MAY_RECEIVE = re.compile(r"(?:能|可以?|最[高多])[^，。；？?]{0,3}(?:拿|获|得|领|收)")
_FIGURE_NAMED = re.compile(r"目标|指标|任务|强度|总量|增速")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=\s*(?:年|[-—–~～至./〕\]）)]))")
_IN_A_NAME = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_COMPANY = re.compile(r"((?:(?!的)[\u3400-\u9fffA-Za-z（）()·]){4,30}?(?:有限公司|合伙企业|事务所))")
_NO_COMPANY = re.compile(r"(?:把|将|从|由|是|做|为|成|家|个|和|跟)有限公司$")  # 把有限公司改成股份公司
_ASKING = re.compile(
    r"多少|几|吗|呢|怎么|如何|什么|啥|哪|谁|能不能|可不可以|能否|是否|有没有|算不算|多久|要不要"
)
_THERE = re.compile(r"那边|那里|那儿|当地")
_BEFORE_PLACE = 4  # characters: 请问, 问一下
# What may stand between a place and its programme: no story (上海的公司买了我们的成果) that only ends in its name.
_OF_PLACE = re.compile(
    r"[市省]?(?:那边|这边|那里|那儿|当地|本地)?的?[^，。的在有把给被让买卖投进来去到报拿是]{2,12}$"
)
_FIRST_PERSON = re.compile(r"我|咱|本公司|本企业")
_QUOTED = re.compile(r"[“\"「『]([^”\"」』]{2,20})[”\"」』]")
_PROGRAMME = re.compile(
    r"([\u4e00-\u9fffA-Za-z0-9]{2,12}?)[”\"」』]?(券|计划|工程|行动|新政|十条|专项资金|引导基金)"
)
# What else a short question may be about by name; with more around them these words mostly are no name.
_ALSO_A_PROGRAMME = re.compile(
    r"([\u4e00-\u9fffA-Za-z0-9]{2,12}?)[”\"」』]?"
    r"(补贴|津贴|基金|专项|贷(?!款)|卡(?![通在住点])|(?<![号编证密扫代])码|(?<![保风])险|(?<![纳缴])保证金|押金|学院|工坊|护照|积分|礼包)"
)
OF_NOTHING_ELSE = frozenset({"券", "护照", "礼包", "工坊", "保证金", "押金"})
_POINTS_TO_ONE = set("们笔家次何份只支你我他她月日人自能可想要")
_NAME_END = re.compile(r"[\u4e00-\u9fff]{2}")
_BEFORE_PROGRAMME = set("啥个么的些项什各新老旧这那有做定大小该此本其及和与跟或工年期划按据领用兑发抵")
FIELD = re.compile(
    r"政策|补助|补贴|资助|奖励|扶持|科技|创新|创业|人才|研发|高新|孵化|众创|专利|知识产权|产业|申报|认定|园区|引导基金|贴息|"
    r"融资|措施|金融|经济|科学|课题|经费|科研|研究所|仪器|检测|验收|评审|结题|公示|备案|注册|落户|工作许可|子基金|特派员|管理办法|实施意见|通知|细则|文件|文号|市科|财政|实验室|研究院|大学生|数字经济|人工智能|制造业|年鉴|GDP|R&D|新政|计划|券|个转企|小升规|规上|技改|股改|新三板|揭榜挂帅|链主|专精特新|亩均|"
    r"policy|subsid|grant|enterprise|startup|r&d|talent",
    re.IGNORECASE,
)


# Objections that put a result behind others without; the rest only count for whether there is an answer at all.
PUTS_BEHIND = frozenset({"year", "name", "receiver", "figure", "district", "rules"})


def asks_something(text: str) -> bool:
    """Whether a text asks anything, rather than only telling."""
    return bool(_ASKING.search(text))


def objections(understanding: Understanding, document: Document, searcher: Searcher) -> dict[str, str]:
    """Objection → what is missing: place, district, name, receiver, year, figure, thing, side, rules, contact.

    None against a clause for which people wrote the very question: they have seen that it answers it.
    """
    if asked_word_for_word(understanding, document):
        return {}
    hints = understanding.hints
    asked = _wanted(understanding)
    about = searcher.documents[document.metadata["document_id"]]
    text = f"{about.title} {document.metadata['breadcrumb']} {document.page_content}"
    out: dict[str, str] = {}
    elsewhere = [place for place in hints.other_places if place not in text]
    if elsewhere:
        out["place"] = elsewhere[0]
    if asked.quoted:
        known = fold(f"{text} {' '.join(about.names)} {document.metadata['gist']}")
        absent = [n for n in asked.quoted if fold(n) not in known and not _loosely_in(n, text)]
        if absent:
            out["name"] = absent[0]
    # A figure of one district is not that of the city or the province.
    of_a_year = hints.years and _FIGURE_NAMED.search(f"{understanding.question} {hints.context}")
    if hints.places and (
        asked.of_the_district or of_a_year or (asked.figures and "statistic" in hints.kinds)
    ):
        missing = [p for p in hints.places if p[:2] not in text]
        if missing:
            out["district"] = missing[0]
    companies = [name for name in asked.companies if fold(name)[-10:] not in fold(text)]
    if companies or (asked.receiver and not _loosely_in(asked.receiver, text)):
        out["receiver"] = companies[0] if companies else asked.receiver
    years = _years_asked(understanding)
    another_year = years and (
        not _year_fits(hints.years, about, text, understanding.as_of)
        or (asked.of_a_year and _other_years_only(years, document))
    )
    if another_year:
        out["year"] = years[0]
    listed = document.metadata["parts"]["row"] or document.metadata["parts"]["table"]  # rows are counted
    # When a rule begins and ends is worked out from its document's dates; its clause may count from another day.
    of_the_rule = "validity" in hints.kinds and "validity" in answered_kinds(document.page_content)
    if asked.figures and not listed and not of_the_rule:
        said = document.page_content + document.metadata["gist"]
        given = any(figure.held.search(said) for figure in asked.figures) or _NO_LIMIT.search(said)
        if not given or (_NO_SUM.search(document.metadata["gist"]) and _asks_a_sum_only(asked, said)):
            out["figure"] = asked.figures[0].called
    if asked.least and not listed and not _LEAST_SAID.search(document.page_content):
        out["figure"] = "最低的数"
    if asked.named and not listed and not asked.named.held.search(document.page_content):
        out["figure"] = asked.named.called
    if asked.named and asked.named.called == _LIST_OF_A_YEAR and about.listing["kind"] == "policy":
        out["figure"] = _LIST_OF_A_YEAR  # policies say who may be chosen, not who was
    if asked.thing and not listed and not asked.thing.held.search(document.page_content):
        out["thing"] = asked.thing.called
    if asked.side and not listed and not asked.side.held.search(document.page_content):
        out["side"] = asked.side.called
    if _REACHED.search(understanding.question) and about.listing["kind"] in ("policy", "plan"):
        out["thing"] = "实际完成的数"
    # Papers are what the next question asks for, in two words.
    of_papers = asked.rules is not None and asked.rules.kind == "materials"
    rules = asked.rules if of_papers or not (hints.context or hints.years or hints.places) else None
    if rules and not _gives_rules(rules, document, searcher):
        out["rules"] = rules.called
    if asked.contact and not _has_detail(f"{understanding.question} {hints.corrected}", text):
        out["contact"] = asked.contact
    return out


def asked_word_for_word(understanding: Understanding, document: Document) -> bool:
    """Whether a question that stands alone is, but for its pauses, one that was written for a clause."""
    ask = document.metadata["ask"]
    return bool(ask) and not understanding.hints.context and _words(understanding.question) == _words(ask)


@lru_cache(maxsize=256)
def _words(question: str) -> str:
    return _PAUSES.sub("", fold(question))


def _asks_a_sum_only(asked: _Asked, said: str) -> bool:
    """Whether nothing but a sum of money is asked for and a clause has none, whatever shares it has."""
    return all(figure.held is _MONEY for figure in asked.figures) and not _SUM.search(said)


class Figure(NamedTuple):
    """A figure that is asked for: what it is called, and what a text that gives it must hold."""

    called: str
    held: re.Pattern[str]


class Rules(NamedTuple):
    """The kind of rules that a bare question wants, what they are called, and what tells of them in a clause."""

    kind: str
    called: str
    held: re.Pattern[str]


class _Asked(NamedTuple):
    """What a question wants of any clause that is to answer it."""

    quoted: tuple[str, ...]
    companies: tuple[str, ...]
    receiver: str
    figures: tuple[Figure, ...]
    contact: str
    of_the_district: bool
    of_a_year: bool
    named: Figure | None
    thing: Figure | None
    side: Figure | None
    least: bool
    rules: Rules | None


@lru_cache(maxsize=256)  # one question is held against many clauses
def _asked(question: str) -> _Asked:
    asking = focus(question) or question
    thing = next((Figure(called, held) for called, asked, held in THINGS if asked.search(asking)), None)
    alone = sum(bool(_ASKING.search(part)) for part in PARTS.split(question)) <= 1
    sides = SIDE_THINGS if alone else ()
    return _Asked(
        tuple(_QUOTED.findall(question)),
        tuple(name for name in _COMPANY.findall(question) if not _NO_COMPANY.search(name)),
        _receiver(question),
        _figures_wanted(asking),
        contact_asked(question),
        bool(_DISTRICT_OWN.search(question)),
        bool(_OF_A_YEAR.search(question)),
        next((Figure(called, held) for called, asked, held in _BY_NAME if asked.search(question)), None)
        or thing,
        thing,
        next((Figure(called, held) for called, asked, held in sides if asked.search(asking)), None),
        bool(_LEAST_ASKED.search(asking)),
        _rules_asked(question),
    )


def _rules_asked(question: str) -> Rules | None:
    """The rules that a bare question wants; None if it is not bare or wants something else."""
    if len(question) > _BARE:
        return None
    return next(
        (Rules(kind, called, held) for kind, called, asked, held in _RULES if asked.search(question)), None
    )


def _gives_rules(rules: Rules, document: Document, searcher: Searcher) -> bool:
    """Whether a clause gives such rules, as far as people noted what it answers.

    Plans tell how many shall be recognised, lists who was; yearbooks are of the past.
    """
    if searcher.documents[document.metadata["document_id"]].listing["kind"] == "yearbook":
        return False
    clause = searcher.store.clause(document.metadata["clause_id"])
    if clause is not None and clause.kind == "row" and clause.parent:
        clause = searcher.store.clause(f"{clause.document_id}#{clause.parent}")
    if clause is None or not clause.kinds or rules.kind in clause.kinds:
        return True
    if any(rules.kind in item.kinds for item in searcher.store.children(clause)):
        return False  # the item does
    return bool(rules.held.search(document.page_content))


def _wanted(understanding: Understanding) -> _Asked:
    """What a question wants as it stands, and where that is nothing, as it was probably meant (电化是多少)."""
    asked, meant = _asked(understanding.question), understanding.hints.corrected
    if meant == understanding.question or understanding.question.isascii():
        return asked
    heard = _asked(meant)
    return asked._replace(
        figures=asked.figures or heard.figures,
        contact=asked.contact or heard.contact,
        named=asked.named or heard.named,
        thing=asked.thing or heard.thing,
    )


def contact_asked(question: str) -> str:
    """The telephone, address or other way to somebody that a question asks for; "" if it asks for none."""
    contact = _CONTACT.search(question)
    office = _OFFICE.search(question)
    if office:
        return contact.group() if contact else "办公地点"
    return contact.group() if contact and not _ABOUT_CONTACT.search(question) else ""


def other_place_asked(understanding: Understanding) -> str:
    """A place elsewhere that the question itself is about, not only its story; "" if there is none.

    Who names Hangzhou or a district of it in the same breath asks about Hangzhou.
    """
    hints = understanding.hints
    parts = [part for part in PARTS.split(hints.text) if _ASKING.search(part)] or [hints.text]
    asked = parts[-1]
    if "杭" in asked or _MOVED.search(asked) or any(place[:2] in asked for place in hints.places):
        return ""
    here = next((place for place in hints.other_places if place in asked), "") or _headed_by_place(hints)
    if here or not hints.other_places or hints.places or _MOVED.search(hints.text):
        return here
    return hints.other_places[-1] if _THERE.search(asked) else ""


def _headed_by_place(hints: QueryHints) -> str:
    """The place elsewhere whose programme a question puts first, to ask of it behind a pause: 宁波的孵化器，漏了备案会怎样."""
    if "杭" in hints.text or hints.places:
        return ""
    head = fold(PARTS.split(hints.text)[0])
    for place in hints.other_places:
        _, named, programme = head.partition(place)
        if (
            named
            and len(head) - len(programme) - len(place) <= _BEFORE_PLACE
            and programme.endswith(tuple(spelling for spellings in hints.topics for spelling in spellings))
        ):
            return place if _OF_PLACE.match(programme) else ""
    return ""


def unknown_programme(question: str, searcher: Searcher) -> str:
    """A programme named in the question whose name stands in no document ("量子券", "5050计划").

    The sign is the seam between the name and the word that makes it a programme: `新券` and `鹰计` are known
    to the documents, `子券` is not.
    """
    for match in _PROGRAMME.finditer(question):
        name, suffix = match.group(1), match.group(2)
        if name[-1] in _BEFORE_PROGRAMME or searcher.analyser.stands_for(name + suffix):
            continue
        seam = name[-1] + suffix[0]
        tail = re.search(r"[A-Za-z0-9]+$", name)
        known = searcher.knows(tail.group().lower()) if tail else searcher.knows(seam)
        if not known:
            return name[-6:] + suffix
    return ""


def invented_programme(question: str, searcher: Searcher, only: Collection[str] = ()) -> str:
    """A programme whose name, as far as it stands next to 券, 计划 …, no document has in a row ("量子券").

    Stricter than `unknown_programme`, for questions that name nothing else: any words before the suffix would do.
    For others there are the suffixes that little else ends in (`OF_NOTHING_ELSE`).

    Args:
        question: as asked or as meant.
        searcher: the documents.
        only: suffixes that count; all unless given.
    """
    for match in [*_PROGRAMME.finditer(question), *_ALSO_A_PROGRAMME.finditer(question)]:
        name, suffix = match.group(1), match.group(2)
        if only and suffix not in only:
            continue
        end = name[-2:] + suffix
        if name[-1] in _BEFORE_PROGRAMME | _POINTS_TO_ONE or not _NAME_END.fullmatch(name[-2:]):
            continue
        if searcher.analyser.stands_for(name + suffix):
            continue
        if not all(searcher.has_phrase(phrase) for phrase in phrases(end)):
            return name[-6:] + suffix
    return ""


# What is told by name as something heard of: 听说有个飞鸟归朝安家计划.
_INTRODUCED = re.compile(
    r"(?:有个|有一个|有项|有一项|[搞推出设]了(?:一)?个|叫做?|那个叫)(?:叫做?|名叫)?(?:什么)?(?P<name>[\u4e00-\u9fff]{2,12}?)(?P<kind>券|计划|工程|行动|新政|补贴|津贴|专项|基金|奖|礼包|贷)(?!款)"
)
_NO_NAME = re.compile(r"[的能给我你他它想要吗是不在去来拿领申做多少几什么怎]")


def introduced_programme(question: str, searcher: Searcher) -> str:
    """A programme that a question brings in by its name as something heard of, and no document knows; "" if none."""
    for match in _INTRODUCED.finditer(question):
        name, kind = match["name"], match["kind"]
        if _NO_NAME.search(name):
            continue
        if not all(searcher.has_phrase(phrase) for phrase in phrases(name[-4:] + kind)):
            return name + kind
    return ""


_CALLED = re.compile(r"(?P<name>[\u4e00-\u9fff]{4,10})(?P<kind>补贴|津贴|专项|计划|险)")
_NO_PART_OF_A_NAME = re.compile(
    r".*[的能给我你他它想要吗是不在去来拿领申做多少几什么怎有个这那些笔和或及与等对按了过就还再每啊呢吧呀嘛零一二三四五六七八九十两幺]"
)
_UNKNOWN_LEAST = 2  # pairs of characters of such a name, that no document has


def clearly_invented(question: str, searcher: Searcher) -> str:
    """A grant or plan whose name is, in more than one place, made of pairs that no document has; "" if there is none.

    Other names beside it may be known: 科技特派员家属随迁安置津贴.
    """
    for match in _CALLED.finditer(question):
        name, kind = _NO_PART_OF_A_NAME.sub("", match["name"]), match["kind"]
        unknown = [pair for pair in terms(name) if len(pair) > 1 and not searcher.knows(pair)]
        if len(unknown) >= _UNKNOWN_LEAST and not searcher.has_phrase((name + kind)[-3:]):
            return name + kind
    return ""


_OF_SO_MANY = re.compile(r"[\d一二三四五六七八九十几两]")
_KIND_OF_THING = re.compile(
    r"(?:券|计划|工程|行动|企业|园|实验室|团队|补贴|津贴|基金|卡|贷|奖|码|中心|人才)$"
)
_CLEARLY_UNKNOWN = 2  # runs of three characters
_DONE = re.compile(r"[了着过]")  # “长大了搬出来” tells what happens


def invented_quoted(question: str, corrected: str, searcher: Searcher) -> str:
    """A name put in quotation marks that no document has, not in another spelling either; "" if there is none.

    One run of characters that is in no document is not enough where the name says no kind of thing: quoted nicknames
    and figures of speech (“新四军”, “六样东西”) are no names of programmes.
    """
    for name, meant in zip(_QUOTED.findall(question), _QUOTED.findall(corrected), strict=False):
        if _OF_SO_MANY.match(name) or not _NAME_END.search(name) or _DONE.search(name):
            continue
        unknown = [phrase for phrase in phrases(name) if not searcher.has_phrase(phrase)]
        enough = len(unknown) >= (1 if _KIND_OF_THING.search(name) else _CLEARLY_UNKNOWN)
        if enough and not all(searcher.has_phrase(phrase) for phrase in phrases(meant)):
            return name
    return ""


_NOBODY_BY_NAME = re.compile(
    r"(?:企业|单位|平台|机构|团队|学校|高校|医院|园区|空间|孵化器)$|^(?:给|把|让|替|帮|办|想|要|如果|像|按|比如|课题|项目|团队|经费|资金)|全市|杭州|[市区县]|用地|[楼房]$|\d{4}年"
)


def _figures_wanted(question: str) -> tuple[Figure, ...]:
    """The figures that the parts of a question ask for, of which a clause need not give more than one."""
    of_parts = {figure.called: figure for part in PARTS.split(question) if (figure := figure_wanted(part))}
    whole = figure_wanted(question)
    return tuple(of_parts.values()) or ((whole,) if whole else ())


def figure_wanted(question: str) -> Figure | None:
    """What a clause must hold to answer "how much": money or a share, what is counted, or at least a number."""
    if _ASKS_FOR_MONEY.search(question):
        return Figure("具体金额", _MONEY)
    for called, asked, held in _COUNTED:
        if asked.search(question):
            return Figure(called, held)
    return (
        Figure("具体数额", _NUMBER)
        if re.search(r"多少|(?<![哪们十好])几[家个项件人名亩年天]", question)
        else None
    )


def figure_left_out(understanding: Understanding, statements: Sequence[str]) -> str:
    """The figure that a question asks for and no statement of its answer gives; "" if there is none.

    What is compared, and what is asked of a document's validity or of a clause by its number, may be said without one.
    """
    hints = understanding.hints
    figures = _wanted(understanding).figures
    if not figures or hints.clause_paths or {"compare", "validity"} & set(hints.kinds):
        return ""
    said = "".join(statements)
    given = any(figure.held.search(said) for figure in figures) or _NO_LIMIT.search(said)
    return "" if given else figures[0].called


def asks_more_than_figures(understanding: Understanding) -> bool:
    """Whether a part of a question asks for something else than a figure, so that it may be answered without one."""
    asked = [part for part in PARTS.split(understanding.question) if _ASKING.search(part)]
    return len(asked) > 1 and any(figure_wanted(part) is None for part in asked)


def asks_for_the_districts_own(question: str) -> bool:
    """Whether a question asks what a district itself gives, beside the city."""
    return bool(_BY_THE_DISTRICT.search(question))


def asks_what_was_received(question: str) -> bool:
    """Whether a question asks how much somebody got, not how much one may get."""
    return bool(_RECEIVED.search(question)) and not _MAY_RECEIVE.search(question)


def _receiver(question: str) -> str:
    """The named party of "X一共拿到了多少": a fact about X, which only a text that names X can bear."""
    if _FIRST_PERSON.search(question) or not asks_what_was_received(question):
        return ""
    match = re.match(
        r"[\u4e00-\u9fffA-Za-z0-9（）()]{2,12}?(?=20\d\d|从|一共|总共|共|到底|累计|去年|今年|，|,|拿|获)",
        question,
    )
    subject = match.group() if match else ""
    return "" if _NOBODY_BY_NAME.search(subject) else subject


def _has_detail(question: str, text: str) -> bool:
    if _URL_ASKED.search(question):
        return bool(_URL.search(text))
    if "窗口" in question and re.search(r"(?<!重要)(?<!对外)(?<!展示)窗口|大厅", text):
        return True
    if re.search(r"网址|网站|平台|系统", question) and not re.search(r"密码|验证码", question):
        return bool(_CONTACT_EVIDENCE.search(text))
    return bool(_PHONE_LIKE.search(text))


def _loosely_in(name: str, text: str) -> bool:
    """Most of a quoted name's terms stand in the text (quoted everyday words are no names)."""
    wanted = terms(name)
    present = set(terms(text))
    return bool(wanted) and sum(t in present for t in wanted) / len(wanted) >= 0.85


def _years_asked(understanding: Understanding) -> list[str]:
    """The years of a question without those in what it calls a document, as far as others are left.

    None where every year is only one in which something happened to the asker.
    """
    hints = understanding.hints
    if not hints.years:
        return []
    of_case = {f"20{year[-2:]}" for year in _YEAR_OF_A_CASE.findall(hints.text)}
    if of_case >= set(hints.years) and asks_of_one_case(understanding.question) >= OWN_CASE:
        return []
    of_names = set(_YEAR_OF_A_NAME.findall(hints.text))
    return [year for year in hints.years if year not in of_names] or hints.years


def _other_years_only(years: Sequence[str], document: Document) -> bool:
    """Whether a clause names years and none of those asked for, nor a span of years around it."""
    said = f"{document.metadata['breadcrumb']} {document.page_content} {document.metadata['gist']}"
    named = set(_A_YEAR.findall(said))
    if not named or set(years) & named:
        return False
    spans = re.findall(r"(20\d\d)\s*年?\s*[-—~～至到]\s*(20\d\d)", said)
    return not any(start <= year <= end for start, end in spans for year in years)


def _year_fits(years: list[str], about: StoredDocument, text: str, as_of: date) -> bool:
    """A clause speaks of a year that it names, or that lies in its document's term."""
    listing = about.listing
    named = set(_YEAR.findall(text)) | set(re.findall(r"(?:19|20)\d\d", " ".join(listing["doc_numbers"])))
    if listing["kind"] != "yearbook":  # whose name has the year after the one that it tells of
        named |= set(_IN_A_NAME.findall(" ".join([about.title, *about.names])))
    named |= {f"20{y}" for y in re.findall(r"(?<!\d)(\d\d)年", text)}
    if listing["kind"] == "yearbook":
        named |= {str(int(y) - 1) for y in re.findall(r"(?:19|20)\d\d", about.title)}
    if set(years) & named:
        return True
    start = (listing["effective"] or listing["issued"] or "9999")[:4]
    end = (listing["expires"] or str(as_of.year))[:4]  # without a stated end nobody knows about years to come
    return listing["kind"] in ("policy", "plan") and any(start <= year <= end for year in years)
