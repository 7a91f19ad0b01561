"""The package keeps its structure: imports run downwards, libraries are used in their rooms only, files are short.

The order is that of ARCHITECTURE.md. Every import counts, also inside functions and under TYPE_CHECKING.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mockbot"
LONGEST = 300

ROWS = [
    {"__main__"},
    {"cli"},
    {"fuzz"},
    {"record"},
    {"testing"},
    {"verify"},
    {"server"},
    {"app"},
    {"short_way"},
    {"control", "console"},
    {"astrbot"},
    {"generic"},
    {"profile"},
    {"world"},
    {"behaviour", "breakpoints"},
    {"script", "journal", "exchange"},
    {"contract", "fault"},
    {"openapi", "sample"},
    {"settings", "violation", "response", "sse", "source", "jsontext", "matching", "expression", "wording", "bounded"}
    | {"errors", "resources", "jsonlines", "yamltext", "tomltext", "steady", "ecmascript", "duration", "reads"}
    | {"prepared", "limited", "written", "turns", "held", "dataclass"},
]
"""Rooms from the outermost row to the leaves. Leaves may import each other; rooms in one of the other rows may not."""

LIBRARIES = {
    "click": {"cli"},
    "uvicorn": {"server"},
    "h11": {"server", "verify"},
    "watchfiles": {"server"},
    "starlette": {
        "server",
        "app",
        "short_way",
        "profile",
        "control",
        "astrbot",
        "generic",
        "world",
        "journal",
        "contract",
        "fault",
    }
    | {"breakpoints", "console", "openapi", "record", "response"},
    "openapi_core": {"contract"},
    "openapi_schema_validator": {"contract"},
    "jsonschema": {"contract"},
    "jsonschema_rs": {"contract"},
    "jsonschema_path": {"contract"},
    "jsonpath": {"openapi"},
    "python_multipart": {"astrbot"},
    "referencing": {"contract"},
    "werkzeug": {"contract"},
    "yaml": {"yamltext"},
    "re2": {"expression", "ecmascript"},
    "regex": {"ecmascript"},
    "schemathesis": {"verify"},
    "hypothesis": {"fuzz"},
    "httpx": {"verify", "record"},
    "urllib3": {"verify"},
    "pytest": {"testing"},
}
"""The rooms that may import a library."""

ROW = {room: row for row, rooms in enumerate(ROWS) for room in rooms}
LEAVES = len(ROWS) - 1


def imports(source: str, path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of each import in the file at `path`, relative to the package."""
    package = ["mockbot", *path.parent.parts]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def room_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def misplaced(source: str, path: Path) -> Iterator[str]:
    """Yield a sentence for each import that is not allowed."""
    room = room_of(path)
    if room == "__init__":  # exports names of the rooms
        return
    if room not in ROW:
        yield f"mockbot/{path}:1: {room} is not a known room: add it to ARCHITECTURE.md and test_layers.py"
        return
    for line, name in imports(source, path):
        library, _, rest = name.partition(".")
        if library == "mockbot":
            target = rest.partition(".")[0]
            downwards = ROW.get(target, LEAVES) > ROW[room] or ROW[room] == LEAVES == ROW.get(target, LEAVES)
            if target != room and not downwards:
                yield f"mockbot/{path}:{line}: {room} must not import {target}: imports run downwards only"
        elif library not in sys.stdlib_module_names and room not in LIBRARIES.get(library, ()):
            allowed = ", ".join(sorted(LIBRARIES.get(library, ["no room"])))
            yield f"mockbot/{path}:{line}: {library} must not be imported in {room}, only in {allowed}"


def files() -> list[Path]:
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if "data" not in path.parts)


def test_imports_run_downwards_and_libraries_are_used_in_their_rooms() -> None:
    mistakes = [each for path in files() for each in misplaced((PACKAGE / path).read_text("utf-8"), path)]
    assert not mistakes, "\n".join(mistakes)


def test_every_imported_library_is_a_declared_dependency() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["check"]]
    declared = {normalized(re.split(r"[^\w.-]", requirement)[0]) for requirement in wanted}
    used = {
        name.partition(".")[0]
        for path in files()
        if room_of(path) != "testing"  # pytest is installed wherever its plugin is used
        for _, name in imports((PACKAGE / path).read_text("utf-8"), path)
    }
    sources = packages_distributions()
    libraries = used - sys.stdlib_module_names - {"mockbot"}
    assert not [name for name in libraries if declared.isdisjoint(map(normalized, sources[name]))]


