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
    "dead": ("waiting", "parked", "pending"),
    "cancelled": ("waiting", "parked", "pending"),
}
STATES = [(state, state.capitalize()) for state in TRANSITIONS]
FINAL = ("done", "dead", "cancelled")
IN_FLIGHT = ("enqueued", "started")


def moves():
    """Every legal move as PostgreSQL's array of ``old>new``."""
    pairs = [f"{old}>{new}" for old, following in TRANSITIONS.items() for new in following]
    return "{" + ",".join(pairs) + "}"
