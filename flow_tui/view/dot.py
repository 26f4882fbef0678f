"""A graph in the language of Graphviz."""

from collections.abc import Iterator

from flow_tui.view.graph import Cluster, Graph, Shape

_SHAPES: dict[Shape, str] = {
    "end": "box, style=rounded",
    "step": "box",
    "choice": "diamond",
    "gate": "hexagon",
    "workflow": "component",
    "join": "point",
}


def dot(graph: Graph) -> Iterator[str]:
    """Yield the digraph, line by line."""
    yield f"digraph {_text(graph.root.label)} {{"
    yield '    node [fontname="sans-serif"]; edge [fontname="sans-serif"];'
    yield from _inside(graph.root, 1)
    for edge in graph.edges:
        marks = [f"label={_text(edge.label)}"] if edge.label else []
        marks += ["style=dashed", "constraint=false"] if edge.is_back else []
        listed = f" [{', '.join(marks)}]" if marks else ""
        yield f"    {edge.tail} -> {edge.head}{listed};"
    yield "}"


def _inside(cluster: Cluster, depth: int) -> Iterator[str]:
    lead = "    " * depth
    for vertex in cluster.vertices:
        yield f"{lead}{vertex.id} [label={_text(*vertex.lines)}, shape={_SHAPES[vertex.shape]}];"
    for inner in cluster.clusters:
        if inner.is_empty:
            continue
        yield f"{lead}subgraph cluster_{inner.id} {{"
        yield f"{lead}    label={_text(inner.label)};"
        yield from _inside(inner, depth + 1)
        yield f"{lead}}}"


def _text(*lines: str) -> str:
    """Return a quoted text in which Graphviz finds neither an end, nor an escape, nor an entity."""
    shown = (line.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    joined = "\\n".join(shown)
    return f'"{joined}"'
