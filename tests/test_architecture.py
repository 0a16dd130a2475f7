"""Which room may use what: the arrows of the architecture, held by a walk over every module's syntax tree."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("scoring", "alerts", "streams", "dashboard", "bench", "tests")
MAY_IMPORT = {
    "scoring": {"scoring"},
    "alerts": {"alerts", "scoring"},
    "streams": {"streams", "alerts", "scoring"},
    "dashboard": {"dashboard", "streams", "alerts", "scoring"},
    "bench": set(ROOMS),
    "tests": set(ROOMS),
}
OF_STREAMS_FOR_THE_DASHBOARD = ("streams.read_model", "streams.errors", "streams.settings", "streams.observe")
PURE = frozenset(sys.stdlib_module_names) | {"msgspec"}
EDGE_OF_ALERTS = ("alerts/http.py", "alerts/slack.py", "alerts/webhook.py", "alerts/terminal.py", "alerts/sink.py")
LANE = "streams/lane.py"
PURE_OF_STREAMS = tuple(
    f"streams/{name}.py" for name in ("partition", "entry", "records", "merge", "message", "outputs", "control")
)
WORLDLY_MODULES = frozenset(
    ("asyncio", "io", "logging", "os", "random", "secrets", "socket", "subprocess", "sys", "threading", "time")
)
WORLDLY_CALLS = frozenset(
    ("open", "print", "input", "exec", "eval", "datetime.now", "datetime.utcnow", "datetime.today", "date.today")
)
ENVIRONMENT = frozenset(("os.environ", "os.environb", "os.getenv", "os.getenvb", "environ", "getenv"))


def files(*rooms: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


SHIPPED = files("scoring", "alerts", "streams", "dashboard")
EVERYTHING = files(*ROOMS)
CORE = [file for file in files("scoring", "alerts") if file not in EDGE_OF_ALERTS]


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"), file)


def imports(file: str) -> Iterator[str]:
    """The dotted name of every import of a module, also inside functions and for type checking only."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def package(name: str) -> str:
    return name.split(".")[0]


def imports_beyond(checked: Iterable[str], allowed: frozenset[str] | set[str]) -> list[str]:
    """«file: import» for each import from a package that is not allowed."""
    return [f"{file}: {name}" for file in checked for name in imports(file) if package(name) not in allowed]


def imports_of(checked: Iterable[str], forbidden: frozenset[str] | set[str]) -> list[str]:
    """«file: import» for each import from a forbidden package."""
    return [f"{file}: {name}" for file in checked for name in imports(file) if package(name) in forbidden]


def calls_of(checked: Iterable[str], forbidden: frozenset[str]) -> list[str]:
    """«file: call» for each call of a forbidden function."""
    return [
        f"{file}: {called}"
        for file in checked
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in forbidden
    ]


# --- arrows


def test_arrows_never_turn_back() -> None:
    for room in ROOMS:
        assert imports_of(files(room), set(ROOMS) - MAY_IMPORT[room]) == []


def test_imports_say_which_room_they_come_from() -> None:
    assert [f"{file}: {name}" for file in EVERYTHING for name in imports(file) if name.startswith(".")] == []


def test_the_dashboard_knows_the_read_model_and_not_the_engine() -> None:
    engine = [name for file in files("dashboard") for name in imports(file) if package(name) == "streams"]
    assert [name for name in engine if not name.startswith(OF_STREAMS_FOR_THE_DASHBOARD)] == []


def test_the_rooms_were_found() -> None:
    assert all(len(files(room)) > 5 for room in ("scoring", "alerts", "streams", "tests"))


# --- purity


def test_scoring_uses_the_standard_library_and_msgspec_alone() -> None:
    assert imports_beyond(files("scoring"), PURE | {"scoring"}) == []


def test_alerts_use_httpx_and_rich_at_their_edge_alone() -> None:
    assert imports_beyond(files("alerts"), PURE | {"alerts", "scoring", "httpx", "rich"}) == []
    assert imports_of(CORE, {"httpx", "rich"}) == []


def test_the_core_has_no_clock_no_environment_no_log_and_no_files() -> None:
    assert imports_of(CORE, WORLDLY_MODULES) == []
    assert calls_of(CORE, WORLDLY_CALLS) == []


def test_what_decides_in_a_worker_is_given_time_and_bytes_and_does_no_io() -> None:
    assert imports_of(PURE_OF_STREAMS, WORLDLY_MODULES | {"redis", "faust", "httpx"}) == []
    assert calls_of(PURE_OF_STREAMS, WORLDLY_CALLS) == []


# --- other people's private parts


def test_only_the_lane_knows_faust() -> None:
    """Besides, the benchmark measures stock Faust, and the lane's contract suite looks at what the lane leans on."""
    others = [file for file in EVERYTHING if file != LANE and not file.startswith(("bench/", "tests/contracts/"))]
    assert imports_of(others, {"faust", "mode"}) == []


def test_no_private_name_of_another_package_is_imported() -> None:
    private = [
        f"{file}: {name}"
        for file in SHIPPED
        for name in imports(file)
        if file != LANE and any(part.startswith("_") for part in name.removeprefix("__future__").split("."))
    ]
    assert private == []


# --- nothing happens at import


def test_the_environment_is_read_in_functions_alone() -> None:
    """A default argument is no exception: it is worked out when the module is imported."""
    read = [f"{file}: {name}" for file in SHIPPED for name in _names_at_import(tree(file)) if name in ENVIRONMENT]
    assert read == []


def _names_at_import(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        at_import: list[ast.AST] = [*node.decorator_list, node.args]
    elif isinstance(node, ast.Lambda) or (isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)):
        at_import = []
    else:
        at_import = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Attribute | ast.Name):
        yield ast.unparse(node)
    for child in at_import:
        yield from _names_at_import(child)


WATCH = """
import importlib, os, sys
seen = []
WATCHED = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.exec", "os.fork", "os.system")

def hook(event, args):
    if event in WATCHED:
        seen.append(event)
    elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        seen.append(f"open {args[0]}")

theirs, ours = (names.split(",") for names in sys.argv[1:])
for name in theirs:
    try:
        importlib.import_module(name)
    except ImportError:
        importlib.import_module(name.rpartition(".")[0])
sys.addaudithook(hook)
for name in ours:
    importlib.import_module(name)
print("\\n".join(seen), end="")
"""


def test_importing_everything_opens_no_connection_starts_nothing_and_writes_nothing() -> None:
    """In a process of its own. What the libraries do on their own import is theirs, so they are imported before."""
    importable = [file for file in SHIPPED if not file.endswith("__main__.py")]
    ours = [file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in importable]
    theirs = sorted({name for file in SHIPPED for name in imports(file) if package(name) not in PURE | set(ROOMS)})
    command = [sys.executable, "-B", "-c", WATCH, ",".join(theirs), ",".join(ours)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ""
