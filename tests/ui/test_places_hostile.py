"""Markup, script and formulas in documents, their names and their metadata show as text on every page."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from index.build import build
from index.home import Home
from ui import web
from ui.accounts import Accounts
from ui.places.answer import answer_html
from ui.sessions import SESSION

PASSWORD = "a long enough password"
PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"onfocus="alert(3)',
    "${7*7}{{7*7}}",
    "=1+1",
)

POLICY = """杭州市测试局关于印发《杭州市纸鸢补助办法》的通知

杭测〔2020〕7号

各区、县（市）人民政府：

现将《杭州市纸鸢补助办法》印发给你们。

杭州市测试局
2020年3月1日

杭州市纸鸢补助办法

第一条 为了鼓励做纸鸢，制定本办法。

第二条 做纸鸢的企业应当在本市登记注册。

第三条 每家纸鸢企业最高补助20万元。

第四条 本办法自2020年4月1日起施行，有效期三年。
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("hostile")
    words = "".join(PAYLOADS)
    text = POLICY.replace("纸鸢补助办法", f"纸鸢补助办法{PAYLOADS[0]}").replace("20万元", f"20万元{words}")
    (folder / f"{PAYLOADS[0]}.txt".replace("/", "")).write_text(text, encoding="utf-8")
    home = Home(Path(tmp_path_factory.mktemp("hostile_home")))
    build(home, [folder])
    Accounts(home.path).add("li", "staff", PASSWORD)
    with TestClient(web.create_app(home)) as opened:
        sessions = opened.app.state.ground.sessions  # type: ignore[attr-defined]
        user = sessions.sign_in("li", PASSWORD, "testclient")
        opened.cookies.set(SESSION, sessions.session_cookie(user))
        yield opened


def assert_harmless(html: str) -> None:
    assert "纸鸢" in html
    for live in ("<img", "<script>", '"onfocus', "{{7", "${7", ">4914<"):
        assert live not in html, live


@pytest.mark.parametrize("path", ["/documents?q=纸鸢", "/en/documents?q=纸鸢", "/desk/search?q=纸鸢补助"])
def test_lists(client: TestClient, path: str) -> None:
    assert_harmless(client.get(path).text.replace("${7*7}{{7*7}}", "formula shown as text"))


def test_a_document(client: TestClient) -> None:
    number = quote("杭测〔2020〕7号")
    page = client.get(f"/documents/{number}?at={quote('第三条')}").text
    assert "alert(2)" in page
    assert_harmless(page.replace("${7*7}{{7*7}}", "formula shown as text"))


def test_a_clause_on_the_desk(client: TestClient) -> None:
    html = client.get("/desk/clause", params={"id": "杭测〔2020〕7号#第三条"}).text
    assert "alert" in html
    assert_harmless(html.replace("${7*7}{{7*7}}", "formula shown as text"))


def test_an_answer_in_the_chat(client: TestClient) -> None:
    answer = client.app.state.ground.answering.assistant.ask("纸鸢企业最高补助多少")  # type: ignore[attr-defined]
    assert answer.citations
    assert_harmless(answer_html(answer))  # here even what a template would fill in is taken apart
