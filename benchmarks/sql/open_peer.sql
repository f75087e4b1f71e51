SELECT EXISTS (
    SELECT FROM queue_job WHERE state NOT IN ('done', 'failed', 'cancelled')
) AS jobs
