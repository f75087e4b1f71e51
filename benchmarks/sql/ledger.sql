-- A year of posted entries of ten lines each; made by PostgreSQL, as the ORM would take minutes.
WITH book AS (
    SELECT j.id AS journal_id, j.company_id, c.currency_id,
           (SELECT array_agg(a.id ORDER BY a.id) FROM account_account a
            JOIN account_account_res_company_rel r ON r.account_account_id = a.id
            WHERE r.res_company_id = j.company_id AND a.account_type IN ('asset_current', 'expense', 'income')
           ) AS accounts
    FROM account_journal j JOIN res_company c ON c.id = j.company_id
    WHERE j.type = 'general' AND j.company_id = 1 ORDER BY j.id LIMIT 1
), moves AS (
    INSERT INTO account_move (name, ref, state, move_type, auto_post, date, journal_id, company_id,
                              currency_id, create_date, write_date, create_uid, write_uid)
    SELECT 'BENCHMARK/' || n, 'benchmark', 'posted', 'entry', 'no', date '2025-01-01' + n %% 365,
           journal_id, company_id, currency_id, now(), now(), 1, 1
    FROM book, generate_series(1, %(lines)s / 10) n
    RETURNING *
)
INSERT INTO account_move_line (move_id, move_name, parent_state, date, journal_id, company_id,
                               company_currency_id, currency_id, account_id, name, ref, display_type,
                               debit, credit, balance, amount_currency, reconciled,
                               create_date, write_date, create_uid, write_uid)
SELECT m.id, m.name, m.state, m.date, m.journal_id, m.company_id, m.currency_id, m.currency_id,
       accounts[1 + (m.id + n) %% array_length(accounts, 1)], 'Benchmark ' || n, m.ref, 'product',
       CASE WHEN n <= 5 THEN n * 1.01 ELSE 0 END, CASE WHEN n > 5 THEN (n - 5) * 1.01 ELSE 0 END,
       CASE WHEN n <= 5 THEN n * 1.01 ELSE (5 - n) * 1.01 END,
       CASE WHEN n <= 5 THEN n * 1.01 ELSE (5 - n) * 1.01 END, false, now(), now(), 1, 1
FROM moves m, book, generate_series(1, 10) n
