"""The two errors that every room of the house raises on purpose."""


class HangceError(Exception):
    """Something went wrong that the user can mend; the message says what and how."""


class InputError(HangceError):
    """One input (file, knowledge file, question set) is unusable; the rest of the work can go on."""

    def __init__(self, source: str, problem: str, remedy: str = "") -> None:
        self.source = source
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{source}: {problem}" + (f" — {remedy}" if remedy else ""))
