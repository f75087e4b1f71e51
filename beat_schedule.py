"""Periodic work: name → when + which task. Pure data; ``workers/app.py`` hands it to beat."""

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "prune-deliveries": {
        "task": "maintenance.prune_deliveries",
        "schedule": crontab(hour=3, minute=30),
        "kwargs": {"keep_days": 30},
    },
}
