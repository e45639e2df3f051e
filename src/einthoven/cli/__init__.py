"""The command line: parse, call the verb, print. Nothing is computed here.

Exit status: 0 done, 1 an error of Einthoven's own tree (its text on stderr), 2 a command that cannot be parsed.
"""

from einthoven.cli.program import app, main

__all__ = ["app", "main"]
