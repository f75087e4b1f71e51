-- The rate limit of a queue: a token bucket that holds burst tokens and fills at rate a second. Only
-- the claim writes it, so no transaction of Odoo ever waits for or fails on it.
CREATE OR REPLACE FUNCTION celery_queue_tokens(
    p_queue text, p_rate float8, p_burst integer, p_now timestamp
) RETURNS float8
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_size float8 := coalesce(nullif(p_burst, 0), greatest(ceil(p_rate), 1));
BEGIN
    IF coalesce(p_rate, 0) <= 0 THEN
        RETURN NULL;  -- no limit
    END IF;
    RETURN least(v_size, coalesce((
        SELECT b.tokens + p_rate * greatest(extract(epoch FROM p_now - b.filled_at), 0)::float8
        FROM celery_queue_bucket b WHERE b.queue = p_queue
    ), v_size));
END
$$;

-- Take a token for each of the jobs that was claimed just now from a queue with a limit.
CREATE OR REPLACE FUNCTION celery_queue_spend(p_jobs integer[], p_now timestamp) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM celery_queue WHERE rate > 0) THEN
        RETURN;
    END IF;
    INSERT INTO celery_queue_bucket (queue, tokens, filled_at)
    SELECT q.name, celery_queue_tokens(q.name, q.rate, q.burst, p_now) - j.jobs, p_now
    FROM celery_queue q
    JOIN (
        SELECT queue, count(*) AS jobs FROM celery_job
        WHERE id = ANY (p_jobs) AND date_claimed = p_now GROUP BY queue
    ) j ON j.queue = q.name
    WHERE q.rate > 0
    ON CONFLICT (queue) DO UPDATE SET tokens = excluded.tokens, filled_at = excluded.filled_at;
END
$$;

REVOKE ALL ON FUNCTION celery_queue_tokens(text, float8, integer, timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_queue_spend(integer[], timestamp) FROM PUBLIC;
