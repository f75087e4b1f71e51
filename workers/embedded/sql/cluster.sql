-- name: create_role
CREATE ROLE {role} LOGIN PASSWORD {password}

-- name: create_database
CREATE DATABASE {database} OWNER {owner}
