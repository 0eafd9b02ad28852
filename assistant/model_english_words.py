"""What English words of a statement are called in Chinese policy texts.

Each line: English words, a colon, what they may be called. A statement's word counts as said by its clause if one of these
stands there. Words that no line has let nothing through.
"""

# Words that tell one subject, condition or place from another: each must be found near the figure that it goes with.
SPECIFIC = """
enterprise, company, firm, business: 企业 公司
startup, start-up: 初创 创业企业
individual, person: 个人 人员 自然人
team: 团队
young: 青年
innovation team: 创新团队 创新创业团队 创新型团队
entrepreneurial team: 创业团队
university, college: 高校 大学 院校 高等学校
research institution, research institute: 科研机构 科研院所 研究院 研究机构 研发机构
public institution: 事业单位
institution, organization, body, unit: 机构 单位
hospital: 医院
bank: 银行
financial institution: 金融机构 银行
insurance: 保险
student: 学生
university student, college student: 大学生
graduate: 毕业生
talent: 人才
high-end talent: 高端人才
expert: 专家
foreigner: 外国人 外籍
foreign: 外国 境外 国外 外籍 涉外 海外
overseas: 境外 海外 国外
domestic: 国内 境内
national, national-level, state-level: 国家 全国
state, specify, stated, specified: 列明 写明 载明 写
at the same time, simultaneously: 同时
cross-border: 跨境
guidance: 引导
provincial, provincial-level: 省
municipal, municipal-level, city-level: 市
district: 区
district and county: 区、县 区县
county: 县
local: 当地 地方 属地 所在地
local finance, local government finance: 当地财政 区财政 县财政 区县财政
municipal finance, city finance: 市财政 市级财政
municipal government: 市政府 市人民政府
city: 全市 市 杭州
province: 省
innovative SME: 创新型中小企业
SME, small and medium-sized enterprise: 中小企业 中小微
technology SME, tech SME: 科技型中小 科技中小
small and micro enterprise: 小微企业 小型微型
large enterprise: 大型企业 大企业
high-tech enterprise: 高新技术企业 高企
national high-tech enterprise: 国家高新技术企业 国高企 国家重点扶持高新技术企业 国家级高新技术企业
little giant, little giant enterprise: 小巨人
hidden champion: 隐形冠军
unicorn: 独角兽
chain-leading: 链主
smart factory: 智能工厂
digital workshop: 数字化车间
chain-leading factory: 链主工厂
future factory: 未来工厂
maker space, makerspace: 众创空间
maker enterprise, maker company: 创客企业
maker: 创客
incubator, technology business incubator: 孵化器
training institution: 培训机构
demonstration base: 示范基地
venture capital: 创业投资 风险投资 创投
venture capital institution, venture capital firm: 创业投资企业 创投企业 创投机构 风险投资机构
angel investment: 天使投资
angel: 天使
guidance fund, guide fund: 引导基金
industrial investment fund, industry fund: 产业投资基金 产业基金
sub-fund: 子基金
fund manager: 基金管理
early-stage: 初创期 早期
key project: 重点项目
general project, ordinary project: 一般项目
major project: 重大项目
medical and health project, health project: 医疗卫生项目 医疗卫生
medical and health: 医疗卫生
soft science project, soft science research project: 软科学项目 软科学研究项目
soft science: 软科学
key R&D project: 重点研发 重点科技研发
municipal key R&D project: 市重点研发 市重点科技研发
science and technology project: 科技计划项目 科技项目
project leader, principal investigator: 项目负责人 负责人
project: 项目
application: 申报 申请
applicant: 申请单位 申报单位 申请人 申报企业
expert review: 专家评审 评审
review: 评审 审查 审核
recognition, accreditation, certification: 认定
re-recognition, re-accreditation: 重新认定
evaluation, assessment: 评价 考核 评估
patent: 专利
invention patent: 发明专利
intellectual property: 知识产权
trademark: 商标
exhibition, trade fair: 展会 展览
R&D: 研发 研究开发 研究与试验发展
R&D expenditure, R&D spending, R&D expense, R&D cost: 研发费用 研发经费 研究开发费用 研发投入 研发费
R&D investment, R&D input: 研发投入 研发经费
R&D activity: 研发活动 研究开发活动 搞研究开发 研究开发
R&D center, R&D centre: 研发中心 研究开发中心
self-funded, self-raised: 自筹
increase, increment, growth: 增加 新增 增量 增长 增加额 新增额
previous year, preceding year, year before, last year: 上年 上一年 上年度
sales, sales revenue, sales income: 销售 销售收入 销售额
revenue: 收入
employee, staff: 职工 员工 从业人员
unlisted, not listed: 未上市
listing: 上市 挂牌
to be listed, to go public, preparing for listing: 拟上市
key enterprise, key company: 重点企业 重点拟上市企业 重点
achieve trading: 实现交易 交易
loan: 贷款
bank loan: 贷款
interest subsidy, loan interest subsidy: 贴息
interest rate: 利率
benchmark interest rate, benchmark rate: 基准利率
interest: 利息
guarantee: 担保
investment amount: 投资额
equity: 股权
equity investment: 股权投资 入股
return, yield: 收益率 收益 回报
annual return, average annual return: 年平均收益率 年均收益率
exit: 退出
principal: 本金
successful case: 成功案例
case: 案例
credit card: 信用卡
work permit: 工作许可
category A: A类
category B: B类
category C: C类
negative list: 负面清单
letter of commitment: 承诺书
business address, registered address, domicile: 住所 注册地址 经营场所
premises: 场地 场所 住所
proof: 证明
proof of premises: 场地证明 证明材料
illegal building: 违法建筑
dangerous building: 危房
appraised: 鉴定
separate account, special account: 专账 单独核算 单独建账
account separately: 单独核算 单独建账
accounted for separately: 单独核算 单独建账
professional title: 职称 专业技术职称
intermediate: 中级
envoy, science and technology envoy, science envoy, science and technology commissioner: 科技特派员 特派员
voucher: 券
activity voucher: 活动券
innovation voucher: 创新券
service: 服务
effective service: 有效服务
target, goal: 目标
added value: 增加值
high-tech industry: 高新技术产业 高新产业
industrial land: 工业用地 工业地
land: 用地 土地
land supply: 土地供应 供应总量
existing industrial land: 存量工业用地 存量工业地
new industrial land: 新增工业用地
change its use, change use: 改变用途 改用途
balance: 平衡
biomedicine, bio-medicine: 生物医药
integrated circuit: 集成电路
artificial intelligence, AI: 人工智能
digital economy: 数字经济
special industry: 特殊行业 特殊产业
incubation: 孵化 培育 在孵
incubation period: 培育时间 孵化时间 培育期 孵化期 培育
cultivation period, cultivation: 培育期 培育
credit: 信用
fraud, falsification: 弄虚作假 骗取 造假
training: 培训
visit: 参访 考察
innovation and entrepreneurship: 双创 创新创业 创业创新
entrepreneurship: 创业
candidate: 培育对象 候选 人选
country: 国家
region: 地区
same: 同一 同时
bear, bears, share the cost: 承担 各承担 分别承担
in Hangzhou: 杭州 在杭 本市 我市
Hangzhou: 杭州 本市 我市 全市
registered: 注册 登记
independent legal person, independent legal entity: 独立法人
legal person: 法人
consecutive: 连续
municipal qualification, municipal status: 市级资格 资格
qualification: 资格
reapply: 重新申报 再次申报 重新申请
one-off, one-time, lump-sum: 一次性 一次
per year, a year, each year, every year, annual, annually, yearly, per annum, once a year: 每年 每一年 年度 逐年 一年
per month, a month, each month, every month, monthly: 每月 按月
per quarter, quarterly: 每季 按季
after: 后 期满
before: 前
during: 期间 期内
all: 全部 所有 均 各项
free: 免费 免
new: 新
average: 平均
first-time, for the first time: 首次
outstanding: 杰出 优秀
at or above the municipal level: 市级以上 市级及以上
higher: 以上
lead department, leading department: 牵头
competent department: 主管
science and technology bureau: 科技局 科学技术局
Hangzhou Science and Technology Bureau: 市科技局 杭州市科学技术局
Municipal Science and Technology Bureau: 市科技局 杭州市科学技术局
Hangzhou Science and Technology Commission, Municipal Science and Technology Commission: 市科委 杭州市科学技术委员会
Finance Bureau: 财政局
Hangzhou Finance Bureau, Municipal Finance Bureau: 市财政局 杭州市财政局
Market Regulation Bureau: 市场监管局 市场监督管理局
Hangzhou Market Regulation Bureau, Municipal Market Regulation Bureau: 市市场监管局 杭州市市场监督管理局
Bureau of Economy and Information Technology: 经信局 经济和信息化局
Commerce Bureau: 商务局
Education Bureau: 教育局
Human Resources and Social Security Bureau: 人力社保局 人社局 人力资源和社会保障局
Development and Reform Commission: 发改委 发展和改革委员会
leading group: 领导小组
foundation: 基金 基础
digital transformation: 数字化改造 数字化转型
technology: 科技 技术
measure on the administration, administrative measure: 管理办法
technology transfer: 转移转化 成果转化 技术转移
research result: 成果
"""

