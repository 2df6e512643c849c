"""`make run` with stand-ins for the services, for tests that need it as a program of its own."""

import sys

from deploy.local.__main__ import main
from tests.deploy.stand_in import EVERYWHERE

if __name__ == "__main__":
    sys.exit(main(apps=EVERYWHERE, prepare=None))
