-- The engine's own tables. Rows of celery_job are shared with Odoo's transactions, which are
-- REPEATABLE READ: a counter that many of them updated would fail all but one. So they only append
-- to celery_job_wake, and only the claim, one at a time, updates or deletes anything here.

-- Something that a claim has to look at: a key that may have room, a job that has ended or waits on
-- others, or, with neither, every key (a queue was opened).
CREATE TABLE IF NOT EXISTS celery_job_wake (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text,
    job_id integer
);

-- job_id waits on dependency_id. settled: the claim has taken note of how that one ended.
CREATE TABLE IF NOT EXISTS celery_job_edge (
    job_id integer NOT NULL REFERENCES celery_job ON DELETE CASCADE,
    dependency_id integer NOT NULL,
    place integer NOT NULL,
    on_failure boolean NOT NULL,
    settled boolean NOT NULL DEFAULT false,
    PRIMARY KEY (job_id, on_failure, place)
);
CREATE INDEX IF NOT EXISTS celery_job_edge_open ON celery_job_edge (job_id) WHERE NOT settled;
CREATE INDEX IF NOT EXISTS celery_job_edge_dependents
    ON celery_job_edge (dependency_id, job_id) WHERE NOT settled;
CREATE INDEX IF NOT EXISTS celery_job_edge_followers ON celery_job_edge (dependency_id);

-- The token buckets of queues with a rate limit.
CREATE TABLE IF NOT EXISTS celery_queue_bucket (
    queue text PRIMARY KEY,
    tokens float8 NOT NULL,
    filled_at timestamp NOT NULL
);

-- How far the sweep for lost wake-ups has come: the last key and dependency that it looked at.
CREATE TABLE IF NOT EXISTS celery_sweep (
    next_at timestamp NOT NULL,
    last_key text NOT NULL DEFAULT '',
    last_dependency integer NOT NULL DEFAULT 0
);
INSERT INTO celery_sweep (next_at) SELECT '-infinity'
WHERE NOT EXISTS (SELECT FROM celery_sweep);

-- The transaction of the last claim, readable whatever one's snapshot is.
CREATE SEQUENCE IF NOT EXISTS celery_job_claim_turn;
