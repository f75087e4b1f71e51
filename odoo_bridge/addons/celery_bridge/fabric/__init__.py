"""Parts of the addon that are not models: SQL, schema validation, operations."""
