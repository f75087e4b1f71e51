UPDATE celery_queue SET paused = %(paused)s WHERE name = 'default'
