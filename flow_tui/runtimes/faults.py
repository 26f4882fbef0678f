"""Why the work of an agent's program failed, in words that say what to do about it."""

import re

from flow_tui.dataclass import dataclass
from flow_tui.sanitize import line

_SAID_CHARACTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to tell people about a program that has trouble."""

    name: str
    login: str
    """What to do to be logged in."""
    settings: str
    """Where it is said what it may do."""
    turns: str = "give the step a higher max_turns, or less to do"
    """What to do when it has used up its turns."""


_LATER = "try again later, or give the step retries with a retry_delay"
_ADVICE = (
    (
        (
            r"\bnot a (?:tty|terminal)|\bno (?:tty|terminal)\b|/dev/tty|inappropriate ioctl|raw mode is not"
            r"|EOF when reading|EOFError|press (?:enter|any key)|\[y/n\]|\(y/n\)"
        ),
        (
            "it wants to ask somebody, and nobody can answer here: say it beforehand in {settings}, "
            "or with arguments of runtimes.{name} in your config.toml"
        ),
    ),
    (
        r"max\w* (?:number of )?(?:session )?turns|max_turns|turn.?limit",
        "{turns}",
    ),
    (
        (
            r"\b40[13]\b|unauthori|authenticat|logged in|/login|api.?key|no key found|environment variable"
            r"|credential"
        ),
        "{login}",
    ),
    (
        r"\b(?:429|529)\b|rate.?limit|usage.?limit|quota|exhausted|too many requests|overloaded|high demand",
        f"{_LATER}, or take another model",
    ),
    (r"credit|billing|payment", "see to the account that pays for it"),
    (
        r"context.?(?:length|window)|prompt is too long|too many tokens",
        "give it less to read, or take another model",
    ),
    (
        r"permission|denied|refused to|not trusted|trusted directory|not allowed",
        "allow it in {settings} if you want it",
    ),
    (r"model\b.*(?:not found|not exist|not supported)|\b404\b", "name a model that {name} knows"),
    (
        r"\b5\d\d\b|internal|server.side|time?d? ?out|ECONN|ENOTFOUND|EAI_AGAIN|fetch failed|connect|network",
        _LATER,
    ),
)
"""What to do, by what is found in what was said; the first that fits counts."""


def explained(program: Program, said: str, kind: str = "") -> str:
    """Return what a program said about its failure, and what to do; ``kind`` is its own word for it."""
    short = line(said.strip() or kind or "it does not say why", _SAID_CHARACTERS)
    advice = advised(program, f"{kind} {said}")
    named = short if short.lower().startswith(program.name) else f"{program.name}: {short}"
    if not advice:
        return named
    return f"{named.rstrip('.')} – {advice}"


def advised(program: Program, said: str) -> str:
    """Return what to do about something that a program said, or nothing."""
    advice = next((advice for sign, advice in _ADVICE if re.search(sign, said, re.IGNORECASE)), "")
    return advice.format(
        login=program.login,
        settings=program.settings,
        turns=program.turns,
        name=program.name,
    )
