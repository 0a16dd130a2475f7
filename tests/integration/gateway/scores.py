"""What `vitals replay` says of events."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any


def scores_of(file: Path, lines: Sequence[str], as_of: datetime) -> dict[str, Any]:
    """Score and facts of each account, by the default model."""
    file.write_text("\n".join(lines), "utf-8")
    instant = as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
    command = [sys.executable, "-m", "vitals", "replay", str(file), "--model", "default", "--as-of", instant, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {each["account_id"]: (each["score"], each["facts"]) for each in found}
