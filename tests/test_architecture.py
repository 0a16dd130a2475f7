"""Which room may use what: the arrows of the architecture, held by a walk over every module's syntax tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("scoring", "alerts", "streams", "dashboard", "vitals", "bench", "tests")
_VALUES = ("scoring.model", "scoring.event", "scoring")
_CORE = ("scoring.fold", "scoring.explain", "scoring.plan", "scoring.state", *_VALUES)
_GROUND = ("streams", "streams.deployment")
_KAFKA = ("streams.kafka", *_GROUND)
_PROCESS = ("streams.operations", *_KAFKA)
_ANSWERING = (
    *(
        "streams.workspace",
        "streams.read_model",
        "streams.activity",
        "streams.identity",
        "streams.dead_letters",
        "streams.alerting",
    ),
    *(
        "streams.accuracy",
        "streams.replay",
        "streams.control",
        "streams.redis",
        "streams.gateway",
        "streams.forgetting",
    ),
    *("alerts", "alerts.lifecycle", "scoring.oracle"),
    *_PROCESS,
    *_CORE,
)
"""What the dashboard reads and acts with."""
_DASHBOARD = (
    *("dashboard", "dashboard.values", "dashboard.wording"),
    *("dashboard.doors", "dashboard.queries", "dashboard.live"),
)
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "scoring": (),
    "scoring.event": ("scoring",),
    "scoring.model": ("scoring", "scoring.event"),
    "scoring.oracle": _VALUES,
    "scoring.state": _VALUES,
    "scoring.plan": ("scoring.state", *_VALUES),
    "scoring.fold": ("scoring.plan", "scoring.state", *_VALUES),
    "scoring.explain": _CORE,
    "alerts": _CORE,
    "alerts.lifecycle": ("alerts", *_CORE),
    "alerts.sinks": ("alerts", "alerts.lifecycle", *_CORE),
    "streams": ("alerts", "alerts.lifecycle", *_CORE),
    "streams.deployment": ("streams", *_CORE),
    "streams.control": ("streams", "alerts.lifecycle", *_CORE),
    "streams.changelog": ("streams", "streams.deployment", *_CORE),
    "streams.engine": (
        *("streams.changelog", "streams.kernel", "streams.control", "alerts", "alerts.lifecycle"),
        *(*_GROUND, *_CORE),
    ),
    "streams.kafka": (*_GROUND, *_CORE),
    "streams.redis": (*_KAFKA, *_CORE),
    "streams.operations": (*_KAFKA, *_CORE),
    "streams.read_model": ("streams.redis", *_PROCESS, *_CORE),
    "streams.score_sinks": (
        *("streams.notifier", "streams.read_model", "streams.redis", "alerts", "alerts.lifecycle", "alerts.sinks"),
        *_PROCESS,
        *_CORE,
    ),
    "streams.interactions": (
        *("streams.notifier", "streams.control", "streams.read_model", "streams.redis"),
        *("alerts", "alerts.lifecycle", "alerts.sinks"),
        *_PROCESS,
        *_CORE,
    ),
    "streams.notifier": (
        *("streams.redis", "streams.control", "alerts", "alerts.lifecycle", "alerts.sinks"),
        *_PROCESS,
        *_CORE,
    ),
    "streams.kernel": ("streams", *_CORE),
    "streams.replay": ("streams.kernel", "streams.control", "alerts", "alerts.lifecycle", *_KAFKA, *_CORE),
    "streams.guard": ("streams.control", "alerts", "alerts.lifecycle", *_PROCESS, *_CORE),
    "streams.backtest": ("streams.replay", "alerts", *_KAFKA, *_CORE),
    "streams.calibrate": ("streams.backtest", "streams.replay", "streams.control", *_KAFKA, *_CORE),
    "streams.accuracy": ("streams.backtest", "streams.replay", *_KAFKA, *_CORE),
    "streams.alerting": (
        *("streams.replay", "streams.backtest", "streams.accuracy", "streams.control", "streams.read_model"),
        *("alerts", "alerts.lifecycle"),
        *_PROCESS,
        *_CORE,
    ),
    "streams.identity": ("streams.control", "streams.redis", "streams.replay", *_PROCESS, *_CORE),
    "streams.forgetting": (
        *("streams.identity", "streams.control", "streams.notifier", "streams.redis", "streams.workspace", "alerts"),
        *_PROCESS,
        *_CORE,
    ),
    "streams.gateway": ("streams.identity", "streams.control", *_PROCESS, *_CORE),
    "streams.dead_letters": ("streams.gateway", "streams.identity", "streams.control", *_PROCESS, *_CORE),
    "streams.importing": ("streams.identity", "streams.replay", "streams.control", *_PROCESS, *_CORE),
    "streams.verify": ("streams.control", "scoring.oracle", *_PROCESS, *_CORE),
    "streams.worker": (
        *("streams.engine", "streams.changelog", "streams.kernel", "streams.control", "alerts", "alerts.lifecycle"),
        *_PROCESS,
        *_CORE,
    ),
    "streams.doctor": ("streams.notifier", "streams.redis", "streams.changelog", *_KAFKA, *_CORE),
    "streams.workspace": (*_PROCESS, *_CORE),
    "streams.activity": ("streams.read_model", "streams.redis", "streams.control", "alerts", *_PROCESS, *_CORE),
    "dashboard.values": (),
    "dashboard.wording": (),
    "dashboard.charts": ("dashboard.values", "dashboard.wording"),
    "dashboard.book": (
        *("dashboard.values", "streams.read_model", "streams.activity", "streams.redis", "alerts"),
        *_PROCESS,
        *_CORE,
    ),
    "dashboard.queries": ("dashboard.values", "dashboard.wording", "dashboard.book", *_ANSWERING),
    "dashboard.live": (
        *("dashboard.values", "dashboard.wording", "dashboard.doors", "dashboard.queries", "dashboard.book"),
        *_ANSWERING,
    ),
    "dashboard.doors": ("dashboard.values", "streams.workspace", *_PROCESS, *_CORE),
    "dashboard.acts": (
        *("dashboard.values", "dashboard.doors", "dashboard.queries", "streams.interactions"),
        *_ANSWERING,
    ),
    "dashboard.sharing": ("dashboard.values", "dashboard.doors", "dashboard.queries", *_ANSWERING),
    "dashboard.api": (*_DASHBOARD, "dashboard.acts", "dashboard.sharing", *_ANSWERING),
    "dashboard.pages": (*_DASHBOARD, "dashboard.charts", "dashboard.acts", "dashboard.sharing", *_ANSWERING),
    "dashboard.tools": ("dashboard.values", "streams", "streams.deployment"),
    "dashboard": ("*",),
    "vitals": ("*",),
    "vitals.local": ("*",),
    "vitals.commands": ("*",),
    "bench": ("*",),
    "tests": ("*",),
}
"""Room by room, those whose modules may be imported, beside its own. "*" is all that is shipped."""
PURE = frozenset(sys.stdlib_module_names) | {"msgspec"}
KNOW_FAUST = (
    *(f"streams/worker/{name}.py" for name in ("faust_app", "faust_consumer", "faust_thread")),
    "streams/guard/faust_app.py",
)
PRIVATE_API = "streams/worker/faust_consumer.py"
PURE_OF_STREAMS = ("streams/engine/", "streams/changelog/", "streams/control/", "streams/gateway/vendors/")
WORLDLY_MODULES = frozenset(
    ("asyncio", "io", "logging", "os", "random", "secrets", "socket", "subprocess", "sys", "threading", "time")
)
WORLDLY_CALLS = frozenset(
    ("open", "print", "input", "exec", "eval", "datetime.now", "datetime.utcnow", "datetime.today", "date.today")
)
ENVIRONMENT = frozenset(("os.environ", "os.environb", "os.getenv", "os.getenvb", "environ", "getenv"))
MODULE_LINES, CLASS_LINES, FOLDER_FILES = 300, 200, 20
NATIVE = "streams/kernel/native"
KERNEL = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / NATIVE).rglob("*.[ch]"))
C_FILE_LINES, C_FUNCTION_LINES = {".c": 250, ".h": 300}, 40
C_FUNCTION = re.compile(r"^\w[^\n;]*?(\w+)\([^;{]*\) \{\n.*?^\}", re.MULTILINE | re.DOTALL)
C_OUTSIDE = re.compile(
    r"Python\.h|time\.h|unistd\.h|sys/\w+\.h|fcntl\.h"
    r"|\b(?:getenv|setenv|time|clock|clock_gettime|rand|random|fopen|f?printf|puts|system|socket)\("
)


def files(*rooms: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


SHIPPED = files("scoring", "alerts", "streams", "dashboard", "vitals")
EVERYTHING = files(*ROOMS)
CORE = [file for file in files("scoring", "alerts") if not file.startswith("alerts/sinks/")]


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


@cache
def modules() -> dict[str, str]:
    """Each module of ours, by its dotted name."""
    return {file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file for file in EVERYTHING}


@cache
def imported(file: str) -> frozenset[str]:
    """The modules of ours that a module imports."""
    found = set()
    for name in imports(file):
        module = name if name in modules() else name.rpartition(".")[0]
        if module in modules():
            found.add(modules()[module])
    return frozenset(found - {file})


@cache
def room_of(file: str) -> str:
    """The room of a module: the first two folders of its path at most. Those of `tests` and `bench` are one room."""
    top, *below = Path(file).parent.parts
    return top if top in ("tests", "bench") or not below else f"{top}.{below[0]}"


def reached(starts: Iterable[str]) -> set[str]:
    """The modules that are imported by some of these, directly or through others, and these themselves."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        if (file := waiting.pop()) not in seen:
            seen.add(file)
            waiting.extend(imported(file))
    return seen


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
    wrong = [
        f"{file} -> {other}"
        for file in EVERYTHING
        for other in imported(file)
        if room_of(other) not in (*MAY_IMPORT[room_of(file)], room_of(file)) and MAY_IMPORT[room_of(file)] != ("*",)
    ]
    assert wrong == []


