"""How often something is said."""

import time


class Throttle:
    """At most once in so many seconds for each key, in this process.

    ``free`` asks and ``note`` notes, apart: what was said in a transaction counts once it commits.
    """

    def __init__(self, seconds, clock=time.monotonic):
        self.seconds = seconds
        self._clock = clock
        self._last = {}

    def free(self, key):
        """Whether it may be said now."""
        last = self._last.get(key)
        return last is None or self._clock() - last >= self.seconds

    def note(self, key):
        """It was said just now."""
        self._last[key] = self._clock()
