"""What a person waits for in the browser: the page after `make run`, the first answer, the desk while one types.

`python -m benchmarks.felt [--home DIR]`: a server is started on the home (a new one over the bundled knowledge files if
none is named) and used in headless Chromium. The page counts as usable when its box takes a question; an answer, a list
of results and a clause count when they are painted. At the desk the wait is from a key to the list that belongs to
what stands in the box, the pause before searching included. Medians and 95th percentiles in milliseconds.
"""

from __future__ import annotations

import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.conversations import QUESTIONS, serving

TYPED = (
    "雏鹰企业补助",
    "孵化器认定条件",
    "创新券最高多少",
    "E类人才租赁补贴",
    "规上企业研发投入补助",
    "杭科高〔2020〕71号",
)
BOX = "#hc-question textarea"
# From a key until the results that belong to what is in the box are painted: the results carry the search they answer,
# so the wait ends with the first frame after the last request came back.
WATCH = """
(() => {
  const waits = window.hcWaits = [];
  let key = 0, seen = "";
  const results = document.getElementById("results");
  document.getElementById("q").addEventListener("input", () => { key = performance.now(); });
  new MutationObserver(() => {
    if (!key) return;
    const began = key;
    requestAnimationFrame(() => setTimeout(() => { waits.push(performance.now() - began); }, 0));
    key = 0;
  }).observe(results, { childList: true });
})()
"""


def staff(home: Path) -> tuple[str, str]:
    """An account for the desk: name and password."""
    from ui.accounts import Accounts

    name, password = f"felt-{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    Accounts(home).add(name, "staff", password)
    return name, password


def opened(browser: Any, address: str) -> tuple[float, list[float]]:
    """Milliseconds until a fresh browser's page takes a question, and of each answer after that."""
    page = browser.new_context(locale="zh-CN").new_page()
    started = time.perf_counter()
    page.goto(address)
    page.fill(BOX, QUESTIONS[0])  # waits until the box takes it
    usable = (time.perf_counter() - started) * 1000
    waits = []
    for number, question in enumerate(QUESTIONS):
        page.fill(BOX, question)
        started = time.perf_counter()
        page.press(BOX, "Enter")
        page.locator(".hc-said, .hc-declined").nth(number).wait_for()
        waits.append((time.perf_counter() - started) * 1000)
    page.context.close()
    return usable, waits


def at_the_desk(browser: Any, address: str, home: Path) -> list[float]:
    """Milliseconds from each key to the painted list, typing as a quick person does (four keys a second)."""
    name, password = staff(home)
    page = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{address}/signin?next=/desk")
    page.fill("#name", name)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url("**/desk")
    page.evaluate(WATCH)
    for words in TYPED:
        page.fill("#q", "")
        page.wait_for_timeout(300)
        for letter in words:
            page.locator("#q").press_sequentially(letter)
            page.wait_for_timeout(250)
    waits: list[float] = page.evaluate("window.hcWaits")
    page.context.close()
    return waits


@click.command()
@click.option("--home", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A built home.")
def main(home: Path | None) -> None:
    """Measure and print a table."""
    from playwright.sync_api import sync_playwright

    console = Console()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise click.ClickException("Chromium is not here — install it (on Debian: apt install chromium).")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as drive:
        if home is None:
            home = Path(folder)
            subprocess.run([sys.executable, "-m", "ui.cli", "build", "--home", folder], check=True)
        browser = drive.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        started = time.perf_counter()
        with serving(home) as (address, _):
            up = (time.perf_counter() - started) * 1000
            first, answers = opened(browser, address)
            again = [opened(browser, address)[0] for _ in range(3)]
            desk = at_the_desk(browser, address, home)
        browser.close()
    table = Table("what", "times", "p50 ms", "p95 ms", "longest ms")
    rows = (
        ("server started, until it answers", [up]),
        ("the page, first opened", [first]),
        ("the page, opened by the next", again),
        ("the first answer", answers[:1]),
        ("answers after it", answers[1:]),
        ("desk: from a key to the list", desk),
    )
    for what, waits in rows:
        ordered = sorted(waits)
        cells = (statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1])
        table.add_row(what, str(len(waits)), *(f"{cell:.0f}" for cell in cells))
    console.print(table)


if __name__ == "__main__":
    main()
