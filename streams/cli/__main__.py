"""`python -m streams.cli`: the same as `vitals`, for child processes of this very Python."""

from streams.cli.app import main

main()
