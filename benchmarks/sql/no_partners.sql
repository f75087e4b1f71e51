DELETE FROM res_partner WHERE ref = 'benchmark' OR name LIKE 'Benchmark %%'
