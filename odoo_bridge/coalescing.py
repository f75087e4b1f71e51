"""Group commit: what the threads of a process want to commit at the same time goes out together."""

from __future__ import annotations

import time
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

    Up to ``calls`` callers lead at a time: a leader commits its own outcomes and those that
    stand in line behind it, then wakes whom they belong to. The head of the line inherits a free
    place. Who comes while no call is out does not wait for company; any other leader gathers it
    for ``linger`` seconds, as a call costs Odoo about as much as thirty small outcomes in it.

    Two calls at a time: while Odoo works on one, the process prepares the next.
    ``largest`` bounds the outcomes that one call carries, but those of one caller stay together.
    """

    def __init__(
        self, keeper: WriteBack, largest: int = 100, linger: float = 0.01, calls: int = 2
    ) -> None:
        self._keeper = keeper
        self._largest = largest
        self._linger = linger
        self._calls = calls
        self._lock = Lock()
        self._queue: deque[_Waiting] = deque()
        self._out = 0
        self._gathering = False

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """See ``odoo_bridge.ports.WriteBack``. Raises what the keeper raised for these outcomes."""
        mine = _Waiting(outcomes)
        with self._lock:
            self._queue.append(mine)
            alone = not self._out
            leads = self._takes_place()
        if not leads:
            mine.woken.wait()
        if not mine.decided:
            if not (leads and alone):
                time.sleep(self._linger)  # the rhythm itself, not a wait for something
            self._lead()
        return mine.answer()

    def _takes_place(self) -> bool:
        """Whether the head of the line may lead: a place is free, and no leader still gathers."""
        if self._gathering or self._out >= self._calls:
            return False
        self._gathering = True
        self._out += 1
        return True

    def _heir(self) -> list[_Waiting]:
        return [self._queue[0]] if self._queue and self._takes_place() else []

    def _lead(self) -> None:
        with self._lock:
            batch = self._take()
            self._gathering = False
            heirs = self._heir()
        for each in heirs:
            each.woken.set()
        try:
            self._commit(batch)
        finally:
            with self._lock:
                self._out -= 1
                heirs = self._heir()
            for each in (*batch[1:], *heirs):
                each.woken.set()

    def _take(self) -> list[_Waiting]:
        """Those whose outcomes go out now, the leader first: it stands at the head of the line."""
        batch = [self._queue.popleft()]
        outcomes = len(batch[0].outcomes)
        while self._queue and (more := len(self._queue[0].outcomes)) + outcomes <= self._largest:
            outcomes += more
            batch.append(self._queue.popleft())
        return batch

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
