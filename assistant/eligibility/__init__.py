"""Eligibility: an applicant's facts and a programme's conditions in, a verdict with its reasons out.

`engine.py` is the heart: three-valued conditions over typed facts. `reading.py` takes facts out of sentences,
`benefit.py` computes what is given, `portfolio.py` looks at all programmes at once, `dialogue.py` asks for what is
missing, `explain.py` puts it in words. `asked.py` is the way in for a question in the chat, `catalogue.py` for
everyone else. Nothing here writes facts anywhere: they are the asker's own.
"""
