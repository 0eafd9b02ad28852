"""Clauses in, a searchable store out; questions in, ranked clauses out.

In: `Document` objects and knowledge files from `ingest`. Out: a generation of the index on disk (SQLite store,
lexical indexes, FAISS vectors) and `Searcher.search`, which returns ranked `Hit` objects.

Open `index.search` first for how a question finds its clause, `index.build` for how a generation is made.
"""
