import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.errors import HangceError, InputError
from ui.accounts import FILE, Accounts
from ui.cli import main

PASSWORD = "a long enough password"


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    held = Accounts(tmp_path)
    held.add("王丽", "staff", PASSWORD)
    return held


def test_only_the_right_password_is_right(accounts: Accounts) -> None:
    user = accounts.check("王丽", PASSWORD)
    assert user and user.role == "staff"
    assert accounts.check("王丽", PASSWORD + "x") is None
    assert accounts.check("nobody", PASSWORD) is None
    assert accounts.check("王丽", "") is None


def test_the_file_holds_hashes_and_is_nobody_elses(accounts: Accounts) -> None:
    text = accounts.path.read_text(encoding="utf-8")
    assert "$argon2id$" in text and PASSWORD not in text
    assert stat.S_IMODE(accounts.path.stat().st_mode) == 0o600


def test_what_another_process_changes_is_seen(accounts: Accounts, tmp_path: Path) -> None:
    other = Accounts(tmp_path)
    other.add("li", "evaluator", PASSWORD)
    assert [u.name for u in accounts.users()] == ["li", "王丽"]
    other.remove("li")
    assert accounts.user("li") is None


def test_a_new_password_changes_the_stamp(accounts: Accounts) -> None:
    before = accounts.user("王丽")
    accounts.set_password("王丽", PASSWORD + " new")
    after = accounts.user("王丽")
    assert before and after and before.stamp != after.stamp
    assert accounts.check("王丽", PASSWORD) is None


def test_an_admin_may_what_each_role_may(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    accounts.add("root", "admin", PASSWORD)
    accounts.add("li", "evaluator", PASSWORD)
    root, li = accounts.user("root"), accounts.user("li")
    assert root and root.may("staff") and root.may("evaluator")
    assert li and li.may("evaluator", "staff") and not li.may("staff")


@pytest.mark.parametrize("name", ["", "a b", "../x", "a" * 41, "a/b", "<b>"])
def test_a_name_that_cannot_be_used_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(HangceError, match="cannot be a name"):
        accounts.add(name, "staff", PASSWORD)


def test_short_passwords_taken_names_and_unknown_users_are_refused(accounts: Accounts) -> None:
    with pytest.raises(HangceError, match="10 to 200"):
        accounts.add("li", "staff", "short")
    with pytest.raises(HangceError, match="already"):
        accounts.add("王丽", "staff", PASSWORD)
    with pytest.raises(HangceError, match="no user"):
        accounts.remove("li")


@pytest.mark.parametrize(
    "text", ["[", "users: 5", "users: [{name: a}]", "users: [{name: a, role: king, password: x}]"]
)
def test_a_file_of_no_use_is_named_without_its_content(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=FILE):
        Accounts(tmp_path).users()


def test_users_by_command(tmp_path: Path) -> None:
    def users(*arguments: str, given: str = "") -> str:
        result = CliRunner().invoke(main, ["users", *arguments, "--home", str(tmp_path)], input=given)
        assert result.exit_code == 0, result.output
        return result.output

    assert "还没有用户" in users("list")
    users("add", "li", "--role", "staff", given=f"{PASSWORD}\n{PASSWORD}\n")
    users("add", "wu", "--role", "admin", "--stdin", given=f"{PASSWORD}\n")
    assert users("list") == "li\tstaff\nwu\tadmin\n"
    users("password", "li", "--stdin", given="another long password\n")
    assert Accounts(tmp_path).check("li", "another long password")
    users("remove", "li")
    assert users("list") == "wu\tadmin\n"


def test_a_command_that_fails_says_so_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["users", "remove", "li", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.startswith("hangce: no user 'li'") and len(result.stderr.splitlines()) == 1
