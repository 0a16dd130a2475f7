"""`python -m vitals`: the same as `vitals`, for child processes that must run with this Python."""

import os
import sys

from vitals import main

# Without -P the working directory comes first in the import path: modules that happen to lie there must not replace
# ours.
if not sys.flags.safe_path and not __file__.startswith(os.path.join(sys.path[0], "")):
    del sys.path[0]
main()
