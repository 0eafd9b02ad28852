"""A build beside the answering, in a process of its own: it takes neither this one's interpreter nor its memory.

`build_apart` starts `python -m ui.building HOME CHANGE` and reads what it prints: a line of JSON for every step, and a
last one with the outcome.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.build import Progress, build_again
from index.home import Home
from ingest.errors import HangceError, InputError


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made: the generation, how much was indexed anew, and the files that could not be read."""

    generation: str
    indexed: int
    read: int
    problems: list[InputError]


Build = Callable[[Home, Sequence[str], Sequence[str], Progress], Built]


def build_here(home: Home, adding: Sequence[str], leaving_out: Sequence[str], progress: Progress) -> Built:
    """Build with uploads added or left out (`index.build.build_again`), in this process.

    Raises:
        HangceError: nothing was built; the message says why.
    """
    summary = build_again(home, adding, leaving_out, progress)
    return Built(summary.generation, summary.indexed, summary.read, summary.problems)


def build_apart(home: Home, adding: Sequence[str], leaving_out: Sequence[str], progress: Progress) -> Built:
    """The same in another process, with what this one has in its environment.

    Raises:
        HangceError: nothing was built; the message says why.
    """
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    change = json.dumps({"adding": list(adding), "leaving_out": list(leaving_out)})
    last: dict[str, Any] = {}
    with subprocess.Popen(
        [sys.executable, "-m", "ui.building", str(home.path.absolute()), change],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
        encoding="utf-8",
    ) as process:
        for line in process.stdout or ():
            last = json.loads(line)
            if "stage" in last:
                progress(last["stage"], last["done"], last["total"])
    if "built" in last:
        return Built(**last["built"] | {"problems": [InputError(**p) for p in last["built"]["problems"]]})
    if "input" in last:
        raise InputError(**last["input"])
    raise HangceError(last.get("error") or f"the build ended without a word (exit {process.returncode})")


def _data(error: InputError) -> dict[str, str]:
    return {"source": error.source, "problem": error.problem, "remedy": error.remedy}


def _say(**told: Any) -> None:
    print(json.dumps(told), flush=True)


def _main(home: Home, change: dict[str, list[str]]) -> None:
    try:
        built = build_here(
            home,
            change["adding"],
            change["leaving_out"],
            lambda stage, done, total: _say(stage=stage, done=done, total=total),
        )
        problems = [_data(p) for p in built.problems]
        _say(
            built={
                "generation": built.generation,
                "indexed": built.indexed,
                "read": built.read,
                "problems": problems,
            }
        )
    except InputError as error:
        _say(input=_data(error))
    except HangceError as error:
        _say(error=str(error))
    except OSError as error:
        _say(error=f"cannot write to {home.path} ({error.strerror})")
    except Exception as error:  # a defect of ours: its kind and place, for the one who asked and for the log
        last = traceback.extract_tb(error.__traceback__)[-1]
        _say(error=f"internal error ({type(error).__name__} at {Path(last.filename).name}:{last.lineno})")


if __name__ == "__main__":
    if sys.platform != "win32":
        os.nice(5)  # who asks comes first
    _main(Home(sys.argv[1]), json.loads(sys.argv[2]))
