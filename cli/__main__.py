"""`python -m cli`: the same as `folkmoot`."""

import sys

from cli.main import main

sys.exit(main())
