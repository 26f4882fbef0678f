"""Laying out a definition, and colouring it, beside only parsing it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flow_tui.dsl.format import format_text
from flow_tui.dsl.highlight import parts
from flow_tui.dsl.parser import parse

_SAMPLE = Path(__file__).parents[2] / "sample_workflows" / "hello.wf"


def source(lines: int) -> str:
    """Return a definition of about so many lines, the steps of a sample over and over, not laid out."""
    steps = _SAMPLE.read_text(encoding="utf-8").partition("  parallel {")
    block = (steps[1] + steps[2].rstrip().removesuffix("}")).replace("  ", "\t")
    return "workflow w {\n" + block * max(1, lines // block.count("\n")) + "}\n"


def _seconds(work: Callable[[], object], times: int) -> float:
    """Return the shortest time that it took."""
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def measure(quick: bool = False) -> dict[str, Any]:
    """Return lines per second; ``quick`` tries once instead of five times."""
    times = 1 if quick else 5
    parse(source(50))  # makes the parser
    figures: dict[str, Any] = {}
    for size in (500, 5_000, 50_000):
        text = source(size)
        neat = format_text(text).text
        assert neat is not None
        lines = text.count("\n")
        parsing = _seconds(lambda text=text: parse(text), times)
        laying_out = _seconds(lambda text=text: format_text(text), times)
        checking = _seconds(lambda neat=neat: format_text(neat), times)
        colouring = _seconds(lambda text=text: list(parts(text)), times)
        figures[f"{lines} lines"] = {
            "parse_lines_a_second": round(lines / parsing),
            "fmt_lines_a_second": round(lines / laying_out),
            "fmt_when_laid_out_lines_a_second": round(lines / checking),
            "colour_lines_a_second": round(lines / colouring),
            "fmt_of_parse": round(laying_out / parsing, 1),
        }
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
