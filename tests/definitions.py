"""Generated definitions: sound ones with white space and comments in every place, and nearly sound ones."""

from hypothesis import strategies as st

from flow_tui.dsl.tokens import KEYWORDS, PUNCTUATION, Lines, lex

Words = tuple[str, ...]

NAMES = ("a", "b-2", "_x-", "build", "if", "gate", "required", "description", "inputs", "script", "true")
TEXTS = (
    '"x"',
    '""',
    r'"a \"quoted\" {{who}} \\ \n // none"',
    '"two\n  lines\n"',
    '"a\r\nb\t{ }"',
    '"é ✓ 𝄞"',
    f'"{"long " * 20}"',
    "plain",
    "7",
    "007",
    "default",
)
_LISTS = (
    (),
    ("a",),
    ("a", "b.c"),
    ('"x"', "7", '"two\nlines"'),
    tuple(f'"{name * 9}"' for name in "abcdefghij"),
)
_RETRIES = ("retries = 2", 'retry_delay = "5s"', "on_fail = continue", "on_fail = helper", "unheard_of = 1")
_CALL = (*_RETRIES, "output = result", 'timeout = "5m"', "max_turns = 9", "as = me", "cache = true")
_LOOP = ("on_max_iter = continue", "stuck_after = 3")
_GATE = ('timeout = "1h"', "on_timeout = continue", "options = a.b", "min_approvals = 2")
_FOREACH = ("ordered = true", "on_child_fail = halt", "on_cycle = warn")
_SPACES = ("", "", " ", " ", "\n", "\n", "\n\n\n", "\t", "\r\n", "\u2028", " \f ", "  \n\t \n")
_COMMENTS = (" //{}\n", "\n// {}\n", "\n\n// {}\n//{}  \n\n", '//\t{} // "\r\n', "// é {} {{ }}\n\n\n")
_names = st.sampled_from(NAMES)
_texts = st.sampled_from(TEXTS)
_commas: st.SearchStrategy[Words] = st.sampled_from(((), (",",)))


def _split(text: str) -> Words:
    """Return a text in which nothing is quoted with spaces as words."""
    return tuple(text.replace("=", " = ").replace(".", " . ").split())


def _joined(parts: list[Words], comma: Words) -> Words:
    return tuple(word for at, part in enumerate(parts) for word in (*(comma if at else ()), *part))


@st.composite
def _arrays(draw: st.DrawFn) -> Words:
    items = draw(st.sampled_from(_LISTS))
    comma = draw(_commas)
    parts = [(item,) if item[0] == '"' else _split(item) for item in items]
    return ("[", *_joined(parts, comma), *(comma if items else ()), "]")


@st.composite
def _maps(draw: st.DrawFn) -> Words:
    pairs = [(draw(_names), "=", draw(_texts)) for _ in range(draw(st.integers(0, 3)))]
    return ("{", *_joined(pairs, draw(_commas)), "}")


def _options(
    *known: str, always: str = "", text: str = "", array: str = "", table: str = ""
) -> st.SearchStrategy[Words]:
    """Return options in any order; those of ``always`` are among them."""

    @st.composite
    def build(draw: st.DrawFn) -> Words:
        parts = [_split(option) for option in draw(st.lists(st.sampled_from(known), max_size=3))]
        parts += [_split(option) for option in always.split(",") if option]
        if text:
            parts.append((text, "=", draw(_texts)))
        if array and draw(st.booleans()):
            parts.append((array, "=", *draw(_arrays())))
        if table and draw(st.booleans()):
            parts.append((table, "=", *draw(_maps())))
        return _joined(draw(st.permutations(parts)), draw(_commas))

    return build()


