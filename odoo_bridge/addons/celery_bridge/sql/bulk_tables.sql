-- What large jobs keep in Odoo before they are done; sql/bulk.sql says when it goes.

-- Files on their way to becoming attachments of a job.
CREATE TABLE IF NOT EXISTS celery_upload (
    uuid text NOT NULL,
    upload text NOT NULL,
    number integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (uuid, upload, number)
);
-- Compressing what mostly is compressed already would take most of the time.
ALTER TABLE celery_upload ALTER COLUMN data SET STORAGE EXTERNAL;

-- Batches of rows that a job has loaded, and what was answered: the fence of each.
CREATE TABLE IF NOT EXISTS celery_load_batch (
    uuid text NOT NULL,
    number integer NOT NULL,
    digest text NOT NULL,
    answer jsonb NOT NULL,
    PRIMARY KEY (uuid, number)
);

-- Files on their way into the storage of objects, noted before they are there, so that none lies
-- there without anybody knowing. What an attachment has taken is in celery_stored_file.
CREATE TABLE IF NOT EXISTS celery_storing (
    key text PRIMARY KEY,
    uuid text NOT NULL,
    attempt integer NOT NULL,
    noted_at timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'utc')
);
CREATE INDEX IF NOT EXISTS celery_storing_attempt ON celery_storing (uuid, attempt);
