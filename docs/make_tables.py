"""Writes the tables of the README that are made from code.

python -m docs.make_tables
"""

import re
from pathlib import Path

from flow_tui.app.keys import key_table_markdown
from flow_tui.cli.main import VERBS
from flow_tui.exit_codes import MEANINGS

README = Path(__file__).parent.parent / "README.md"


def tables() -> dict[str, str]:
    """Return each table by the name of its place."""
    codes = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    verbs = [f"| `flow-tui {verb}` | {summary} |" for verb, summary in VERBS.items()]
    return {
        "exit-codes": "\n".join(["| Exit status | Means |", "|---|---|", *codes]) + "\n",
        "keys": key_table_markdown(),
        "verbs": "\n".join(["| Command | Does |", "|---|---|", *verbs]) + "\n",
    }


def filled(text: str) -> str:
    """Return ``text`` with every table in its place."""
    for name, table in tables().items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text, places = place.subn(lambda found, table=table: f"{found[1]}{table}{found[2]}", text)
        if places != 1:
            message = f"the README has {places} places for the table {name!r}, not one"
            raise ValueError(message)
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
