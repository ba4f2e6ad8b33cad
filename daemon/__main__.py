"""`python -m daemon` is `nightclerk`."""

from daemon.cli import main

main()
