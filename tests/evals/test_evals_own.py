"""What a home keeps of its own beside the package's sets and baseline."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evals.baseline import DEFAULT, bless
from evals.own import OwnSets, baseline_path, own_baseline
from evals.questions import Question, bundled_sets, load_questions, load_set, set_paths
from evals.report import Report
from evals.runner import named_sets, run, scored
from index.home import Home
from ingest.errors import HangceError, InputError

Maker = Callable[..., Question]


@pytest.fixture
def home(small_home: Home, tmp_path: Path) -> Home:
    for part in ("index", "segments"):
        (tmp_path / part).symlink_to(small_home.path / part)
    return Home(tmp_path)


def test_sets_are_kept_listed_changed_and_deleted(tmp_path: Path, make_question: Maker) -> None:
    sets = OwnSets(tmp_path)
    assert (sets.names(), sets.load("mine"), sets.delete("mine")) == ([], None, False)
    sets.save("mine", [make_question()], "about kites")
    assert sets.names() == ["mine"]
    changed = sets.update("mine", lambda before: [*before.questions, make_question(id="k2")])  # type: ignore[union-attr]
    held = sets.load("mine")
    assert (
        changed
        and held
        and ([q.id for q in held.questions], held.description) == (["k1", "k2"], "about kites")
    )
    before = sets.path("mine").read_bytes()
    assert not sets.update("mine", lambda before: None)
    with pytest.raises(InputError, match="would be empty"):
        sets.update("mine", lambda before: [])
    assert sets.path("mine").read_bytes() == before
    assert [p.name for p in sets.folder.iterdir()] == ["mine.yaml"]  # nothing half-written is left
    assert sets.delete("mine") and sets.names() == []


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", ".hidden", "a b", "a.b", "x" * 41, "policies"])
def test_no_set_leaves_its_folder_or_hides_a_bundled_one(
    tmp_path: Path, make_question: Maker, name: str
) -> None:
    with pytest.raises(InputError):
        OwnSets(tmp_path).save(name, [make_question()])
    assert not list(tmp_path.rglob("*.yaml"))


def test_what_cannot_be_written_is_told(tmp_path: Path, make_question: Maker) -> None:
    (tmp_path / "evals").write_text("in the way", encoding="utf-8")
    with pytest.raises(HangceError, match="cannot write"):
        OwnSets(tmp_path).save("mine", [make_question()])


def test_own_sets_are_found_by_name_and_folders_stand_for_all_in_them(
    tmp_path: Path, make_question: Maker
) -> None:
    sets = OwnSets(tmp_path)
    sets.save("mine", [make_question()])
    sets.save("more", [make_question(id="k2", kind="list")])
    assert set_paths([Path("mine"), Path("declined")], sets.folder) == [
        sets.path("mine"),
        next(p for p in bundled_sets() if p.stem == "declined"),
    ]
    assert [q.id for q in load_questions([sets.folder])] == ["k1", "k2"]
    assert [q.id for q in load_questions([sets.folder], kinds=["list"])] == ["k2"]
    with pytest.raises(InputError, match="no kind of question"):
        load_questions([sets.folder], kinds=["size"])
    with pytest.raises(InputError, match="id k1 stands in"):
        load_questions([sets.path("mine"), sets.path("mine")])
    assert named_sets((Path("declined"), Path("mine")), Home(tmp_path)) == (
        Path("declined"),
        sets.path("mine"),
    )


def test_the_baseline_of_a_home_goes_before_the_bundled_one(
    home: Home, make_question: Maker, make_score: Callable[..., object], tmp_path: Path
) -> None:
    assert baseline_path(home.path) == DEFAULT
    OwnSets(home.path).save("mine", [make_question()])
    run(home, tmp_path / "first", (Path("mine"),), "dev", ["amount"])
    assert "与基线相比" in (tmp_path / "first" / "report.md").read_text(encoding="utf-8")
    report = scored(tmp_path / "first")
    assert [s.set_name for s in report.scores] == ["mine"]
    bless(Report(report.scores, report.configuration), "the first one of this home", own_baseline(home.path))
    assert baseline_path(home.path) == own_baseline(home.path)
    run(home, tmp_path / "second", (Path("mine"),))
    assert "1 题可比" in (tmp_path / "second" / "report.md").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="hold no question"):
        run(home, tmp_path / "third", (Path("mine"),), "regression")


def test_a_written_set_reads_back_as_it_was(tmp_path: Path, make_question: Maker) -> None:
    sets = OwnSets(tmp_path)
    asked = make_question(question="=1+1\n'x': |\t#", forbidden=["a | b", "两\n行"])
    sets.save("mine", [asked])
    (back,) = load_set(sets.path("mine")).questions
    assert back.model_dump() == asked.model_dump()
