"""The part of nightclerk that knows time, processes, storage and mail, and knows no shop."""

__version__ = "0.1.0"
