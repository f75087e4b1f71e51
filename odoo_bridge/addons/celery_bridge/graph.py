"""Graphs of jobs, composed in Python and stored with one statement.

    from odoo.addons.celery_bridge.graph import chain, group, job

    graph = chain([
        job("shop.fetch", {"shop": 1}),
        group([job("shop.import", {"page": n}) for n in range(10)]),
        job("shop.report", {"first": {"$result": 0}}),
    ]).on_failure(job("shop.alarm"))
    jobs = graph.enqueue(env)

``$result`` counts the jobs of the step before, from 0. A step may as well call a method of records:

    chain([call(orders).action_confirm(), call(orders, priority=5).action_send("invoice")])
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from odoo.api import Environment
from odoo.exceptions import ValidationError
from odoo.models import BaseModel

from .fabric.call_later import TASK, CallLater, call_options

MOST_EDGES = 100_000


@dataclass(eq=False)
class Node:
    """One job to be, and those that it waits on."""

    task: str
    params: dict
    options: dict
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    after: list = field(default_factory=list, repr=False)
    after_failure: list = field(default_factory=list, repr=False)
    env: Environment | None = field(default=None, repr=False)
    """Of the records that it calls: who enqueues the graph must act as they would."""

    def edges(self, columns):
        """The UUIDs that this job waits on, its own options included."""
        found = {}
        for name, nodes in (("depends_on", self.after), ("on_failure_of", self.after_failure)):
            if uuids := [node.uuid for node in nodes] + columns.get(name, []):
                found[name] = uuids
        return found


@dataclass(eq=False)
class Graph:
    """Jobs with a beginning and an end. Use each in one place only."""

    nodes: list
    heads: list
    """What starts at once."""
    tails: list
    """What must be done before something that follows may start."""

    def then(self, follower: "Graph") -> "Graph":
        """This graph, and when all of it is done, another."""
        for head in follower.heads:
            head.after.extend(self.tails)
        return Graph(self.nodes + follower.nodes, self.heads, follower.tails)

    def on_failure(self, branch: "Graph") -> "Graph":
        """This graph, and a branch that runs if one of its jobs is dead, and is cancelled if none is."""
        for head in branch.heads:
            head.after_failure.extend(self.nodes)
        return Graph(self.nodes + branch.nodes, self.heads, self.tails)

    def enqueue(self, env: Environment) -> BaseModel:
        """Store it inside the transaction of ``env``; answers the ``celery.job``s in order.

        Raises what ``celery.job.enqueue`` raises, and ``ValidationError`` when there are more than
        100,000 edges: put a step of its own between two large groups.
        """
        edges = sum(len(node.after) + len(node.after_failure) for node in self.nodes)
        if edges > MOST_EDGES:
            message = "The graph has %s edges, more than %s."
            raise ValidationError(env._(message, edges, MOST_EDGES))
        self._check_who_acts(env)
        return env["celery.job"]._enqueue_graph(self)

    def _check_who_acts(self, env):
        """Its jobs are one user's, in one language and company: nothing is changed silently."""
        behalf = _behalf(env)
        nodes = {node.env: node for node in self.nodes if node.env is not None}
        for other, node in nodes.items():
            if _behalf(other) != behalf:
                raise ValidationError(
                    env._(
                        "The jobs of a graph act as the user, in the language and in the companies "
                        "of the environment that it is enqueued in, and %s has others.",
                        node.options["description"],
                    )
                )


def job(task: str, params: dict[str, Any] | None = None, **options: Any) -> Graph:
    """A graph of one job; the options are those of ``celery.job.enqueue``."""
    node = Node(task, {} if params is None else params, options)
    return Graph([node], [node], [node])


def call(records: BaseModel, **options: Any) -> CallLater:
    """Records whose public methods answer a graph of one job, as ``with_celery`` answers the job.

    The options are those of ``celery.job.enqueue``. Raises what ``with_celery`` does.
    """
    records.env["celery.job"]._check_options(options)

    def graph(params):
        node = Node(TASK, params, call_options(records, params, options), env=records.env)
        return Graph([node], [node], [node])

    return CallLater(records, graph)


def group(graphs: Iterable[Graph]) -> Graph:
    """Graphs that run side by side."""
    graphs = list(graphs)
    return Graph(*(
        [node for graph in graphs for node in getattr(graph, name)]
        for name in ("nodes", "heads", "tails")
    ))


def chain(graphs: Iterable[Graph]) -> Graph:
    """Graphs that run one after the other. Raises ``ValueError`` for none."""
    graphs = list(graphs)
    if not graphs:
        raise ValueError("a chain has at least one graph")
    for before, follower in zip(graphs, graphs[1:], strict=False):
        for head in follower.heads:
            head.after.extend(before.tails)
    nodes = [node for graph in graphs for node in graph.nodes]
    return Graph(nodes, graphs[0].heads, graphs[-1].tails)


def _behalf(env):
    columns = env["celery.job"]._on_behalf()
    return columns["user_id"], columns["context"]
