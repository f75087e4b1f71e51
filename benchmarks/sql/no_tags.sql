DELETE FROM res_partner_category WHERE name ->> 'en_US' LIKE 'Benchmark %%'
