"""Runs every benchmark, or those named, and prints one JSON object.

``python -m tests.benchmarks [--quick] [NAME …]``; a benchmark is a module with ``measure(quick) -> dict``.
Each measures its floor or peer in the same run: quote the ratios, not the milliseconds.
"""

import argparse
import importlib
import json
import pkgutil
import platform
import sqlite3
import sys
from pathlib import Path


def names() -> list[str]:
    """Return the benchmarks there are."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(module.name for module in found if not module.name.startswith("_"))


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller and less exact")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    asked = parser.parse_args()
    results: dict[str, object] = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "quick": asked.quick,
    }
    for name in asked.names or names():
        print(f"{name} …", file=sys.stderr, flush=True)
        module = importlib.import_module(f"tests.benchmarks.{name}")
        if hasattr(module, "measure"):
            results[name] = module.measure(asked.quick)
    print(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
