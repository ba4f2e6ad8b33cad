"""The job `paper` prints the morning's sheets, each once, in one order in all piles."""