def normalized(name: str) -> str:
    """Return the name of a distribution as indexes compare it (the specification of name normalization, PyPA)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    modules = {".".join(["mockbot", *path.with_suffix("").parts]).removesuffix(".__init__"): path for path in files()}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        names = {found for _, found in imports((PACKAGE / path).read_text("utf-8"), path)}
        wanted = {found if found in modules else found.rpartition(".")[0] for found in names}
        graph[name] = (wanted & modules.keys()) - {name, "mockbot"} if name != "mockbot" else set()
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("import circle: " + " <- ".join(error.args[1]))


def test_rooms_that_serve_any_document_do_not_name_astrbot() -> None:
    rooms = {"openapi", "contract", "sample", "generic", "journal", "fault", "server", "world", "script"}
    texts = {path: (PACKAGE / path).read_text("utf-8").lower() for path in files() if room_of(path) in rooms}
    assert {room_of(path) for path in texts} == rooms
    assert not [f"mockbot/{path}" for path, text in texts.items() if "astrbot" in text]


def test_versions_of_astrbot_share_modules_but_not_each_other() -> None:
    """`versions.py` alone imports the package of a version, apart from that package itself."""
    mistakes = [
        f"mockbot/{path}:{line}: a version of AstrBot is imported only by versions.py; move what is shared out of it"
        for path in files()
        if path.parts[0] == "astrbot" and path.name != "versions.py"
        for line, name in imports((PACKAGE / path).read_text("utf-8"), path)
        for version in re.findall(r"^mockbot\.astrbot\.(v\d\w+)", name)
        if version != path.parts[1]
    ]
    assert not mistakes, "\n".join(mistakes)


def test_files_are_short() -> None:
    lengths = {path: len((PACKAGE / path).read_text("utf-8").splitlines()) for path in files()}
    mistakes = [
        f"mockbot/{path}:{length}: longer than {LONGEST} lines: move its second subject to another file"
        for path, length in lengths.items()
        if length > LONGEST
    ]
    assert not mistakes, "\n".join(mistakes)


def test_an_init_file_only_exports_names() -> None:
    mistakes = [
        f"mockbot/{path}:{node.lineno}: an __init__ file only exports names; move this to a module"
        for path in files()
        if path.name == "__init__.py" and len(path.parts) > 1
        for node in ast.parse((PACKAGE / path).read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert not mistakes, "\n".join(mistakes)


@pytest.mark.parametrize(
    ("path", "source", "mistake"),
    [
        (
            "world/clock.py",
            "from mockbot.astrbot import chat",
            "mockbot/world/clock.py:1: world must not import astrbot",
        ),
        ("sse.py", "def f():\n    import mockbot.app", "mockbot/sse.py:2: sse must not import app"),
        (
            "generic/a.py",
            "if TYPE_CHECKING:\n    from ..app import A",
            "mockbot/generic/a.py:2: generic must not import app",
        ),
        ("script/a.py", "from mockbot import journal", "mockbot/script/a.py:1: script must not import journal"),
        (
            "app.py",
            "import uvicorn.config",
            "mockbot/app.py:1: uvicorn must not be imported in app, only in server",
        ),
        (
            "astrbot/a.py",
            "import requests",
            "mockbot/astrbot/a.py:1: requests must not be imported in astrbot, only in no room",
        ),
        ("helpers.py", "", "mockbot/helpers.py:1: helpers is not a known room"),
    ],
)
def test_a_forbidden_import_is_named_with_its_line(path: str, source: str, mistake: str) -> None:
    (found,) = misplaced(source, Path(path))
    assert found.startswith(mistake)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cli.py", "import click\nfrom mockbot.server import Server"),
        ("world/world.py", "from .clock import Clock\nfrom mockbot.script import play"),
        ("yamltext.py", "import yaml\nfrom mockbot.errors import UserError"),
        ("server.py", "from mockbot import __version__"),
    ],
)
def test_allowed_imports(path: str, source: str) -> None:
    assert list(misplaced(source, Path(path))) == []
