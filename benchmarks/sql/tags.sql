-- So many tags of partners: a model with few columns, for a million rows in little space.
INSERT INTO res_partner_category (name, color, active, parent_path, create_date, write_date,
                                  create_uid, write_uid)
SELECT jsonb_build_object('en_US', 'Benchmark ' || n), n %% 12, true, n || '/', now(), now(), 1, 1
FROM generate_series(1, %(tags)s) n
