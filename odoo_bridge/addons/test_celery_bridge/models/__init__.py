from . import test_celery_thing
