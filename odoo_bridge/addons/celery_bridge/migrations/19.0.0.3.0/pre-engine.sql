-- Here and not in sql/tables.sql: it locks the table of jobs until the update commits.
ALTER TABLE celery_job
    DROP CONSTRAINT IF EXISTS celery_job_user_id_fkey,
    DROP CONSTRAINT IF EXISTS celery_job_company_id_fkey;
