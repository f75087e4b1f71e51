SELECT count(*) AS jobs FROM queue_job WHERE state NOT IN ('done', 'failed', 'cancelled')
