"""Webhook deliveries become records in Odoo. Importing this registers ``webhooks.ingest``."""

from tasks.webhooks.ingest import IngestParams, ingest

__all__ = ["IngestParams", "ingest"]
