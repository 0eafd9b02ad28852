"""Files in, documents and clauses out.

In: a folder of files (plain text so far) and the knowledge files. Out: `Document` objects, each with its
metadata and a flat, ordered list of addressable `Clause` objects (see `ingest.model`).

Open `ingest.corpus` first: it drives reading (`readers`), line classes (`lines`), repair of page breaks
(`paragraphs`), cutting into documents (`segment`), clause trees (`clauses`, `yearbook`, `tables`) and
metadata (`metadata`). `ingest.knowledge` loads `knowledge/*.yaml`.
"""
