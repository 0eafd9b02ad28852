"""What the server keeps about people: conversations, feedback, call notes, questions for the evaluators.

In: records from the pages and the API. Out: the same, to their owner or to signed-in staff; personal numbers are
masked on the way in (`ui.masking`). Open `ui.storage.records` first; `database` opens SQLite or PostgreSQL and brings
the tables up to date with the migrations in `migrations/versions`; `models` names the tables.
"""
