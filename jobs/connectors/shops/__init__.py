"""The shops that nightclerk can read, one file per system."""
