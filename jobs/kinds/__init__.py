"""What a job may ask of an outside system: one module per kind, a Protocol and frozen values in each."""
