-- As many partners as are to be read; made by PostgreSQL, as the ORM would take minutes.
WITH gone AS (DELETE FROM res_partner WHERE ref = 'benchmark')
INSERT INTO res_partner (name, complete_name, email, ref, active, type, is_company, color,
                         autopost_bills, create_date, write_date, create_uid, write_uid)
SELECT 'Benchmark ' || n, 'Benchmark ' || n, 'benchmark' || n || '@example.com', 'benchmark', true,
       'contact', n %% 3 = 0, n %% 12, 'ask', now(), now(), 1, 1
FROM generate_series(1, %(partners)s) n
