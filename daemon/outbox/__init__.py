"""Mail on its way out: stored bytes, tries, and what became of each."""
