"""Connectors of the kind backup: one module for each way of keeping copies."""
