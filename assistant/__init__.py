"""Questions in, cited answers out.

In: a question (with history and an as-of date). Out: an `Answer` in the shape of the contract, every statement
with the clauses it rests on. Open `assistant.chain` first: it is the LangChain chain that joins understanding,
retrieval, judging of the evidence, composing and the optional chat model. `assistant.service.Assistant` is what
the rooms above use.
"""
