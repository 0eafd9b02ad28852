"""Question sets in, reports out: how well the system answers, measured from the side.

In: `evals/sets/*.yaml` and an index. Out: `report.md` and `report.json`. Open `evals.runner` first; `evals.metrics`
says what each number means.
"""
