"""The house rules that a test can keep: sizes, names, directions of import, purity, and what no file may mention."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
EMPTY_NAMES = ("Manager", "Handler", "Helper", "Service", "Util", "Utils", "Wrapper")

# The edge from the bottom up: a module may import from the rows above its own, and from its own folder.
LAYERS = (
    ("clock", "codes", "wire", "facts", "archive", "identity", "staffing", "passwords"),
    ("requests", "figures", "parts", "tiles"),
    ("gains", "spans"),
    ("floor", "broker", "rights"),
    ("hours", "accounts", "rosters"),
    ("settings",),
    ("fold", "derived"),
    ("numbers",),
    ("rules", "views", "hall", "dim", "journal"),
    ("boards", "labels"),
    ("lights", "lines"),
    ("visitors",),
    ("deciding", "past"),
    ("core", "replica", "asking", "books"),
    ("devices", "building", "exchange", "cloud", "printing", "panel"),  # the rim: none of them knows another
    ("commands",),
    ("__main__",),
)
WIRES_THINGS = ("commands", "__main__")
PURE = (
    *("wire", "facts", "requests", "floor", "hours", "fold", "rules", "deciding"),
    *(
        "figures",
        "gains",
        "tiles",
        "codes",
        "labels",
        "views",
        "boards",
        "hall",
        "dim",
        "lights",
        "lines",
        "visitors",
        "rights",
        "staffing",
        "spans",
        "books",
        "past",
    ),
)
IMPURE_MODULES = frozenset(
    "asyncio io logging msvcrt multiprocessing os pathlib queue random secrets selectors shutil signal socket sqlite3 "
    "sqlite_utils subprocess tempfile threading time uuid".split()
)
IMPURE_CALLS = ("open", "print", "input", "now", "today", "utcnow")
MAY_IMPORT = {  # of the other folders, and of the edge
    "edge": (),
    "firmware": (),
    "flash": (),
    "web": (*PURE, "clock", "journal", "settings", "replica", "asking", "accounts", "passwords"),
    "hardware": ("parts",),
}

# Put together here, so that this file does not mention them.
HOSTS = tuple(
    ".".join(words)
    for words in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("registry", "npmjs", "org"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:work|root|home)/\w")


def tracked() -> list[PurePosixPath]:
    """Every file that is committed, or would be by `git add .`."""
    line = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(line, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return sorted({PurePosixPath(name) for name in listed.split("\0") if (ROOT / name).is_file()})


def sizes(name: PurePosixPath, source: str, tree: ast.Module) -> Iterator[str]:
    lines = source.count("\n")
    if lines > MODULE_LINES_MAX and name.parts[0] != "tests":
        yield f"{lines} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and name.parts[0] != "tests":
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"line {node.lineno}: {node.name} has {length} lines"


def opening(name: PurePosixPath, source: str, tree: ast.Module) -> Iterator[str]:
    first = (ast.get_docstring(tree) or "").partition("\n\n")[0]
    if not re.match(r"\S.*[.]$", first, re.DOTALL):
        yield "opens with no sentence that says what it is"


def names(name: PurePosixPath, source: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_NAMES):
            yield f"line {node.lineno}: class {node.name} does not say what it is"


def catches(name: PurePosixPath, source: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(one is None or ast.unparse(one) in ("Exception", "BaseException") for one in caught):
                yield f"line {node.lineno}: catches what it cannot name"


def directions(name: PurePosixPath, source: str, tree: ast.Module) -> Iterator[str]:
    folder = name.parts[0]
    if folder not in MAY_IMPORT:
        return
    own = name.parts[1].removesuffix(".py") if folder == "edge" else ""
    if own in WIRES_THINGS:
        return
    for line, top, module in imports(tree):
        if top in MAY_IMPORT and top not in (folder, "edge"):
            yield f"line {line}: {folder} imports {top}"
        elif folder == "edge" and top == "edge" and own != "__init__" and not is_below(module, own):
            yield f"line {line}: {own} imports {module}, which is not below it"
        elif folder != "edge" and top == "edge" and module not in MAY_IMPORT[folder]:
            yield f"line {line}: {folder} imports edge.{module}"


def is_below(module: str, own: str) -> bool:
    level = {name: number for number, row in enumerate(LAYERS) for name in row}
    assert own in level, f"edge/{own}: name its layer in LAYERS"
    return module == own or level.get(module, len(LAYERS)) < level[own]


def purity(name: PurePosixPath, source: str, tree: ast.Module) -> Iterator[str]:
    if name.parts[0] != "edge" or name.parts[1].removesuffix(".py") not in PURE:
        return
    for line, top, _ in imports(tree):
        if top in IMPURE_MODULES:
            yield f"line {line}: a pure module imports {top}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in IMPURE_CALLS:
            yield f"line {node.lineno}: a pure module calls {ast.unparse(node.func)}"


def imports(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """(line, top-level package, module below it) of each import; `from edge import wire` is (…, edge, wire)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            paths = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            paths = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for path in paths:
            top, _, rest = path.partition(".")
            yield node.lineno, top, rest.partition(".")[0]


Rule = Callable[[PurePosixPath, str, ast.Module], Iterator[str]]
RULES: tuple[Rule, ...] = (sizes, opening, names, catches, directions, purity)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_modules(rule: Rule):
    faults = []
    for name in (name for name in tracked() if name.suffix == ".py"):
        source = (ROOT / name).read_text()
        faults += [f"{name}: {fault}" for fault in rule(name, source, ast.parse(source))]
    assert faults == []


def mentions(text: str) -> list[str]:
    return [host for host in HOSTS if host in text] + MACHINE_PATH.findall(text)


def test_no_file_mentions_a_registry_or_a_machine():
    found = {str(name): mentions((ROOT / name).read_text(errors="replace")) for name in tracked()}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (sizes, "edge/core.py", "x = 1\n" * (MODULE_LINES_MAX + 1)),
        (sizes, "edge/core.py", "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
        (opening, "edge/core.py", "import time\n"),
        (opening, "edge/core.py", '"""no sentence"""\n'),
        (names, "edge/core.py", "class LampManager: ...\n"),
        (catches, "tests/x.py", "try: ...\nexcept: ...\n"),
        (catches, "tests/x.py", "try: ...\nexcept (OSError, Exception): ...\n"),
        (directions, "edge/floor.py", "from edge import rules\n"),
        (directions, "edge/rules/desk.py", "from edge.views import lamp\n"),
        (directions, "edge/devices.py", "from edge.exchange import read\n"),
        (directions, "edge/core.py", "import web\n"),
        (directions, "edge/core.py", "def f():\n    from flash.tree import build\n"),
        (directions, "flash/tree.py", "from edge import wire\n"),
        (directions, "firmware/link.py", "from edge import wire\n"),
        (directions, "web/app.py", "from edge.core import Core\n"),
        (purity, "edge/floor.py", "import time\n"),
        (purity, "edge/rules/desk.py", "from random import choice\n"),
        (purity, "edge/figures.py", "import datetime\ndatetime.datetime.now()\n"),
    ],
)
def test_the_rules_find_what_they_look_for(rule: Rule, name: str, source: str):
    assert list(rule(PurePosixPath(name), source, ast.parse(source)))


def test_mentions_are_found():
    assert mentions("see https://" + HOSTS[0])
    assert mentions("cd /" + "home/someone")
    assert not mentions("../home/x and site/root/x")


def test_every_link_of_the_docs_leads_somewhere() -> None:
    pages = [path for path in (ROOT / name for name in tracked()) if path.suffix == ".md"]
    assert pages
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
