"""Files in, documents and clauses out.

In: folders of files (text, PDF, Word, HTML, spreadsheets, scans) and the knowledge files. Out: `Document` objects,
each with its metadata and a flat, ordered list of addressable `Clause` objects (see `ingest.model`).

Open `ingest.corpus` first: it walks the folders. `ingest.readers` turns a file into lines, `ingest.parse` the lines
into documents (line classes in `lines`, repair of page breaks in `paragraphs`, cutting in `segment`, clause trees in
`clauses`, `yearbook` and `tables`, dates and names in `metadata`), `ingest.relations` links them, `ingest.quality`
says what looks wrong. `ingest.knowledge` loads `knowledge/*.yaml`.
"""
