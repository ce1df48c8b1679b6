"""`python -m lensmith` is the command line."""

import sys

from lensmith.cli import main

if __name__ == "__main__":
    sys.exit(main())
