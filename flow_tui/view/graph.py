"""A plan as a graph: what follows what, in a form that any way of drawing it can use."""

from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model.plan import Planned, PlanNode, Unplanned
from flow_tui.sanitize import line
from flow_tui.view import plans

Shape: TypeAlias = Literal["end", "step", "choice", "gate", "workflow", "join"]
OTHERWISE, AGAIN = "otherwise", "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """One box."""

    id: str
    """A letter and a number."""
    lines: tuple[str, ...]
    """What it says, harmless; not yet in the form of any language."""
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One arrow."""

    tail: str
    head: str
    label: str = ""
    is_back: bool = False
    """Whether it leads to what has been before."""


@dataclass(slots=True)
class Cluster:
    """Boxes that belong together, and clusters inside."""

    id: str
    label: str
    vertices: list[Vertex] = field(default_factory=list[Vertex])
    clusters: "list[Cluster]" = field(default_factory=list["Cluster"])

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing in it."""
        return not self.vertices and all(inner.is_empty for inner in self.clusters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """All of it."""

    root: Cluster
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class _Loose:
    """The end of something, from which an arrow is to lead to whatever follows."""

    tail: str
    label: str = ""


_Ends: TypeAlias = Sequence[_Loose]


def graph(planned: Planned) -> Graph:
    """Return the graph of a plan, from its begin to its end."""
    return _Drawing().drawn(planned)


class _Drawing:
    def __init__(self) -> None:
        self._edges: list[Edge] = []
        self._count = 0

    def drawn(self, planned: Planned) -> Graph:
        root = Cluster(self._id("c"), line(planned.name))
        begin = self._vertex(root, (line(planned.name), line(planned.title)), "end")
        ends = self._sequence(planned, planned.rows, root, [_Loose(begin)])
        self._lead(ends, self._vertex(root, ("end",), "end"))
        return Graph(root=root, edges=tuple(self._edges))

    def _sequence(self, planned: Planned, rows: Iterable[PlanNode], inside: Cluster, ends: _Ends) -> _Ends:
        for node in rows:
            ends = self._node(planned, node, inside, ends)
        return ends

    def _node(self, planned: Planned, node: PlanNode, inside: Cluster, ends: _Ends) -> _Ends:
        """Draw one row behind ``ends``; return the ends of what was drawn."""
        match node.kind:
            case "if" | "unless":
                choice = self._row(inside, node, "choice", ends)
                body = self._sequence(planned, node.children, inside, [_Loose(choice)])
                return [*(each for each in body if each.tail != choice), _Loose(choice, OTHERWISE)]
            case "while":
                choice = self._row(inside, node, "choice", ends)
                body = self._sequence(planned, node.children, inside, [_Loose(choice)])
                self._lead(body, choice, is_back=True)
                return [_Loose(choice, OTHERWISE)]
            case "do_while":
                begin = len(self._edges)
                body = self._sequence(planned, node.children, inside, ends)
                choice = self._row(inside, node, "choice", body)
                first = self._edges[begin].head  # whatever came before leads there
                self._edges.append(Edge(tail=choice, head=first, label=AGAIN, is_back=True))
                return [_Loose(choice, OTHERWISE)]
            case "do" | "always":
                return self._sequence(planned, node.children, self._cluster(inside, plans.label(node)), ends)
            case "parallel":
                return self._parallel(planned, node, inside, ends)
            case _:
                shape: Shape = "gate" if node.kind == "gate" else "step"
                step = self._row(inside, node, shape, ends)
                return self._child(planned, node, inside, step)

    def _parallel(self, planned: Planned, node: PlanNode, inside: Cluster, ends: _Ends) -> _Ends:
        cluster = self._cluster(inside, plans.label(node))
        fork = self._vertex(cluster, (), "join")
        self._lead(ends, fork)
        return [
            end for branch in node.children for end in self._node(planned, branch, cluster, [_Loose(fork)])
        ]

    def _child(self, planned: Planned, node: PlanNode, inside: Cluster, step: str) -> _Ends:
        match planned.children.get(node.path):
            case Planned() as child:
                each = "for every item: " if node.kind == "foreach" else ""
                cluster = self._cluster(inside, f"{each}workflow {line(child.name)}")
                return self._sequence(child, child.rows, cluster, [_Loose(step)])
            case Unplanned(name=name, reason=reason):
                said = (f"workflow {line(name)}", line(reason))
                box = self._vertex(inside, said, "workflow")
                self._lead([_Loose(step)], box)
                return [_Loose(box)]
            case None:
                return [_Loose(step)]

    def _row(self, inside: Cluster, node: PlanNode, shape: Shape, ends: _Ends) -> str:
        vertex = self._vertex(inside, (plans.label(node), *plans.facts(node)), shape)
        self._lead(ends, vertex)
        return vertex

    def _vertex(self, inside: Cluster, lines: Iterable[str], shape: Shape) -> str:
        name = self._id("n")
        inside.vertices.append(Vertex(id=name, lines=tuple(filter(None, lines)), shape=shape))
        return name

    def _cluster(self, inside: Cluster, label: str) -> Cluster:
        cluster = Cluster(self._id("c"), label)
        inside.clusters.append(cluster)
        return cluster

    def _lead(self, ends: _Ends, head: str, *, is_back: bool = False) -> None:
        self._edges += (Edge(tail=end.tail, head=head, label=end.label, is_back=is_back) for end in ends)

    def _id(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"
