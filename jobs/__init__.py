"""The part of nightclerk that knows trade: the built-in jobs, kinds and connectors."""
