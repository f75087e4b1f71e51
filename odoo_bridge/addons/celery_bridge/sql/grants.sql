-- name: held
-- Who may execute the engine's functions, besides their owner.
SELECT p.proname, r.rolname
FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a
JOIN pg_roles r ON r.oid = a.grantee
WHERE p.pronamespace = current_schema()::regnamespace AND left(p.proname, 7) = 'celery_'
  AND a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner

-- name: lost
-- The functions of this name that the role may no longer execute.
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = %(function)s
  AND NOT has_function_privilege(%(role)s, p.oid, 'EXECUTE')
