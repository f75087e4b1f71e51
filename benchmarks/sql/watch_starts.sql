-- The peer keeps its times in whole seconds. A trigger notes when a job starts, to the microsecond.
CREATE TABLE IF NOT EXISTS benchmark_start (
    uuid text NOT NULL, started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE OR REPLACE FUNCTION benchmark_note_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO benchmark_start (uuid) VALUES (NEW.uuid);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER benchmark_note_start AFTER UPDATE OF state ON queue_job
    FOR EACH ROW WHEN (NEW.state = 'started') EXECUTE FUNCTION benchmark_note_start();
