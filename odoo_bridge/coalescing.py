"""Group commit: what the threads of a process want to commit at the same time goes out together."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Event, Lock

from odoo_bridge.errors import AppliedUnknown, Retryable
from odoo_bridge.job import Outcome, Verdict
from odoo_bridge.ports import WriteBack


class _Waiting:
    """The outcomes of one caller, and what became of them."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = outcomes
        self.woken = Event()
        self.verdicts: list[Verdict] | None = None
        self.error: Exception | None = None

    @property
    def decided(self) -> bool:
        return self.verdicts is not None or self.error is not None

    def answer(self) -> list[Verdict]:
        if self.error is not None:
            raise self.error
        return self.verdicts or []


class CoalescingWriteBack:
    """The ``WriteBack`` port over another one, for many threads.

    One caller at a time leads: it commits its own outcomes and those that came while the last
    call was out, then wakes whom they belong to and hands the lead to the first who came since.
    So nobody waits for company, and a call carries as much as the one before it took time.

    ``largest`` bounds the callers whose outcomes one call carries.
    """

    def __init__(self, keeper: WriteBack, largest: int = 100) -> None:
        self._keeper = keeper
        self._largest = largest
        self._lock = Lock()
        self._queue: deque[_Waiting] = deque()
        self._led = False

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """See ``odoo_bridge.ports.WriteBack``. Raises what the keeper raised for these outcomes."""
        mine = _Waiting(outcomes)
        with self._lock:
            self._queue.append(mine)
            leads, self._led = not self._led, True
        if not leads:
            mine.woken.wait()
        if not mine.decided:
            self._lead()
        return mine.answer()

    def _lead(self) -> None:
        with self._lock:
            # The leader's own outcomes are the first: the lead goes to the head of the queue.
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._largest))]
        try:
            self._commit(batch)
        finally:
            with self._lock:
                heir = self._queue[0] if self._queue else None
                self._led = heir is not None
            for each in (*batch[1:], *filter(None, [heir])):
                each.woken.set()

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Decide all of the batch. An error that time will not mend is its own caller's alone."""
        try:
            verdicts = iter(self._keeper.commit([o for each in batch for o in each.outcomes]))
            for each in batch:
                each.verdicts = [next(verdicts) for _ in each.outcomes]
        except Exception as error:  # carried to the threads that wait
            if len(batch) == 1 or isinstance(error, Retryable | AppliedUnknown):
                for each in batch:
                    each.error = error
            else:
                for each in batch:
                    self._commit([each])
