"""Dispatch changes hands: to Celery at install, back to OCA's jobrunner at uninstall."""

from odoo.addons.queue_job.post_init_hook import post_init_hook as restore_jobrunner

from .statements import script


def post_init_hook(env):
    """Give each channel its queue, and take over what has not ended."""
    env["queue.job.channel"]._celery_adopt()
    env["queue.job"]._celery_take_over()


def uninstall_hook(env):
    """Nothing is lost: what is pending stays so in queue_job, and its jobrunner hears of it again."""
    env.cr.execute(script("uninstall"))
    restore_jobrunner(env)
