"""Words that were typed or heard as others of the same sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.generation import Generation
from index.home import Home
from index.query import QueryAnalyser
from index.sounds import KEYS, PAIRS, SYLLABLES, Heard, Sounds, corrected, syllable_table, write_sounds
from index.tokens import terms
from ingest.errors import HangceError
from ingest.knowledge import load_policies, load_vocabulary

FUNCTION = "的了吗是我他们把和从到上下很再几什怎问说做一二三四五六七八九十两半多"
# (words as they were typed, words that were meant)
HEARD = [
    ("创新卷怎么申请", "创新券怎么申请"),
    ("专精特心企业奖励", "专精特新企业奖励"),
    ("重创空间补助多少", "众创空间补助多少"),
    ("高心技术企业认定奖励", "高新技术企业认定奖励"),
]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    """Sounds over two made-up segments; 纸鸢 and 木船 are well known, 只鸢 and 目船 are not."""
    folder = tmp_path_factory.mktemp("sounds")
    texts = ["做纸鸢补助", "造木船补助"] * 20 + ["木马", "正直", "目录"]
    counts = Counter(t for text in texts for t in set(terms(text)))
    words = sorted(counts)
    write_sounds(folder / "a", words[::2])
    write_sounds(folder / "b", words[1::2])
    return Sounds([folder / "a", folder / "b"], lambda term: counts[term])


def _read(sounds: Sounds, text: str) -> str:
    return corrected(text, sounds.heard(text))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("做直鸢补助", "做纸鸢补助"),
        ("造目船补助", "造木船补助"),
        ("造牧船", "造木船"),
        ("纸鸢和目船", "纸鸢和木船"),  # both segments are looked at
        ("直鸢目船", "纸鸢木船"),
        ("", ""),
        ("鸢", "鸢"),
    ],
)
def test_a_pair_that_nobody_knows_is_read_as_the_known_one_of_its_sound(
    made_up: Sounds, text: str, meant: str
) -> None:
    assert _read(made_up, text) == meant


@pytest.mark.parametrize("text", ["做纸鸢补助", "造木船补助", "木马", "飞机", "R&D 200万 E类"])
def test_what_is_known_and_what_sounds_like_nothing_known_stays(made_up: Sounds, text: str) -> None:
    assert made_up.heard(text) == []


def test_a_pair_with_both_characters_wrong_stays(made_up: Sounds) -> None:
    assert _read(made_up, "直原") == "直原"


def test_a_known_neighbour_is_not_torn_apart(made_up: Sounds) -> None:
    """直 in 正直 belongs to its left, 目 in 目前 to its right."""
    assert syllable_table()["直"] == syllable_table()["纸"]
    assert _read(made_up, "直鸢") == "纸鸢" and _read(made_up, "正直鸢") == "正直鸢"
    assert _read(made_up, "造目") == "造木" and _read(made_up, "造目录") == "造目录"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("补助多烧", "补助多少"),
        ("补助朵少", "补助多少"),
        ("要几各工作日", "要几个工作日"),
        ("公示几添", "公示几天"),
        ("多少堑", "多少钱"),
        ("多烧堑", "多少钱"),
        # 各, 几乎 and 少各 are words of their own; nothing is counted by 马
        ("最少各要多少平米", "最少各要多少平米"),
        ("几乎都有", "几乎都有"),
        ("几马", "几马"),
        ("多做纸鸢", "多做纸鸢"),
        ("", ""),
    ],
)
def test_what_a_question_asks_with_is_put_right(made_up: Sounds, text: str, meant: str) -> None:
    assert made_up.asking(text) == meant


def test_questions_that_were_written_with_care_ask_with_the_same_words(knowledge: Sounds) -> None:
    for policy in load_policies():
        for clause in policy.clauses:
            for ask in clause.asks:
                assert knowledge.asking(ask) == ask


def test_without_segments_nothing_is_heard() -> None:
    assert Sounds([], lambda term: 0).heard("创新卷") == []


@pytest.mark.parametrize("name", [KEYS, PAIRS, SYLLABLES])
@pytest.mark.parametrize("content", [None, b"", b"\x07" * 300])
def test_damaged_sounds_are_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    write_sounds(tmp_path / "s", ["纸鸢"])
    (tmp_path / "s" / name).unlink()
    if content is not None:
        (tmp_path / "s" / name).write_bytes(content)
    with pytest.raises(HangceError, match="hangce build"):
        Sounds([tmp_path / "s"], lambda term: 1)


@pytest.mark.parametrize("words", [[], ["a", "20", "船", "𠀀𠀀", "纸鸢船"]])
def test_a_segment_without_pairs_is_no_crash(tmp_path: Path, words: list[str]) -> None:
    write_sounds(tmp_path / "s", words)
    assert Sounds([tmp_path / "s"], lambda term: 0).heard("直鸢") == []


def test_overlapping_readings_that_disagree_keep_the_first() -> None:
    assert corrected("甲乙丙", [Heard(0, "甲乙", "丁乙"), Heard(1, "乙丙", "戊丙")]) == "丁乙丙"
    assert corrected("甲乙丙", [Heard(0, "甲乙", "甲戊"), Heard(1, "乙丙", "戊丙")]) == "甲戊丙"


# --- with real words ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def knowledge(knowledge_home: Home) -> Sounds:
    return Generation(knowledge_home).sounds


@pytest.fixture(scope="module")
def corpus(corpus_home: Home) -> Sounds:
    return Generation(corpus_home).sounds


@pytest.mark.parametrize(("text", "meant"), HEARD)
def test_words_of_the_policies_are_heard(knowledge: Sounds, text: str, meant: str) -> None:
    assert _read(knowledge, text) == meant


@pytest.mark.parametrize(("text", "meant"), HEARD)
def test_words_of_the_policies_are_heard_among_all_documents(corpus: Sounds, text: str, meant: str) -> None:
    assert _read(corpus, text) == meant


def test_words_that_are_known_stay(corpus: Sounds) -> None:
    """The everyday and official words of the vocabulary mean what they say."""
    words = {word for term in load_vocabulary().terms for word in [*term.official, *term.say]}
    analyser = QueryAnalyser(load_vocabulary(), corpus)
    read = {word: (hints.text, hints.corrected) for word in words for hints in [analyser.hints(word)]}
    changed = {word: meant for word, (text, meant) in read.items() if text != meant}
    assert len(words) > 300
    assert not changed


def test_questions_that_were_written_with_care_stay(corpus_home: Home, corpus: Sounds) -> None:
    store = Generation(corpus_home).store
    asks = [ask for d in store.documents() for c in store.clauses_of(d.document_id) for ask in c.asks][:2000]
    changed = [(ask, _read(corpus, ask)) for ask in asks if _read(corpus, ask) != ask]
    assert len(changed) <= 0.01 * len(asks), changed[:10]


def test_the_hints_of_a_question_hold_both_readings(knowledge: Sounds) -> None:
    hints = QueryAnalyser(load_vocabulary(), knowledge).hints("重创空间补助多少")
    assert (hints.text, hints.corrected) == ("重创空间补助多少", "众创空间补助多少")
    assert any("众创空间" in spellings for spellings in hints.topics)


# --- any text -----------------------------------------------------------------------------------------------

_KNOWLEDGE: list[Sounds] = []


@pytest.fixture(scope="module")
def _held(knowledge: Sounds) -> None:
    _KNOWLEDGE[:] = [knowledge]


_MIXED = st.text(
    alphabet=st.sampled_from("创新券卷专精特心新重众空间高企业补助" + FUNCTION + "0123456789万元aE，。 "),
    max_size=30,
)


@pytest.mark.usefixtures("_held")
@settings(max_examples=200)
@given(_MIXED)
def test_function_words_numbers_and_signs_never_change(text: str) -> None:
    read = _read(_KNOWLEDGE[0], text)
    assert len(read) == len(text)
    for before, after in zip(text, read, strict=True):
        if before in FUNCTION or not "\u4e00" <= before <= "\u9fff":
            assert after == before
        assert after == before or after not in FUNCTION


@pytest.mark.usefixtures("_held")
@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    heard = _KNOWLEDGE[0].heard(text)
    assert len(corrected(text, heard)) == len(text)
    for position, pair, meant in heard:
        assert text[position : position + 2] == pair
        assert sum(a != b for a, b in zip(pair, meant, strict=True)) == 1
