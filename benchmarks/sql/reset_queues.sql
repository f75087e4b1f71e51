-- What a question that was cut off, or that needs another window, leaves behind. 100: the addon's default.
UPDATE celery_queue SET paused = false, window_size = 100 WHERE paused OR window_size <> 100
