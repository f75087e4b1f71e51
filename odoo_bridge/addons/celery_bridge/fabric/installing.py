"""Installing the engine, and replacing it while relay and workers go on."""

from contextlib import contextmanager

from odoo.tools import SQL

from .engine import installation
from .statements import statement


def install(cr):
    """Make the engine, or replace it by this version's: at every update, in its transaction.

    A function that is replaced goes on for whoever calls it now; whoever calls it later waits for a
    lock until the update commits, and then has the new one. Nobody finds half of it.
    """
    with _grants_kept(cr):
        for script in installation():
            cr.execute(script)


@contextmanager
def _grants_kept(cr):
    """Whoever could execute a function still can when its columns have changed and it was dropped.

    Else the relay would find itself without rights after an update.
    """
    cr.execute(statement("grants.held"))
    held = cr.fetchall()
    yield
    for function, role in held:
        cr.execute(statement("grants.lost"), {"function": function, "role": role})
        for (signature,) in cr.fetchall():
            cr.execute(SQL("GRANT EXECUTE ON FUNCTION %s TO %s", SQL(signature), SQL.identifier(role)))
