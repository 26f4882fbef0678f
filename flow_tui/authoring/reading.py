"""Reads the tokens of a text that need not be sound into blocks, as far as they go."""

from collections.abc import Sequence

from flow_tui.authoring.blocks import HOLDS_STEPS, After, Block, Expect, Mention, Pair, Role
from flow_tui.dataclass import dataclass, replace
from flow_tui.dsl import braces
from flow_tui.dsl.stretch import PARTS
from flow_tui.dsl.tokens import WORDS, Lines, Token

_AFTER_HEAD = {
    "workflow": Expect.NAME,
    "call": Expect.AGENT,
    "script": Expect.NAME,
    "gate": Expect.NAME,
    "foreach": Expect.NAME,
    "if": Expect.CONDITION,
    "unless": Expect.CONDITION,
    "while": Expect.LOOP,
}
_NAMING = {
    Expect.NAME: Role.NAME,
    Expect.AGENT: Role.AGENT,
    Expect.WORKFLOW: Role.WORKFLOW,
    Expect.CONDITION: Role.INPUT,
    Expect.LOOP: Role.STEP,
    Expect.MARKER: Role.MARKER,
}
_HELD = WORDS | {"STRING", "INT"}
_BEGINNINGS = PARTS | {"WORKFLOW"}
_NESTED = frozenset({"call", "call workflow", "foreach"})
"""What ``inputs { … }`` can stand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What was read."""

    root: Block
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    """What each token is."""
    states: tuple[tuple[Expect, Block, str, str], ...]
    """What ``After`` says of each token."""

    def after(self, at: int) -> After:
        """Return what can follow a token."""
        expect, block, key, entry = self.states[at]
        return After(expect=expect, block=block, key=key, entry=entry)


def read(tokens: Sequence[Token], lines: Lines) -> Structure:
    """Return the blocks that the tokens of any text make."""
    reader = _Reader(_balanced(tokens, lines), lines.source)
    reader.run()
    return Structure(
        root=reader.root,
        tokens=tuple(reader.tokens),
        mentions=tuple(reader.mentions),
        states=tuple(reader.states),
    )


def _balanced(tokens: Sequence[Token], lines: Lines) -> list[Token]:
    """Return the tokens with the braces that are clearly missing, without those clearly too many.

    A missing brace stands as late as it can: what is typed before it belongs to the block.
    """
    found: list[Token] = []
    done = 0
    for each in braces.unclosed(tokens, lines):
        found += tokens[done : each.before]
        done = each.before
        place = tokens[done].start if done < len(tokens) else len(lines.source)
        found.append(Token("RBRACE", "", place, place))
    for at in braces.surplus(tokens, lines):
        found += tokens[done:at]
        done = at + 1
    return [*found, *tokens[done:]]


