-- Of each record that came from outside, by its external id or by what it was looked for: which
-- version of it was written last, and what that said.
CREATE TABLE IF NOT EXISTS celery_upsert (
    key text PRIMARY KEY,
    version float8,
    digest text
);
