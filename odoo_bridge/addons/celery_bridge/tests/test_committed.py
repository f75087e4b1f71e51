"""What shows only between real transactions. These tests commit, and clean up after themselves."""

# pylint: disable=invalid-commit; that is what they are about

import json
import select
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from psycopg2 import errors

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged

from ..fabric.statements import statement

QUEUE = "celery_bridge_tests"


@tagged("post_install", "-at_install")
class TestCommitted(BaseCase):
    def setUp(self):
        super().setUp()
        self.cr = self.cursor()
        self.addCleanup(self.clean)

    def clean(self):
        self.cr.rollback()
        self.cr.execute("DELETE FROM celery_job WHERE queue = %s", [QUEUE])
        self.cr.commit()

    def cursor(self):
        cursor = db_connect(get_db_name()).cursor()
        self.addCleanup(cursor.close)
        return cursor

    def insert(self, **values):
        jobs = api.Environment(self.cr, SUPERUSER_ID, {})["celery.job"]
        return jobs._insert_jobs([{
            "uuid": str(uuid.uuid4()),
            "task": "demo.task",
            "queue": QUEUE,
            "params": {},
            "priority": 10,
            "max_attempts": 1,
            **values,
        }])

    def claimed_ids(self, cursor):
        """The ids of this test's jobs that a claim took."""
        cursor.execute("SELECT uuid FROM celery_job_claim(1000) WHERE queue = %s", [QUEUE])
        uuids = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT id FROM celery_job WHERE uuid = ANY (%s) ORDER BY id", [uuids])
        return [row[0] for row in cursor.fetchall()]

    def listener(self):
        cursor = self.cursor()
        cursor.execute("LISTEN celery_job")
        cursor.commit()
        self.addCleanup(cursor.commit)
        self.addCleanup(cursor.execute, "UNLISTEN *")  # the connection goes back to the pool
        cursor._cnx.notifies.clear()
        return cursor._cnx

    def notified(self, connection, seconds=0):
        if not connection.notifies:
            select.select([connection], [], [], seconds)
            connection.poll()
        names = [notify.channel for notify in connection.notifies]
        connection.notifies.clear()
        return names

    def test_a_locked_job_is_skipped(self):
        locked, free = self.insert(), self.insert()
        self.cr.commit()
        self.cr.execute("SELECT FROM celery_job WHERE id = %s FOR UPDATE", [locked.id])
        with closing(self.cursor()) as other:
            self.assertEqual(self.claimed_ids(other), [free.id])
            other.rollback()

    def test_a_second_relay_gets_nothing_while_the_first_holds_its_claim(self):
        job = self.insert()
        self.cr.commit()
        with closing(self.cursor()) as first, closing(self.cursor()) as second:
            self.assertEqual(self.claimed_ids(first), [job.id])
            self.assertEqual(self.claimed_ids(second), [])
            second.rollback()
            first.rollback()
            self.assertEqual(self.claimed_ids(second), [job.id])
            second.rollback()

    def test_a_hundred_concurrent_enqueues_of_one_identity_give_one_job(self):
        common = api.Environment(self.cr, SUPERUSER_ID, {})["celery.job"]._on_behalf()
        self.cr.rollback()

        def enqueue(number):
            # Threads take no Environment: the registry is locked as long as tests run.
            values = {"jobs": json.dumps([self.identified(number)]), "common": json.dumps(common)}
            with closing(db_connect(get_db_name()).cursor()) as cursor:
                while True:
                    try:
                        cursor.execute(statement("job.enqueue"), values, log_exceptions=False)
                        ids = cursor.fetchall()
                        cursor.commit()
                        return ids
                    except errors.SerializationFailure:  # as odoo.service.model.retrying does
                        cursor.rollback()

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(enqueue, range(100)))
        self.assertEqual(len({tuple(ids) for ids in answers}), 1)
        self.cr.rollback()
        self.cr.execute("SELECT count(*) FROM celery_job WHERE queue = %s", [QUEUE])
        self.assertEqual(self.cr.fetchone(), (1,))

    def identified(self, number):
        return {
            "uuid": str(uuid.uuid4()),
            "task": "demo.task",
            "queue": QUEUE,
            "params": {"number": number},
            "priority": 10,
            "max_attempts": 1,
            "identity_key": "one",
            "identity_scope": "until_done",
        }

    def test_commit_notifies_and_rollback_does_not(self):
        connection = self.listener()
        self.insert()
        self.cr.rollback()
        self.assertEqual(self.notified(connection), [])
        self.insert()
        self.assertEqual(self.notified(connection), [])
        self.cr.commit()
        self.assertEqual(self.notified(connection, 5), ["celery_job"])

    def test_a_scheduled_job_and_a_finished_one_notify(self):
        job = self.insert(eta="2999-01-01 00:00:00")
        connection = self.listener()
        self.cr.commit()
        self.assertEqual(self.notified(connection, 5), ["celery_job"])
        job.action_cancel()
        self.cr.commit()
        self.assertEqual(self.notified(connection, 5), ["celery_job"])

    def test_a_job_that_was_claimed_does_not_notify(self):
        job = self.insert()
        self.cr.commit()
        connection = self.listener()
        self.cr.execute("UPDATE celery_job SET state = 'enqueued' WHERE id = %s", [job.id])
        self.cr.commit()
        self.assertEqual(self.notified(connection), [])

    def test_opening_a_queue_notifies(self):
        connection = self.listener()
        queue = api.Environment(self.cr, SUPERUSER_ID, {})["celery.queue"].create({"name": QUEUE})
        self.cr.commit()
        self.assertEqual(self.notified(connection, 5), ["celery_job"])
        queue.unlink()
        self.cr.commit()
