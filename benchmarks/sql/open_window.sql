UPDATE celery_queue SET window_size = %(size)s WHERE name = 'default'
