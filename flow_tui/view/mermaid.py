"""A graph as a Mermaid flowchart, which code hosts and wikis draw."""

import re
from collections.abc import Iterator

from flow_tui.view.graph import Cluster, Graph, Shape

_SHAPES: dict[Shape, tuple[str, str]] = {
    "end": ("([", "])"),
    "step": ("[", "]"),
    "choice": ("{", "}"),
    "gate": ("{{", "}}"),
    "workflow": ("[[", "]]"),
    "join": ("((", "))"),
}
_NOT_PLAIN = re.compile(r"[^\w .,…→-]")


def mermaid(graph: Graph) -> Iterator[str]:
    """Yield the flowchart, line by line."""
    yield "flowchart TD"
    yield from _inside(graph.root, 1)
    for edge in graph.edges:
        arrow = "-.->" if edge.is_back else "-->"
        label = f"|{_text(edge.label)}|" if edge.label else ""
        yield f"    {edge.tail} {arrow}{label} {edge.head}"


def _inside(cluster: Cluster, depth: int) -> Iterator[str]:
    lead = "    " * depth
    for vertex in cluster.vertices:
        opening, closing = _SHAPES[vertex.shape]
        yield f"{lead}{vertex.id}{opening}{_text(*vertex.lines)}{closing}"
    for inner in cluster.clusters:
        if inner.is_empty:
            continue
        yield f"{lead}subgraph {inner.id} [{_text(inner.label)}]"
        yield from _inside(inner, depth + 1)
        yield f"{lead}end"


def _text(*lines: str) -> str:
    """Return a text in which Mermaid finds nothing but text: every mark is written as its number."""
    shown = (_NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", line) for line in lines)
    joined = "<br>".join(shown) or " "
    return f'"{joined}"'
