"""How named things refer to each other: circles, and an order in which each follows its parts."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx


def cycles(edges: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """One circle for each knot of names, as a path that ends where it begins: (a, b, a)."""
    if not any(edges.values()):
        return []
    import networkx as nx  # noqa: PLC0415 slow to load, and only names that refer need it

    graph = _graph(edges)
    found = []
    for knot in nx.strongly_connected_components(graph):
        start = min(knot)
        if len(knot) == 1 and not graph.has_edge(start, start):
            continue
        inner = graph.subgraph(knot)
        back = [nx.shortest_path(inner, other, start) for other in inner.successors(start)]
        found.append((start, *min(back, key=lambda path: (len(path), path))))
    return sorted(found)


def parts_first(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """The names in an order in which each comes after all that it refers to.

    Raises:
        networkx.NetworkXUnfeasible: There is a circle; ``cycles`` finds it first.
    """
    if not any(edges.values()):
        return sorted(edges)
    import networkx as nx  # noqa: PLC0415 as in cycles

    return list(nx.lexicographical_topological_sort(_graph(edges).reverse(copy=False)))


def _graph(edges: Mapping[str, Iterable[str]]) -> "nx.DiGraph[str]":
    import networkx as nx  # noqa: PLC0415 as in cycles

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(edges))
    graph.add_edges_from((name, other) for name in sorted(edges) for other in sorted(edges[name]))
    return graph
