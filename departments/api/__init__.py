"""The read-only JSON API at /api/v1/: problems, records, their documented shape, views, addresses."""