class _Reader:
    def __init__(self, tokens: list[Token], source: str) -> None:
        self.tokens = tokens
        self._source = source
        self.root = Block(kind="file", end=len(source))
        self.mentions: list[Mention] = []
        self.states: list[tuple[Expect, Block, str, str]] = []
        self._block = self.root
        self._expect = Expect.START
        self._key = ""
        self._entry = ""
        self._loop: Block | None = None
        """The ``do`` that was just closed."""

    def run(self) -> None:
        """Read everything."""
        for at, token in enumerate(self.tokens):
            was_loop = self._loop
            self._take(at, token)
            if self._loop is was_loop:
                self._loop = None
            self.states.append((self._expect, self._block, self._key, self._entry))
        for block in self.root.walk():
            if block.closed < 0 and block.opened >= 0:
                block.end = max(block.end, len(self._source))

    def _take(self, at: int, token: Token) -> None:
        match token.type:
            case "LBRACE":
                self._open(token)
            case "LSQB":
                self._push("array" if self._expect is Expect.VALUE else "unknown", token, Expect.ITEM)
                self._mention(token, Role.MARK)
            case "RBRACE":
                self._close(token)
            case "RSQB":
                self._close_array(token)
            case "EQUAL":
                self._mention(token, Role.MARK)
                self._expect = Expect.VALUE
            case "DOT":
                self._dot(token)
            case "COMMA":
                self._mention(token, Role.MARK)
            case _:
                self._word(at, token)

    def _mention(self, token: Token, role: Role) -> None:
        block = self._block.owner
        self.mentions.append(Mention(token=token, role=role, block=block, key=self._key, entry=self._entry))

    # Brackets

    def _push(self, kind: str, token: Token, expect: Expect) -> None:
        block = Block(kind=kind, parent=self._block, option=self._key, start=token.start, opened=token.end)
        self._block.children.append(block)
        if kind in ("map", "array") and self._block.pairs:
            self._block.pairs[-1].inside = block
        self._block = block
        self._expect = expect

    def _open(self, token: Token) -> None:
        if self._expect is Expect.VALUE:
            self._push("map", token, Expect.BODY)
        elif self._block.opened < 0 and self._block is not self.root:
            self._block.opened = token.end
            self._block.end = token.end
            self._expect = Expect.BODY
        else:
            self._push("unknown", token, Expect.BODY)
        self._mention(token, Role.MARK)

    def _close(self, token: Token) -> None:
        self._finish_heads()
        while self._block.kind == "array":
            self._leave(token.start, -1)
        self._mention(token, Role.MARK)
        block = self._block
        if block is self.root:
            return
        self._leave(token.end, token.start)
        if block.kind == "do":
            self._loop = block

    def _close_array(self, token: Token) -> None:
        self._mention(token, Role.MARK)
        if self._block.kind == "array":
            self._leave(token.end, token.start)

    def _leave(self, end: int, closed: int) -> None:
        """Go on behind the innermost block."""
        block = self._block
        block.end, block.closed = max(block.end, end), closed
        parent = block.parent or self.root
        if parent.pairs and parent.pairs[-1].inside is block:
            parent.pairs[-1].end = end
        self._block = parent
        self._expect = Expect.NOTHING if parent is self.root else Expect.BODY
        self._entry = ""
        self._key = parent.option if parent.kind == "map" else ""

    def _finish_heads(self) -> None:
        """Take what was named and has no braces for complete."""
        while self._block.opened < 0 and self._block is not self.root:
            last = self.mentions[-1].token
            self._block.end = max(self._block.end, last.end)
            self._block = self._block.parent or self.root
            self._expect, self._key, self._entry = Expect.BODY, "", ""

    # Words

    def _dot(self, token: Token) -> None:
        last = self.mentions[-1] if self.mentions else None
        if last is not None and last.role in (Role.INPUT, Role.STEP):
            self.mentions[-1] = replace(last, role=Role.STEP)
            self._mention(token, Role.MARK)
            self._expect = Expect.MARKER
            return
        self._mention(token, Role.MARK)
        if last is not None and last.role is Role.VALUE:
            self._expect = Expect.FIELD

    def _word(self, at: int, token: Token) -> None:
        if self._expect not in (Expect.BODY, Expect.BRACE, Expect.START) and self._begins(at):
            while self._block.kind == "array":
                self._leave(token.start, -1)
            self._finish_heads()
            self._expect = Expect.BODY
        if token.type == "KEY":
            self._option(token)
        elif self._expect in (Expect.VALUE, Expect.ITEM):
            self._value(token, Role.VALUE)
        elif self._expect is Expect.FIELD:
            self._value(token, Role.FIELD)
        elif self._expect in _NAMING:
            self._named(token)
        else:
            self._begun(at, token)

    def _begins(self, at: int) -> bool:
        """Say whether a word, where something else should stand, rather begins the next step."""
        tokens = self.tokens
        token = tokens[at]
        if token.type not in _BEGINNINGS or at == 0 or at + 1 >= len(tokens):
            return False
        if "\n" not in self._source[tokens[at - 1].end : token.start]:
            return False
        following = tokens[at + 1]
        together = "\n" not in self._source[token.end : following.start]
        return together and following.type in _HELD | {"LBRACE"}

    def _option(self, token: Token) -> None:
        block = self._block
        while block.kind == "array":
            self._leave(token.start, -1)
            block = self._block
        pair = Pair(key=token, end=token.end)
        if block.kind == "map":
            self._entry = token.value
            role = Role.ENTRY
        elif block.kind == "inputs":
            self._key = token.value
            role = Role.MODIFIER
        else:
            self._key, self._entry = token.value, ""
            role = Role.OPTION
        holder = block.children[-1] if block.kind == "inputs" and block.children else block
        holder.pairs.append(pair)
        if holder is not block:
            block.pairs.append(pair)
        self.mentions.append(
            Mention(token=token, role=role, block=block.owner, key=self._key, entry=self._entry)
        )

    def _value(self, token: Token, role: Role) -> None:
        self._mention(token, role)
        holder = self._block.parent if self._block.kind == "array" else self._block
        if holder is not None and holder.pairs:
            holder.pairs[-1].values.append(token)
            holder.pairs[-1].end = token.end
        if self._block.kind == "inputs" and self._block.children:
            self._block.children[-1].end = token.end
        self._expect = Expect.ITEM if self._block.kind == "array" else Expect.BODY

    def _named(self, token: Token) -> None:
        expect, block = self._expect, self._block
        if expect is Expect.AGENT and token.type == "WORKFLOW":
            self._mention(token, Role.KEYWORD)
            block.kind = "call workflow"
            self._expect = Expect.WORKFLOW
            return
        target = block if block.opened < 0 else self._tailed(block)
        target.head.append(token)
        target.end = max(target.end, token.end)
        self.mentions.append(Mention(token=token, role=_NAMING[expect], block=target))
        self._expect = Expect.BRACE if target is block else Expect.BODY

    def _tailed(self, block: Block) -> Block:
        """Return the ``do`` whose condition is being read."""
        return next((child for child in reversed(block.children) if child.tail is not None), block)

    def _begun(self, at: int, token: Token) -> None:
        """Read a word where a step, an option or an input can begin."""
        if self._loop is not None and token.type == "WHILE":
            self._loop.is_loop, self._loop.tail = True, token
            self.mentions.append(Mention(token=token, role=Role.KEYWORD, block=self._loop))
            self._expect = Expect.LOOP
            return
        if self._block.opened < 0 and self._block is not self.root:
            self._finish_heads()
        block = self._block
        nested = token.type == "INPUTS" and block.kind in _NESTED
        if nested:
            self._key = "inputs"
            self.mentions.append(Mention(token=token, role=Role.OPTION, block=block, key="inputs"))
            pair = Pair(key=token, end=token.end)
            block.pairs.append(pair)
            self._expect = Expect.VALUE
        elif block.kind == "inputs":
            self._input(token)
        elif token.type in _BEGINNINGS and (block.kind != "map" or self._begins(at)):
            self._construct(token)
        else:
            self._mention(token, Role.LOOSE)

    def _input(self, token: Token) -> None:
        """Read a word among the inputs that a workflow declares."""
        block = self._block
        if block.children and token.type in ("REQUIRED", "BOOLEAN", "DEFAULT", "DESCRIPTION"):
            self.mentions.append(Mention(token=token, role=Role.MODIFIER, block=block))
            block.children[-1].end = token.end
            return
        declared = Block(kind="input", parent=block, head=[token], start=token.start, end=token.end)
        block.children.append(declared)
        self.mentions.append(Mention(token=token, role=Role.DECLARED, block=block))

    def _construct(self, token: Token) -> None:
        while self._block.kind not in HOLDS_STEPS:
            self._leave(token.start, -1)
        kind = token.value
        if kind == "workflow":
            while self._block is not self.root:
                self._leave(token.start, -1)
        block = Block(kind=kind, parent=self._block, keyword=token, start=token.start, end=token.end)
        self._block.children.append(block)
        self._block = block
        self._key = self._entry = ""
        self.mentions.append(Mention(token=token, role=Role.KEYWORD, block=block))
        self._expect = _AFTER_HEAD.get(kind, Expect.BRACE)
