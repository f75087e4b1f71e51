-- What an export of partners shows: some with a company above them, all with an address.
UPDATE res_partner p
   SET phone = '+32 2 ' || (p.id %% 1000000),
       city = 'City ' || (p.id %% 500),
       zip = 'Z-' || (p.id %% 9000),
       country_id = (SELECT min(id) FROM res_country) + p.id %% 200,
       parent_id = CASE WHEN p.id %% 100 = 0 THEN NULL ELSE (
           SELECT min(id) FROM res_partner WHERE ref = 'benchmark'
       ) + p.id %% 1000 END
 WHERE ref = 'benchmark' AND %(partners)s > 0