# Words of acts and of money that most clauses have: they must stand in the clause, but tell no subject from another.
GENERIC = """
subsidy, subsidize, grant, aid: 补助 补贴 资助 奖补 补 拨 资金
reward, award, bonus: 奖励 奖 奖金
funding, fund, money: 资金 经费 资助 补助 基金
grant money: 资助资金 资助
funded: 资助 补助
support: 支持 扶持 资助 保障 补助
paid: 拨付 发放 发给 补助 给 资助
pay: 支付 拨付 发放 给
receive, obtain, get, granted, given, provide, provided, issue to, awarded: 给予 给 可 获 得 享受 发放 拨 补 奖 资助 办理 提供 事后 事前 采用
afterwards: 事后 后补助
in advance: 事前
each, per, every: 每 各 单个 同一 一 单 分别
single: 单个 单 单项 同一
year: 年
amount: 金额 数额 具体数额 具体金额 总额 资金
total: 总 累计
ratio, proportion, rate: 比例 比率 比
apply, submit an application: 申报 申请 报 提出
submit: 提交 交 报送 报
submit: 提交 交
undertake: 承担
lead: 牵头
ongoing: 在研 在建
pass: 通过
fail: 不合格 未通过 不通过 未达
lose: 取消 撤销 淘汰
recognize, recognized, accredited, certified, rated, designated: 认定 评定 评为 确定
select, selected, chosen: 选拔 遴选 评选 择优 评 选
cultivate: 培育 培养
establish, set up, build, create: 建立 设立 设 建设 新建 成立 建
add: 新增
invest: 投资 投入
use, used: 用于 使用 应用 用
allocate, disburse, distribute: 拨付 分配 分到 拨给
organize: 组织
release, publish: 发布 公布
formulate, revise, revised: 修订 制定 制订
issued jointly, jointly issued: 联合 印发 制定
jointly: 联合 共同
issued: 印发 发布 联合
move into, enter, admission: 入驻
relaxed, relax, extended: 放宽
raised: 放宽 提高
limit, ceiling: 上限 时间 期限 限 最高 以下 额
time limit, duration, period: 时间 期限 期
require, required: 要求 应 须 需 要 条件 一般要
need: 需 应 须 要 只交 提交
condition, requirement: 条件 要求
hold, holding: 持有 持
supply, supplied: 出让 供应
newly: 新
balanced: 平衡
rank, ranking: 排 排序 居前
top: 前
aim, strive, plan, planned: 力争 目标 到 计划 达到
reach: 达到 达 到
stands for, represent, means: 代表
priority: 优先
eligible, qualified: 符合 经核定 符合条件
list: 名单
complete: 完成 企业完成
day: 日
take: 拿出
level: 级
money: 资金 经费
base, based: 依据 根据 按
directly: 直接
keep: 实行 专账 建账 单独
covered: 含 包括 享受
other: 另 其他
opinion: 意见
measure: 办法
policy: 政策 办法 意见 细则 措施 计划
document: 文件 办法 意见 通知
rule: 细则 办法
plan: 计划 方案
science and technology: 科技 科学技术
common: 共性
industry: 产业 行业 企业
"""

# Words that say nothing of their own.
_EMPTY = """
a an the of in on at to for from by with as is are be been being was were it its this that these those they
them their and or which who whose there here also such will would has have had do does did s when where if
while then than so both between among under into out up upon according per's you your we our i he she one only
must should shall may can could not no nor never without cannot respectively further additional accordingly
etc following relevant respective certain appropriate over accepted accept after before during once
"""
EMPTY = frozenset(_EMPTY.split())

DISTRICTS = {
    "shangcheng": "上城", "gongshu": "拱墅", "xihu": "西湖", "west lake": "西湖", "binjiang": "滨江", "xiaoshan": "萧山", "yuhang": "余杭",
    "linping": "临平", "qiantang": "钱塘", "fuyang": "富阳", "lin'an": "临安", "linan": "临安", "tonglu": "桐庐", "chun'an": "淳安",
    "chunan": "淳安", "jiande": "建德", "xiacheng": "下城", "jianggan": "江干", "dajiangdong": "大江东", "ningbo": "宁波", "wenzhou": "温州",
    "shaoxing": "绍兴", "jiaxing": "嘉兴", "zhejiang": "浙江", "shanghai": "上海", "beijing": "北京", "shenzhen": "深圳", "china": "中国",
}  # fmt: skip
