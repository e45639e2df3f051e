"""`python -m einthoven` is the command line."""

from einthoven.cli import main

if __name__ == "__main__":
    main()
