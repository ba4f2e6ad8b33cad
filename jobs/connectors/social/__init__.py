"""Connectors of the kind social: one module for each network."""
