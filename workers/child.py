"""Becomes a child process that ends with its parent: ``child.py PARENT USER PROGRAM ARGUMENT…``.

Run as a script, before the program, instead of a ``preexec_fn``: that one may deadlock when the
parent has threads. ``PARENT`` is the parent's pid (0: outlive it), ``USER`` whom to become (empty:
stay). The death signal comes after the change of user, which would clear it (prctl(2)).
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(user: str) -> None:
    """Drops root's rights for good. Raises ``KeyError`` when there is no such user."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def die_with(parent: int) -> None:
    """Asks the kernel for SIGTERM when the parent ends, and leaves if it already has."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone")


def main() -> None:
    """Changes user, binds to the parent, and replaces itself by the program."""
    parent, user, *argv = sys.argv[1:]
    if user:
        become(user)
    if int(parent):
        die_with(int(parent))
    os.execvp(argv[0], argv)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
