"""Periodic work: name → when + which task. Pure data; ``workers/app.py`` hands it to beat."""

from datetime import timedelta

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "run-schedules": {
        "task": "maintenance.run_schedules",
        "schedule": timedelta(seconds=20),
        # One that waited longer is superseded by the next.
        "options": {"expires": 20},
    },
    "prune-deliveries": {
        "task": "maintenance.prune_deliveries",
        "schedule": crontab(hour=3, minute=30),
        "kwargs": {"keep_days": 30},
    },
}
