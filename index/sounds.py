"""Words that were typed or heard as others of the same sound: 创新卷 for 创新券, 重创空间 for 众创空间.

Speech recognisers and pinyin keyboards put out wrong characters with the right sound. A pair of characters that
the documents hardly know is read as the pair of the same sound that they know well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.postings import term_key
from ingest.errors import HangceError

SYLLABLES, PAIRS, KEYS = "syllables.json", "pairs.npy", "keys.npy"
_HAN_PAIR = re.compile(r"[\u3400-\u9fff]{2}")
_TONES = str.maketrans("āáǎàēéěèōóǒòīíǐìūúǔùǖǘǚǜńňǹḿ", "aaaaeeeeooooiiiiuuuuvvvvnnnm")
# What southern speakers, and recognisers after them, do not keep apart.
_ALIKE = [(re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"(?<=[aei])ng$"), "n"), (re.compile(r"^q"), "j")]
# Function words stand before and behind anything: a rare pair with one of them is no mistake.
_FUNCTION = frozenset(
    "的了吗呢吧啊呀嘛么是在也没有那这个我你他她它们都就还要会能可不被把给对和跟与或从到去来上下过得地着很太又再才只吃几哪什怎请问想说听看做搞打一二三四五六七八九十两半多前后"
)
# What a question asks with; these stand before and behind anything, and are left alone above.
_HOW_MANY, _HOW = "多少", "几"
_COUNTED = "个名家年天月万元钱分点成块次条份人"
# A pair known this well is meant as it stands, and one must be known so much better to be taken for what was meant.
_WELL_KNOWN = 5
_TIMES = 10
_LEAST = 5


class Heard(NamedTuple):
    """A pair of characters in a question, and the pair of the same sound that is meant by it."""

    position: int
    pair: str
    meant: str


def syllable_table() -> dict[str, str]:
    """The commonest sound of every character in GB 2312 (its 6,763), tones and what is often confused left out."""
    from pypinyin.constants import PINYIN_DICT

    characters = [
        bytes((high, low)).decode("gb2312", "ignore")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
    ]
    return {c: _plain(PINYIN_DICT[ord(c)].split(",")[0]) for c in characters if c and ord(c) in PINYIN_DICT}


def _plain(syllable: str) -> str:
    syllable = syllable.translate(_TONES)
    for pattern, replacement in _ALIKE:
        syllable = pattern.sub(replacement, syllable)
    return syllable


def write_sounds(folder: Path, terms: Iterable[str]) -> None:
    """Keep the pairs of characters among the terms of a segment, sorted by sound."""
    table = syllable_table()
    pairs = sorted({t for t in terms if _HAN_PAIR.fullmatch(t) and t[0] in table and t[1] in table})
    keys = np.array([term_key(_sound(p, table)) for p in pairs], dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / KEYS, keys[order], allow_pickle=False)
    np.save(folder / PAIRS, np.array(pairs, dtype="<U2")[order], allow_pickle=False)
    (folder / SYLLABLES).write_text(
        json.dumps(table, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )


def _sound(pair: str, table: dict[str, str]) -> str:
    return f"{table[pair[0]]} {table[pair[1]]}"


class Sounds:
    """The pairs of characters of all segments by sound.

    Args:
        folders: one for each segment.
        frequency: in how many texts a pair stands.
        is_word: whether people are known to write a pair, so that it is meant as it stands.
        look_up: told which pairs' frequencies are asked for next; together they are found sooner.
    """

    def __init__(
        self,
        folders: list[Path],
        frequency: Callable[[str], int],
        is_word: Callable[[str], bool] = lambda _: False,
        look_up: Callable[[Iterable[str]], None] = lambda _: None,
    ) -> None:
        self._frequency, self._is_word, self._look_up = frequency, is_word, look_up
        self._table: dict[str, str] = {}
        self._meant: dict[str, list[tuple[int, str]]] = {}
        self._parts: list[tuple[NDArray[np.uint64], NDArray[np.str_]]] = []
        try:
            for folder in folders:
                arrays = [np.load(folder / n, mmap_mode="r", allow_pickle=False) for n in (KEYS, PAIRS)]
                self._parts.append((np.asarray(arrays[0]), np.asarray(arrays[1])))
            if folders:  # all segments' tables come from the same library
                self._table = json.loads((folders[-1] / SYLLABLES).read_text(encoding="utf-8"))
        except (OSError, ValueError, EOFError) as error:
            raise HangceError(f"the sounds in {folders} are damaged — run `hangce build` again") from error

    def heard(self, text: str, known: Container[str] = ()) -> list[Heard]:
        """The pairs of a question that are read as others, in order; `known` ones are meant as they stand.

        One character of a pair is exchanged, and only where the word on its other side loses nothing by it.
        """
        found: list[Heard] = []
        pairs = [text[i : i + 2] for i in range(len(text) - 1)]
        meant = list(map(self._meant.get, pairs))
        self._look_up([p for p, m in zip(pairs, meant, strict=True) if m is None and _HAN_PAIR.fullmatch(p)])
        for position, (pair, might_be) in enumerate(zip(pairs, meant, strict=True)):
            if might_be is None:
                might_be = self._might_be(pair)
            if not might_be or pair in known:
                continue
            likely = [
                (count, other)
                for count, other in might_be
                if self._loses_nothing(text, position, pair, other)
            ]
            if likely:
                found.append(Heard(position, pair, max(likely)[1]))
        return found

    def asking(self, text: str) -> str:
        """The question with the 多少 and 几个 put in that unknown pairs of characters sound like (多烧, 几各)."""
        letters = list(text)
        for position in range(len(text) - 1):
            before, pair = "".join(letters[:position][-1:]), "".join(letters[position : position + 2])
            if meant := self._asks_with(before, pair):
                letters[position : position + 2] = meant
        return "".join(letters)

    def _asks_with(self, before: str, pair: str) -> str:
        if not all(letter in self._table for letter in pair):
            return ""
        sound = _sound(pair, self._table)
        if pair[0] == _HOW or before + pair[0] == _HOW_MANY:
            counted = (pair[0] + letter for letter in _COUNTED) if pair[1] not in _COUNTED else ()
            meant = next((other for other in counted if _sound(other, self._table) == sound), "")
        else:
            meant = _HOW_MANY if sound == _sound(_HOW_MANY, self._table) else ""
        if meant in ("", pair) or self._frequency(pair) or self._is_word(pair):
            return ""
        return meant

    def _might_be(self, pair: str) -> list[tuple[int, str]]:
        """The pairs of the same sound that are known so much better that they can be meant, with how well."""
        if pair not in self._meant:
            if len(self._meant) > 100_000:  # a server that runs for months
                self._meant.clear()
            self._meant[pair] = self._better_known(pair)
        return self._meant[pair]

    def _better_known(self, pair: str) -> list[tuple[int, str]]:
        if not all(letter in self._table and letter not in _FUNCTION for letter in pair):
            return []
        own = self._frequency(pair)
        if own >= _WELL_KNOWN or self._is_word(pair):
            return []
        alike = [
            (self._frequency(other), other)
            for other in self._alike(pair)
            if not _FUNCTION.intersection(other)
        ]
        return [(count, other) for count, other in alike if count >= max(_LEAST, _TIMES * own)]

    def _loses_nothing(self, text: str, position: int, pair: str, meant: str) -> bool:
        if (pair[0] == meant[0]) == (pair[1] == meant[1]):  # both characters differ
            return False
        if pair[0] != meant[0]:
            before = text[position - 1 : position]
            return not before or self._frequency(before + meant[0]) >= self._frequency(before + pair[0])
        after = text[position + 2 : position + 3]
        return not after or self._frequency(meant[1] + after) >= self._frequency(pair[1] + after)

    def _alike(self, pair: str) -> list[str]:
        key = np.uint64(term_key(_sound(pair, self._table)))
        out: list[str] = []
        for keys, pairs in self._parts:
            start, end = np.searchsorted(keys, key), np.searchsorted(keys, key, side="right")
            out += [str(p) for p in pairs[start:end] if p != pair]
        return list(dict.fromkeys(out))


def corrected(text: str, heard: list[Heard]) -> str:
    """The question with the pairs that were meant put in; of two that overlap and disagree the first stays."""
    letters = list(text)
    changed: dict[int, str] = {}
    for position, _, meant in heard:
        if all(changed.get(position + i, meant[i]) == meant[i] for i in (0, 1)):
            changed |= {position + i: meant[i] for i in (0, 1)}
    for position, letter in changed.items():
        letters[position] = letter
    return "".join(letters)
