-- OCA's jobrunner serves only databases that have its trigger (jobrunner/runner.py, _has_queue_job).
DROP TRIGGER IF EXISTS queue_job_notify ON queue_job
