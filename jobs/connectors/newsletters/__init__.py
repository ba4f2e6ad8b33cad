"""Connectors of the kind newsletter: one module for each system."""
