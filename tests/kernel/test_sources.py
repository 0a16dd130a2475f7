"""The kernel without its extension is plain C: `make sanitize`, `make fuzz` and `make arm` build programs of it."""

from __future__ import annotations

import re

from tests.kernel.sources import NATIVE, knows_python, sources_without_python

_INCLUDED = re.compile(r'^#include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def test_only_the_extension_s_own_folders_know_python() -> None:
    files = [path for path in NATIVE.glob("*/*.[ch]") if not knows_python(path)]
    assert set(sources_without_python()) <= set(files)
    assert len(files) > 100
    for path in files:
        for name in _INCLUDED.findall(path.read_text()):
            assert name != "Python.h", f"{path.name} includes Python.h: put it into a folder `module…`"
            assert not knows_python((path.parent / name).resolve()), f"{path.name} includes {name}"