def test_nothing_that_is_shipped_imports_the_tests_or_the_benchmark() -> None:
    assert imports_of(SHIPPED, {"tests", "bench"}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Also where the import is for type checking only."""
    circles = {file for file in SHIPPED if file in reached(imported(file))}
    assert circles == set()


def test_imports_say_which_room_they_come_from() -> None:
    assert [f"{file}: {name}" for file in EVERYTHING for name in imports(file) if name.startswith(".")] == []


def test_the_rooms_were_found() -> None:
    assert {room_of(file) for file in SHIPPED} == {room for room in MAY_IMPORT if room not in ("tests", "bench")}
    assert all(len(files(room)) > 5 for room in ("scoring", "alerts", "streams", "vitals", "tests"))


# --- sizes


def test_no_module_is_long() -> None:
    lengths = {file: len((ROOT / file).read_text("utf-8").splitlines()) for file in SHIPPED}
    assert {file for file, length in lengths.items() if length > MODULE_LINES} == set()


def test_no_class_is_long() -> None:
    lengths = {
        f"{file}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file in SHIPPED
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef)
    }
    assert {name for name, length in lengths.items() if length > CLASS_LINES} == set()


def test_no_folder_is_crowded() -> None:
    counts = Counter(Path(file).parent.as_posix() for file in (*EVERYTHING, *KERNEL))
    assert {folder: count for folder, count in counts.items() if count > FOLDER_FILES} == {}


# --- the kernel's C files


def test_no_c_file_is_long() -> None:
    lengths = {file: len((ROOT / file).read_text("utf-8").splitlines()) for file in KERNEL}
    assert {file: length for file, length in lengths.items() if length > C_FILE_LINES[file[-2:]]} == {}
    assert len(lengths) > 50


def test_no_c_function_is_long() -> None:
    lengths = {
        f"{file}: {found[1]}": len(found[0].splitlines())
        for file in KERNEL
        for found in C_FUNCTION.finditer((ROOT / file).read_text("utf-8"))
    }
    assert {name: length for name, length in lengths.items() if length > C_FUNCTION_LINES} == {}
    assert len(lengths) > 300


def test_the_kernel_knows_no_python_no_clock_no_environment_and_no_files() -> None:
    """So it can be fuzzed, and run as another processor would, without Python. Exceptions: the module, and the text
    with which `core/memory.c` ends the process."""
    found = {(file, word) for file in KERNEL for word in C_OUTSIDE.findall((ROOT / file).read_text("utf-8"))}
    modules = (f"{NATIVE}/module/", f"{NATIVE}/module_worker/")
    module = {(file, word) for file, word in found if file.startswith(modules)}
    assert {word for _, word in module} == {"Python.h"}
    assert found - module == {(f"{NATIVE}/core/memory.c", "fprintf(")}


# --- purity


def test_scoring_uses_the_standard_library_and_msgspec_alone() -> None:
    assert imports_beyond(files("scoring"), PURE | {"scoring"}) == []


def test_alerts_use_libraries_in_their_sinks_alone() -> None:
    libraries = {"aiosmtplib", "httpx", "jinja2", "rich", "standardwebhooks"}
    assert imports_beyond(files("alerts"), PURE | {"alerts", "scoring", *libraries}) == []
    assert imports_of(CORE, libraries) == []


def test_the_core_has_no_clock_no_environment_no_log_and_no_files() -> None:
    """Neither by itself nor through what it imports."""
    within = reached(CORE)
    assert imports_of(within, WORLDLY_MODULES) == []
    assert calls_of(within, WORLDLY_CALLS) == []


def test_what_decides_in_a_worker_is_given_time_and_bytes_and_does_no_io() -> None:
    """Neither by itself nor through what it imports."""
    within = reached(file for file in SHIPPED if file.startswith(PURE_OF_STREAMS))
    worldly = imports_of(within, WORLDLY_MODULES | {"redis", "faust", "mode", "aiokafka", "httpx"})
    assert worldly == []
    assert calls_of(within, WORLDLY_CALLS) == []


# --- owners


def test_the_fold_alone_writes_an_account() -> None:
    """But for its restore from a changelog, and the fields that `scoring.state.account` names."""
    caches = (f"scoring/state/{name}.py" for name in ("daily_totals", "gaps", "past_windows"))
    owners = ("scoring/fold/", "streams/changelog/", "scoring/plan/score_cache.py", *caches)
    written = {
        f"{file}: {ast.unparse(target)}"
        for file in SHIPPED
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if ast.unparse(target).startswith("account.") and not file.startswith(owners)
    }
    assert written == set()


# --- other people's private parts


def test_only_two_modules_of_the_worker_and_one_of_the_guard_know_faust() -> None:
    """The guard's uses the public interface alone. Besides, the benchmark measures stock Faust, and the contract suite
    looks at what the worker's rely on."""
    others = [
        file for file in EVERYTHING if file not in KNOW_FAUST and not file.startswith(("bench/", "tests/contracts/"))
    ]
    assert imports_of(others, {"faust", "mode"}) == []


def test_no_private_name_of_another_package_is_imported() -> None:
    private = [
        f"{file}: {name}"
        for file in SHIPPED
        for name in imports(file)
        if file != PRIVATE_API
        and not name.startswith(file.rpartition("/")[0].replace("/", ".") + "._")
        and any(part.startswith("_") for part in name.removeprefix("__future__").split("."))
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
