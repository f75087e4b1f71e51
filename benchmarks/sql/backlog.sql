-- Jobs that wait. No job is made by the peer here, and an insert of a million has to be quick.
INSERT INTO celery_job (
    uuid, task, queue, params, state, priority, attempt, max_attempts, user_id, company_id,
    context, create_uid, create_date, write_uid, write_date
)
SELECT gen_random_uuid()::text, 'benchmark.noop', 'default', '{}', 'pending',
       %(priority)s::integer, 0, 1, 1, 1,
       '{}', 1, now() AT TIME ZONE 'utc', 1, now() AT TIME ZONE 'utc'
FROM generate_series(1, %(jobs)s::integer)
