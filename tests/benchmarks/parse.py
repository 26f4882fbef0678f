"""Definitions of 50 to 50,000 lines, from text to tree and through the checks.

The floor is a tokeniser written by hand that only finds where words begin and end, in the same run.
"""

import gc
import math
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from flow_tui.dsl.checks import check
from flow_tui.dsl.parser import parse

SIZES = (50, 500, 5_000, 50_000)
_PART = """\
  // part {n}
  script build-{n} {{
    run = "make part-{n}"
    timeout = "5m"
    retries = 2
    env = {{
      LEVEL = "1"
      NAME = part
    }}
  }}
  call agent-{n} {{
    with = ["style" "tests"]
    output = "review"
    on_fail = continue
  }}

  if build-{n}.failed {{
    call fix-{n}
    while fix-{n}.again {{
      max_iterations = 3
      call fix-{n} {{ timeout = "90s" }}
    }}
  }}
  parallel {{
    call lint-{n}
    call test-{n} {{ if = build-{n}.ok }}
  }}
  gate human_review {{
    prompt = "Go on with part {n}?"
    options = {{ yes = "Yes" no = "No" }}
  }}
"""
_BEGIN = 'workflow generated {\n  meta { title = "Generated" }\n  inputs { target required }\n'


def definition(lines: int) -> str:
    """Return a definition of about so many lines."""
    parts = max(1, (lines - _BEGIN.count("\n") - 1) // _PART.count("\n"))
    return _BEGIN + "".join(_PART.format(n=number) for number in range(parts)) + "}\n"


def broken(lines: int, mistakes: int) -> str:
    """Return a definition with so many mistakes, evenly spread: a colon for an equals sign."""
    written = definition(lines).split("\n")
    options = [at for at, line in enumerate(written) if line.lstrip()[:1].isalpha() and " = " in line]
    for at in options[:: len(options) // mistakes][:mistakes]:
        written[at] = written[at].replace(" = ", ": ", 1)
    return "\n".join(written)


def floor(text: str) -> int:
    """Count the words of a text: what any parser has to do at least."""
    at, count, end = 0, 0, len(text)
    while at < end:
        character = text[at]
        if character in " \n\t":
            at += 1
            continue
        if character == '"':
            at = text.index('"', at + 1) + 1
        elif text.startswith("//", at):
            at = text.index("\n", at)
            continue
        elif character in "{}[],=.":
            at += 1
        else:
            while text[at].isalnum() or text[at] in "_-":
                at += 1
        count += 1
    return count


def _seconds(subject: Callable[[], object], times: int) -> float:
    """Return the median processor time of a call: others use this machine, too."""
    taken: list[float] = []
    for _ in range(times):
        gc.collect()
        began = time.process_time()
        subject()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _slope(seconds: dict[int, float]) -> float:
    """Return how time grows with size: 1 when twice the text takes twice as long."""
    points = [(math.log(lines), math.log(taken)) for lines, taken in seconds.items()]
    across = statistics.mean(x for x, _ in points)
    up = statistics.mean(y for _, y in points)
    return sum((x - across) * (y - up) for x, y in points) / sum((x - across) ** 2 for x, _ in points)


def _peak_mib(text: str) -> float:
    tracemalloc.start()
    parse(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / 2**20, 1)


def measure(quick: bool = False) -> dict[str, Any]:
    """Return the figures; ``quick`` measures three times instead of seven, and no memory."""
    parse(definition(SIZES[0]))
    figures: dict[str, Any] = {}
    parsing: dict[int, float] = {}
    checking: dict[int, float] = {}
    for size in SIZES:
        text = definition(size)
        lines = text.count("\n")
        workflow = parse(text).workflow
        if workflow is None:
            message = "the generated definition is not sound"
            raise ValueError(message)
        times = 3 if quick or size == SIZES[-1] else 7
        lowest = _seconds(lambda text=text: floor(text), times)
        parsing[lines] = _seconds(lambda text=text: parse(text), times)
        checking[lines] = _seconds(lambda workflow=workflow: check(workflow), times)
        figures[f"{size} lines"] = {
            "floor_lines_a_second": round(lines / lowest),
            "lines_a_second": round(lines / parsing[lines]),
            "of_the_floor": round(lowest / parsing[lines], 2),
            "ms": round(1_000 * parsing[lines], 1),
            "checks_of_parsing": round(checking[lines] / parsing[lines], 2),
            **({} if quick else {"peak_mib": _peak_mib(text)}),
        }
    mistaken = broken(SIZES[-1], 1_000)
    figures["50000 lines, 1000 mistakes"] = {
        "ms": round(1_000 * _seconds(lambda: parse(mistaken), 3)),
        "listed": len(parse(mistaken).diagnostics),
    }
    figures["growth"] = {"parsing": round(_slope(parsing), 3), "checks": round(_slope(checking), 3)}
    return figures
