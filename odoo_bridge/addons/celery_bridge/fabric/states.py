"""The states of a job and the moves between them: the same table as the fabric's ``job.py``.

An addon cannot import the fabric; a test of the fabric holds the two against each other.
"""

TRANSITIONS = {
    "waiting": ("scheduled", "parked", "pending", "cancelled"),
    "scheduled": ("parked", "pending", "cancelled"),
    "parked": ("pending", "cancelled"),
    "pending": ("parked", "enqueued", "cancelled"),
    "enqueued": ("started", "done", "dead", "scheduled", "pending", "cancelled"),
    "started": ("done", "dead", "scheduled", "pending", "cancelled"),
    "done": (),
    "dead": ("waiting", "parked", "pending", "done"),
    "cancelled": ("waiting", "parked", "pending"),
}
STATES = [(state, state.capitalize()) for state in TRANSITIONS]
FINAL = ("done", "dead", "cancelled")
IN_FLIGHT = ("enqueued", "started")
ENDS = ("done", "dead", "scheduled")
"""How an attempt may end, by its outcome."""

IDENTITY_HELD = """identity_key IS NOT NULL AND (
    identity_scope = 'until_done' AND state NOT IN ('done', 'dead', 'cancelled')
    OR identity_scope IN ('until_started', 'replace') AND attempt = 0
        AND state IN ('waiting', 'scheduled', 'parked', 'pending')
    OR identity_scope = 'window' AND identity_until IS NOT NULL AND state <> 'cancelled'
)"""
"""Which jobs hold their identity key: the predicate of its unique index, and of ``ON CONFLICT``.

``until_started`` goes by the attempt, not by the state alone: a retry must not need the key again.
"""

NOT_REACHED = "A job that this one depends on has failed or was cancelled."
NOT_NEEDED = "Nothing failed that this job would follow."
"""Why the engine cancelled a job that waited: such a one goes back with what it waited on."""


def moves():
    """Every legal move as PostgreSQL's array of ``old>new``."""
    pairs = [f"{old}>{new}" for old, following in TRANSITIONS.items() for new in following]
    return "{" + ",".join(pairs) + "}"
