"""`python -m vitals`: the same as `vitals`, for child processes of this very Python."""

import os
import sys

from vitals import main

# Without -P the working directory comes first: what lies there by chance is not to be imported for what we need.
if not sys.flags.safe_path and not __file__.startswith(os.path.join(sys.path[0], "")):
    del sys.path[0]
main()
