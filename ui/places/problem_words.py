"""What is wrong with a file or an index, in the reader's language: errors of the lower rooms are written in English."""

from __future__ import annotations

import re

from ingest.errors import HangceError, InputError
from ui.wording import Lang, say

# The first that fits; of what `ingest` and `index` say, tied to them by tests.
_OF_FILES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words), key)
    for words, key in (
        ("no such folder", "index_folder_gone"),
        ("the file is empty", "file_empty"),
        ("no optical character recognition", "file_scan"),
        ("no text found|no text that could be cited", "file_no_text"),
        ("locked by a password", "file_locked"),
        ("a lock file", "file_lock_file"),
        ("archives are not opened", "file_archive"),
        ("files of type", "file_kind"),
        ("takes longer than", "file_slow"),
        ("zip bomb|unpacks to more|needs more memory", "file_heavy"),
        ("larger than|too large|more than|too deeply|characters$", "file_large"),
        (
            "binary content|is no |broken|incomplete|could not be read|no valid|no pages|regular file",
            "file_broken",
        ),
    )
)
_OF_INDEXES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words), key)
    for words, key in (
        ("does not say which folders", "index_unknown"),
        ("another build of", "index_busy"),
        ("too many files are waiting", "upload_too_many"),
        ("cannot be opened — answers", "index_unusable"),
        ("is damaged|has format", "index_damaged"),
        ("cannot write|cannot keep", "index_disk"),
    )
)


def told(error: HangceError, lang: Lang) -> str:
    """An error with what to do about it, in a language."""
    if isinstance(error, InputError):
        for pattern, key in _OF_FILES:
            if pattern.search(error.problem):
                return say(lang, key, name=error.source)
        return say(lang, "file_other", name=error.source, said=error.problem)
    for pattern, key in _OF_INDEXES:
        if pattern.search(str(error)):
            return say(lang, key)
    return say(lang, "index_failed", said=str(error))
