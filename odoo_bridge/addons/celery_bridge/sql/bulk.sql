-- name: upload_add
-- A chunk that comes again, because its answer was lost, is the same one.
INSERT INTO celery_upload (uuid, upload, number, data)
VALUES (%(uuid)s, %(upload)s, %(number)s, %(data)s)
ON CONFLICT DO NOTHING

-- name: upload_size
SELECT count(*), coalesce(sum(octet_length(data)), 0)::bigint FROM celery_upload
WHERE uuid = %(uuid)s AND upload = %(upload)s

-- name: upload_chunk
SELECT data FROM celery_upload
WHERE uuid = %(uuid)s AND upload = %(upload)s AND number = %(number)s

-- name: upload_stored
UPDATE ir_attachment
-- Odoo counts bytes in 32 bits.
SET store_fname = %(name)s, checksum = %(checksum)s, file_size = least(%(size)s, 2147483647),
    db_datas = NULL
WHERE id = %(id)s

-- name: upload_forget
DELETE FROM celery_upload WHERE uuid = ANY (%(uuids)s)

-- name: batch_lane
-- One writer at a time for all that shares a lane: two loads of the same keys never meet.
SELECT bool_and(pg_try_advisory_xact_lock(hashtext('celery_bridge.load ' || %(model)s), lane))
FROM unnest(%(lanes)s::integer[]) AS lane

-- name: batch_begin
-- No row: another attempt has done this batch. One that does it now makes us wait, and start anew.
INSERT INTO celery_load_batch (uuid, number, digest, answer)
VALUES (%(uuid)s, %(number)s, %(digest)s, '{}')
ON CONFLICT DO NOTHING RETURNING number

-- name: batch_end
UPDATE celery_load_batch SET answer = %(answer)s::jsonb
WHERE uuid = %(uuid)s AND number = %(number)s

-- name: batch
SELECT digest, answer FROM celery_load_batch WHERE uuid = %(uuid)s AND number = %(number)s

-- name: batches
SELECT number, digest, answer FROM celery_load_batch WHERE uuid = %(uuid)s ORDER BY number

-- name: find_external_ids
SELECT x.key, d.model, d.res_id
FROM unnest(%(keys)s::text[], %(modules)s::text[], %(names)s::text[]) AS x (key, module, name)
JOIN ir_model_data d ON d.module = x.module AND d.name = x.name

-- name: collect
-- What no attempt will use any more. A dead job's batches stay: put back, it goes on from there.
WITH uploads AS (
    DELETE FROM celery_upload u WHERE NOT EXISTS (
        SELECT FROM celery_job j WHERE j.uuid = u.uuid AND j.state IN ('enqueued', 'started')
    )
)
DELETE FROM celery_load_batch b WHERE NOT EXISTS (
    SELECT FROM celery_job j WHERE j.uuid = b.uuid AND j.state <> 'done'
)
