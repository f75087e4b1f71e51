SELECT id FROM res_partner_category WHERE name ->> 'en_US' LIKE 'Benchmark %%'
ORDER BY id OFFSET %(number)s - 1 LIMIT 1
