import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from index.home import Home

sys.path.insert(0, str(Path(__file__).parent))
from ground import bare_app, served

EAGLET = "雏鹰企业要什么条件？"


@pytest.fixture(scope="module")
def address(web_home: Home) -> Iterator[str]:
    with served(bare_app(web_home)) as where:
        yield where


def over_http(address: str, work: Callable[[Client], Awaitable[Any]]) -> Any:
    """What a client finds that is connected to the server's /mcp."""

    async def connected() -> Any:
        async with Client(f"{address}/mcp") as client:
            return await work(client)

    return anyio.run(connected)


def call(address: str, tool: str, **arguments: Any) -> Any:
    async def work(client: Client) -> Any:
        return await client.call_tool(tool, arguments)

    return over_http(address, work)


def test_four_tools_that_only_read_are_offered_and_nothing_else(address: str) -> None:
    async def look(client: Client) -> Any:
        assert client.server_capabilities.resources is None or not (await client.list_resources()).resources
        return (await client.list_tools()).tools

    tools = over_http(address, look)
    assert [tool.name for tool in tools] == ["ask", "search", "clause", "check"]
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools)


def test_a_question_is_answered_with_its_citations(address: str) -> None:
    said = call(address, "ask", question=EAGLET, as_of="2021-06-01")
    assert not said.is_error
    assert said.structured_content["status"] == "answered"
    assert said.structured_content["citations"][0]["validity"]["status"] == "in_force"


def test_a_found_clause_can_be_read(address: str) -> None:
    found = call(address, "search", words="创新券", k=2).structured_content["results"]
    assert len(found) == 2
    clause = call(address, "clause", clause_id=found[0]["clause_id"]).structured_content
    assert clause["text"] and clause["clause_id"] == found[0]["clause_id"]


def test_eligibility_is_checked(address: str) -> None:
    said = call(
        address,
        "check",
        programme="rnd-subsidy-2020-large",
        facts={"rnd_increase": "190万"},
        as_of="2021-06-01",
    )
    assert said.structured_content["eligibility"]["verdict"] == "not_eligible"


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("ask", {"question": ""}, "question"),
        ("ask", {"question": "  "}, ""),
        ("ask", {"question": "创新券", "as_of": "昨天"}, "as_of"),
        ("search", {"words": "创新券", "k": 1000}, "k"),
        ("clause", {"clause_id": "nothing#nowhere"}, "no clause"),
        ("check", {"programme": "nothing"}, "no programme"),
        ("check", {"facts": {"nothing": 1}}, "no fact"),
    ],
)
def test_an_error_names_what_was_wrong(
    address: str, tool: str, arguments: dict[str, Any], words: str
) -> None:
    said = call(address, tool, **arguments)
    assert said.is_error
    assert words in said.content[0].text
    assert "Traceback" not in said.content[0].text


def test_the_command_offers_the_same_tools_over_stdio(web_home: Home) -> None:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "ui.cli", "mcp", "--home", str(web_home.path)]
    )

    async def connected() -> Any:
        async with Client(stdio_client(command)) as client:
            return await client.call_tool("ask", {"question": EAGLET})

    said = anyio.run(connected)
    assert said.structured_content["status"] == "answered"
