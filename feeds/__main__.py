"""`python -m feeds` is the command `feeds`."""

from feeds.cli.main import main

if __name__ == "__main__":
    main(prog_name="feeds")
