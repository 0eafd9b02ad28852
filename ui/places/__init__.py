"""The workplaces: asking, checking oneself, the hotline's desk, the documents, evaluation.

Asking is a Gradio page (`ask.py`, its events in `asking.py`), made once in each language; the others are plain pages
with a little script (`frame.py`), so that they open at once, print, and can be linked to. `answer.py`, `verdict.py` and
`ui.render` turn answers, verdicts and clauses into HTML; whatever comes from a person, a document or a model goes
through `escape`.
"""
