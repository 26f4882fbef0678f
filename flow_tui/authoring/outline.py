"""What a text consists of, as a tree of names."""

from collections.abc import Iterable

from flow_tui.authoring.blocks import STEPS, Block
from flow_tui.authoring.document import Document
from flow_tui.dataclass import dataclass

_UNNAMED = {"meta": "meta", "inputs": "inputs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A workflow, a step, or an input."""

    name: str
    kind: str
    """Such as ``workflow``, ``call``, ``script`` or ``input``."""
    detail: str
    """What else identifies it."""
    start: int
    end: int
    """Where all of it stands."""
    name_start: int
    name_end: int
    """Where its name stands."""
    children: "tuple[Symbol, ...]" = ()


def symbols(document: Document) -> tuple[Symbol, ...]:
    """Return the outline of a text, as far as it goes."""
    return _symbols(document, document.structure.root.children)


def _symbols(document: Document, blocks: Iterable[Block]) -> tuple[Symbol, ...]:
    known = (*STEPS, *_UNNAMED, "workflow", "input")
    return tuple(_symbol(document, block) for block in blocks if block.kind in known)


def _symbol(document: Document, block: Block) -> Symbol:
    head = block.head or ([block.keyword] if block.keyword is not None else [])
    start = head[0].start if head else block.start
    end = head[-1].end if head else block.start
    written = document.source[start:end]
    conditional = block.kind in ("if", "unless", "while")
    looping = block.kind == "do" and block.is_loop and block.head
    if conditional or (looping and block.keyword is not None):
        name = f"{block.kind} {written}" if conditional else f"do … while {written}"
    else:
        name = written.strip('"')
    return Symbol(
        name=name or block.kind,
        kind=block.kind,
        detail="" if block.kind in (name, "input") or conditional else block.kind,
        start=block.start,
        end=max(block.end, end),
        name_start=start,
        name_end=end,
        children=_symbols(document, block.children),
    )
