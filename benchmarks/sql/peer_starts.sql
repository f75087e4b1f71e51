SELECT extract(epoch FROM started_at)::float8 AS at
FROM benchmark_start WHERE uuid = %(uuid)s ORDER BY started_at
