"""Sample questions by topic. Every one is answered by the bundled knowledge files; a test asks them all."""

from __future__ import annotations

from ui.wording import Lang

SAMPLES: dict[Lang, tuple[tuple[str, str], ...]] = {
    "zh": (
        ("创新券", "创新券一年最多能领多少？"),
        ("研发补助", "规上企业研发补助最高多少？"),
        ("企业认定", "雏鹰企业要什么条件？"),
        ("孵化器", "新认定的省级孵化器奖励多少？"),
        ("人才", "E类人才租赁补贴每月多少？"),
        ("效力", "雏鹰计划办法现在还有效吗？"),
    ),
    "en": (
        ("Vouchers", "What is the most an enterprise can get in innovation vouchers per year?"),
        ("R&D", "How much is the R&D subsidy at most?"),
        ("Recognition", "What are the conditions of the Young Eagle plan?"),
        ("Incubators", "What is the reward for a newly recognised provincial incubator?"),
        ("Talent", "How much is the monthly rent subsidy for class E talents?"),
        ("Validity", "Is the Young Eagle plan still in force?"),
    ),
}
