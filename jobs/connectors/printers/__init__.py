"""Connectors of the kind printer: one module for each way to paper."""
