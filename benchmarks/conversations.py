"""Many people asking at once: how long they wait, and what an answer costs the server.

`python -m benchmarks.conversations [--home DIR] [--people 50] [--rounds 4]`: a server is started on the home (a new one
over the bundled knowledge files if none is named), and that many conversations are led with it at the same time, first
over the page's own protocol, then over `/api/ask`. Milliseconds of processor time per answer (of the server with the
processes that answer for it, and of the server alone) hardly depend on what else the machine does; waiting times do.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import date
from pathlib import Path

import click
import httpx
from rich.console import Console
from rich.table import Table

from ui.processes import usual_count

QUESTIONS = (
    "创新券一年最多能领多少？",
    "规上企业研发补助最高多少？",
    "雏鹰企业要什么条件？",
    "新认定的省级孵化器奖励多少？",
    "E类人才租赁补贴每月多少？",
    "雏鹰计划办法现在还有效吗？",
    "创新券和科技型企业研发补助有什么区别",
    "我们是萧山的规上企业，去年研发花了810万，今年1000万，能拿多少补助？",
    "那初创企业呢",
    "宁波的孵化器奖励多少",
)
_UNLIMITED = {"HANGCE_ADDRESS_PER_MINUTE": "1000000", "HANGCE_SESSION_PER_MINUTE": "1000000"}
_QUIET = {"HANGCE_LOG_REQUESTS": "false"}
_TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, int]]:
    """A server on a home: its address and process."""
    with tempfile.NamedTemporaryFile("w+") as said:
        command = [sys.executable, "-m", "ui.cli", "serve", "--home", str(home), "--port", str(_free_port())]
        server = subprocess.Popen(
            command, env={**os.environ, **_UNLIMITED, **_QUIET}, stdout=said, stderr=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{command[-1]}"
            for _ in range(600):
                try:
                    if httpx.get(f"{address}/healthz", timeout=5).is_success:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait(10)


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def family(process: int) -> list[int]:
    """A process and those that it started."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    return [process, *(member for child in children for member in family(child))]


def processor_seconds(process: int) -> float:
    """What a process has used so far, all threads together."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def used_by(processes: Iterable[int]) -> list[float]:
    """The same of several."""
    return [processor_seconds(process) for process in processes]


def megabytes(process: int) -> float:
    """What a process holds in memory, its share of what it has in common with others."""
    held = next(
        line
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    )
    return int(held.split()[1]) / 1024


def wait_until_ready(address: str) -> None:
    """Wait for the processes that answer for the server, as long as one may have to."""
    given = os.environ.get("HANGCE_ANSWERING_PROCESSES")
    expected = int(given) if given else usual_count()
    for _ in range(150):
        ready = re.search(r"^hangce_answering_processes (\d)", httpx.get(f"{address}/metrics").text, re.M)
        if ready and int(ready[1]) >= expected:
            return
        time.sleep(0.1)


class Page:
    """One open page, which asks as the browser does."""

    def __init__(self, client: httpx.AsyncClient, events: dict[str, int]) -> None:
        self.client, self.events = client, events
        self.session = secrets.token_hex(6)

    async def open(self) -> None:
        """What the page begins with."""
        await self._call("opening", [[]])

    async def ask(self, question: str) -> None:
        """A question, until its answer is there."""
        reply = await self._call("asking", [question, date.today().isoformat(), None])
        if "hc-answer" not in reply:
            raise RuntimeError(f"no answer: {reply[:200]}")

    async def _call(self, event: str, data: list[object]) -> str:
        body = {"data": data, "fn_index": self.events[event], "session_hash": self.session}
        reply = await self.client.post("/gradio_api/run/predict", json=body)
        reply.raise_for_status()
        return reply.text


class Program:
    """One program, which asks over the API."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def open(self) -> None:
        """A connection."""
        (await self.client.get("/healthz")).raise_for_status()

    async def ask(self, question: str) -> None:
        """A question, until its answer is there."""
        (await self.client.post("/api/ask", json={"question": question})).raise_for_status()


def events_of(address: str) -> dict[str, int]:
    """The numbers of the page's events."""
    config = httpx.get(f"{address}/config", timeout=30).json()
    names = {c["props"].get("elem_id"): c["id"] for c in config["components"]}
    asking = next(d["id"] for d in config["dependencies"] if names["hc-asked"] in d["inputs"])
    opening = next(
        d["id"]
        for d in config["dependencies"]
        if names["hc-header"] in d["outputs"] and names["hc-chat"] in d["outputs"]
    )
    return {"asking": asking, "opening": opening}


async def everybody(
    address: str, processes: list[int], people: int, rounds: int, page: bool
) -> tuple[list[float], list[float]]:
    """Seconds that each answer took when all ask at once, again and again; what all of them cost each process."""
    events = events_of(address) if page else {}
    waits: list[float] = []
    async with AsyncExitStack() as opened:
        # Each has a connection of their own; one client for all would take longer over its connections than the
        # server over the answers, and takes from those cores.
        clients = [
            await opened.enter_async_context(httpx.AsyncClient(base_url=address, timeout=120, verify=False))
            for _ in range(people)
        ]
        callers: list[Page | Program] = [Page(c, events) if page else Program(c) for c in clients]
        await asyncio.gather(*(caller.open() for caller in callers))

        async def person(number: int) -> None:
            ask = callers[number].ask
            for turn in range(rounds):
                started = time.perf_counter()
                await ask(QUESTIONS[(number + turn) % len(QUESTIONS)])
                waits.append(time.perf_counter() - started)

        before = used_by(processes)
        await asyncio.gather(*map(person, range(people)))
        used = [now - then for now, then in zip(used_by(processes), before, strict=True)]
        return sorted(waits), used


@click.command()
@click.option("--home", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A built home.")
@click.option("--people", default=50, show_default=True)
@click.option("--rounds", default=4, show_default=True)
def main(home: Path | None, people: int, rounds: int) -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        if home is None:
            home = Path(folder)
            subprocess.run([sys.executable, "-m", "ui.cli", "build", "--home", str(home)], check=True)
        table = Table(
            "through", "answers", "median s", "p95 s", "worst s", "CPU ms each", "server's", "memory MB"
        )
        with serving(home) as (address, process):
            wait_until_ready(address)
            processes = family(process)
            for name, page in (("page", True), ("/api/ask", False)):
                asyncio.run(everybody(address, processes, 10, 2, page))  # so that everything is loaded
                waits, used = asyncio.run(everybody(address, processes, people, rounds, page))
                table.add_row(
                    name,
                    str(len(waits)),
                    f"{statistics.median(waits):.2f}",
                    f"{waits[int(0.95 * len(waits))]:.2f}",
                    f"{waits[-1]:.2f}",
                    f"{sum(used) / len(waits) * 1000:.1f}",
                    f"{used[0] / len(waits) * 1000:.1f}",
                    f"{sum(map(megabytes, processes)):.0f}",
                )
        Console().print(table)


if __name__ == "__main__":
    main()
