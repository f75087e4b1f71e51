"""What Odoo does not take away by itself when the addon goes."""

from .fabric.statements import script


def uninstall_hook(env):
    """Drop the claim function and the triggers, which live outside of Odoo's registry."""
    env.cr.execute(script("uninstall"))
