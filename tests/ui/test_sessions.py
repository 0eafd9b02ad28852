import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import HangceError
from ui.accounts import Accounts
from ui.problems import Refused
from ui.sessions import KEY_FILE, SESSION, VISITOR, Lockout, Sessions, signing_key
from ui.settings import Settings
from ui.signin import safe_place

PASSWORD = "a long enough password"
KEY = "k" * 40


class Clock:
    """A clock that a test puts forward."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    import time

    return Clock(time.time())


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    accounts = Accounts(tmp_path)
    accounts.add("li", "staff", PASSWORD)
    return Sessions(accounts, Settings(session_hours=2, lockout_failures=3), KEY, clock)


def signed_in(sessions: Sessions) -> dict[str, str]:
    user = sessions.sign_in("li", PASSWORD, "10.0.0.1")
    assert user
    return {SESSION: sessions.session_cookie(user)}


def test_a_session_ends_when_its_time_is_over(sessions: Sessions, clock: Clock) -> None:
    cookies = signed_in(sessions)
    clock.now += 2 * 3600 - 1
    assert sessions.user(cookies)
    clock.now += 2
    assert sessions.user(cookies) is None


def test_a_session_ends_with_the_sign_out_and_no_other(sessions: Sessions) -> None:
    one, other = signed_in(sessions), signed_in(sessions)
    sessions.sign_out(one)
    assert sessions.user(one) is None
    assert sessions.user(other)


def test_a_session_ends_with_a_new_password_and_with_the_user(sessions: Sessions) -> None:
    cookies = signed_in(sessions)
    sessions.accounts.set_password("li", PASSWORD + " new")
    assert sessions.user(cookies) is None
    user = sessions.sign_in("li", PASSWORD + " new", "10.0.0.1")
    assert user
    cookies = {SESSION: sessions.session_cookie(user)}
    sessions.accounts.remove("li")
    assert sessions.user(cookies) is None


def test_no_letter_of_a_cookie_can_be_changed(sessions: Sessions) -> None:
    value = signed_in(sessions)[SESSION]
    for i, letter in enumerate(value[:-1]):  # the last one of a signature has bits to spare
        changed = value[:i] + ("A" if letter != "A" else "B") + value[i + 1 :]
        assert sessions.user({SESSION: changed}) is None


def test_a_cookie_of_another_key_or_kind_is_worth_nothing(sessions: Sessions) -> None:
    other = Sessions(sessions.accounts, Settings(), "z" * 40)
    assert other.user(signed_in(sessions)) is None
    visitor = sessions.visitor_cookie(sessions.new_visitor())
    assert sessions.user({SESSION: visitor}) is None
    assert sessions.visitor({VISITOR: signed_in(sessions)[SESSION]}) is None


@given(value=st.text(max_size=300))
def test_rubbish_is_no_session(value: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    sessions = Sessions(Accounts(tmp_path_factory.getbasetemp()), Settings(), KEY)
    assert sessions.user({SESSION: value}) is None
    assert sessions.visitor({VISITOR: value}) is None
    assert not sessions.is_own_form(value, sessions.new_visitor())


def test_too_many_failures_lock_the_user_out_from_there_alone(sessions: Sessions, clock: Clock) -> None:
    for _ in range(3):
        assert sessions.sign_in("li", "wrong", "10.0.0.1") is None
    with pytest.raises(Refused) as refused:
        sessions.sign_in("li", PASSWORD, "10.0.0.1")
    assert refused.value.status_code == 429
    assert sessions.sign_in("li", PASSWORD, "10.0.0.2")
    clock.now += 15 * 60 + 1
    assert sessions.sign_in("li", PASSWORD, "10.0.0.1")


def test_one_address_cannot_try_many_names(clock: Clock) -> None:
    lockout = Lockout(3, 60, clock)
    for i in range(12):
        assert lockout.begin(f"user{i}", "10.0.0.1") == 0
    assert lockout.begin("someone", "10.0.0.1") > 0
    assert lockout.begin("someone", "10.0.0.2") == 0


def test_many_addresses_cannot_try_one_name(clock: Clock) -> None:
    lockout = Lockout(3, 60, clock)
    for i in range(30):
        assert lockout.begin("li", f"10.0.0.{i}") == 0
    assert lockout.begin("li", "10.0.1.1") > 0
    assert lockout.begin("wu", "10.0.1.1") == 0


def test_signing_in_rightly_again_and_again_locks_nobody_out(clock: Clock) -> None:
    lockout = Lockout(3, 60, clock)
    for _ in range(100):
        assert lockout.begin("li", "10.0.0.1") == 0
        lockout.succeeded("li", "10.0.0.1")
    assert lockout.begin("wu", "10.0.0.1") == lockout.begin("li", "10.0.0.2") == 0


def test_tries_at_the_same_moment_all_count(sessions: Sessions) -> None:
    with ThreadPoolExecutor(12) as pool:
        tries = [pool.submit(sessions.sign_in, "li", "wrong", "10.0.0.1") for _ in range(12)]
    refused = [t for t in tries if t.exception()]
    assert len(refused) == 9
    assert all(isinstance(t.exception(), Refused) for t in refused)


def test_what_is_remembered_of_failures_is_bounded(clock: Clock) -> None:
    lockout = Lockout(3, 60, clock)
    for i in range(6000):
        lockout.begin(f"user{i}", f"10.0.{i}")
    assert len(lockout._failed) <= 10_000


def test_a_form_belongs_to_the_browser_it_was_sent_to(sessions: Sessions) -> None:
    one, other = sessions.new_visitor(), sessions.new_visitor()
    token = sessions.form_token(one)
    assert sessions.is_own_form(token, one)
    assert not sessions.is_own_form(token, other)
    assert not sessions.is_own_form(token, None)


def test_the_owner_does_not_give_the_cookie_away(sessions: Sessions) -> None:
    visitor = sessions.new_visitor()
    assert visitor.token not in visitor.owner
    assert sessions.visitor({VISITOR: sessions.visitor_cookie(visitor)}) == visitor


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    key = signing_key(tmp_path, Settings())
    assert len(key) >= 32 and signing_key(tmp_path, Settings()) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert signing_key(tmp_path, Settings(secret=KEY)) == KEY


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("short", encoding="utf-8")
    with pytest.raises(HangceError, match="32 characters"):
        signing_key(tmp_path, Settings())


@pytest.mark.parametrize("place", ["/", "/desk", "/desk?q=a&b=%E6%9D%AD", "/desk/#top"])
def test_places_here_are_kept(place: str) -> None:
    assert safe_place(place) == place


@pytest.mark.parametrize(
    "place",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "desk", "/%2Fevil.example",
     "/%5Cevil.example", "/a\r\nSet-Cookie: x=1", "/a\tb", "/<script>", "/\u200b/evil"],
)  # fmt: skip
def test_places_elsewhere_lead_to_the_first_page(place: str) -> None:
    assert safe_place(place) == "/"
