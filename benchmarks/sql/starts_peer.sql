SELECT uuid, extract(epoch FROM min(started_at))::float8 AS at FROM benchmark_start GROUP BY uuid