def _of(*parts: "str | st.SearchStrategy[Words]") -> st.SearchStrategy[Words]:
    strategies = [st.just((part,)) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map(lambda drawn: tuple(word for words in drawn for word in words))


_word = _names.map(lambda name: (name,))
_agent = st.sampled_from(("a", "b-2", '"agents/x.md"', "if", "default", "gate")).map(lambda name: (name,))
_marker = st.tuples(_names, st.just("."), _names)
_condition = _marker | _word
_call_options = _options(*_CALL, array="with")
_call = _of("call", _agent) | _of("call", _agent, "{", _call_options, "}")
_given = st.just(()) | _of("inputs", _maps())
_leaf = st.one_of(
    _call,
    _call,
    _of("call", "workflow", _word),
    _of("call", "workflow", _word, "{", _options(*_RETRIES), _given, _options(*_RETRIES), "}"),
    _of("script", _word, "{", _options(*_CALL, text="run", table="env"), "}"),
    _of("gate", "human_approval", "{", _options(*_GATE, text="prompt"), "}"),
    _of(
        "gate", "quality_gate", "{", _options("on_fail=continue", "as=me", always="source=a,threshold=9"), "}"
    ),
    _of(
        *("foreach", _word, "{"),
        _options(*_FOREACH, always="over=tickets,max_parallel=2,workflow=w", table="scope"),
        *(_given, "}"),
    ),
    _of("parallel", "{", _options("fail_fast=false", text="output"), _call, _call, "}"),
)
_no_while = _of("call", "a")


def _blocks(inner: st.SearchStrategy[Words]) -> st.SearchStrategy[Words]:
    body = st.lists(inner, max_size=3).map(lambda nodes: _joined(nodes, ()))
    loop = _options(*_LOOP, always="max_iterations=3")
    return st.one_of(
        _of("if", _condition, "{", body, "}"),
        _of("unless", _condition, "{", _options(*_LOOP), body, "}"),
        _of("while", _marker, "{", loop, body, "}"),
        _of("do", "{", loop, body, "}", "while", _marker),
        _of("do", "{", _options("output=result", array="with"), body, "}", _no_while),
        _of("always", "{", body, "}"),
    )


_nodes = st.recursive(_leaf, _blocks, max_leaves=6)


@st.composite
def _inputs(draw: st.DrawFn) -> Words:
    said: list[Words] = [("boolean",), ("required",)]
    said += [("default", "=", draw(_texts)), ("description", "=", draw(_texts))]
    names = [("default",), *((f"in{number}" * number,) for number in range(1, 4))]
    declared = (
        (name, *draw(st.lists(st.sampled_from(said), max_size=3)))
        for name in names[draw(st.integers(0, 1)) :]
    )
    return (
        "inputs",
        "{",
        *(word for name, *others in declared for part in (name, *others) for word in part),
        "}",
    )


_meta = _of("meta", "{", _options("version=1", "trigger=manual", text="title", array="targets"), "}")
_parts = st.lists(st.one_of(_meta, _inputs(), _nodes, _nodes, _nodes), max_size=4).map(
    lambda parts: _joined(parts, ())
)
_words = _of("workflow", _word, "{", _parts, "}")


def _spread(words: Words, gaps: list[str]) -> str:
    """Return words with gaps between them, the same ones over and over, each comment with a number."""
    text = ""
    for at, word in enumerate((*words, "")):
        gap = gaps[at % len(gaps)]
        text += gap.replace("{}", str(at)) if "//" in gap else gap
        is_glued = text[-1:].isalnum() or text[-1:] in ("_", "-")
        if is_glued and (word[:1].isalnum() or word[:1] == "_"):
            text += " "
        text += word
    return text


_gaps = (
    st.lists(st.sampled_from((*_SPACES, *_COMMENTS)), min_size=1, max_size=12)
    | st.just([" "])
    | st.just(["\n"])
)


def definitions() -> st.SearchStrategy[str]:
    """Return texts that hold a definition."""
    return st.builds(_spread, _words, _gaps) | st.builds("\ufeff{}".format, st.builds(_spread, _words, _gaps))


_PIECES = (
    *sorted(KEYWORDS),
    *PUNCTUATION,
    "a",
    "continue",
    "5",
    '"x"',
    '"',
    "\\",
    "//",
    "\n",
    ";",
    "é",
    "max_iterations",
)


@st.composite
def near_definitions(draw: st.DrawFn) -> str:
    """Return definitions with a word too many, too few or misplaced."""
    source = draw(definitions())
    for _ in range(draw(st.integers(1, 3))):
        tokens = lex(Lines(source)).tokens
        if not tokens:
            break
        token = tokens[draw(st.integers(0, len(tokens) - 1))]
        piece = draw(st.sampled_from(("", source[token.start : token.end] * 2, *_PIECES)))
        source = f"{source[: token.start]}{piece}{source[token.end :]}"
    return source
