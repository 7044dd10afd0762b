"""wire.py as one role needs it: what its firmware never names is left out, since the code lies in the device's heap.

Lines are blanked, not moved, so that a traceback's numbers are those of the file.
"""

import ast
import re
import threading
from collections.abc import Collection, Iterator
from functools import lru_cache

# CPython 3.11 loses count of an AST's depth when two threads make one (python/cpython#106905).
_one_at_a_time = threading.Lock()


def wire(source: str, role: str, others: Collection[str]) -> str:
    """`source` without the views that the role's text does not name, without the shapes of what devices send, which the edge checks
    when it comes, and then without whatever is named neither by what remains nor by `others`, the texts of the rest of the
    firmware."""
    with _one_at_a_time:
        source, from_device = _unchecked(source), _from_device(source)
        for name in ("SHAPES", "KINDS", "LATER"):
            for node in _values(source, name):
                for key, value in zip(node.keys, node.values, strict=True):
                    word = str(ast.literal_eval(key)) if key else ""
                    if word in from_device or (word.startswith("show/") and f'"{word}"' not in role):
                        source = _without(source, value, key)
        text = "\n".join([role, *others])
        source = _shaken(_of_micropython(source), text)
        return _constants(_shaken(_without_checks(source), text), _names(text))


def _values(source: str, name: str) -> Iterator[ast.Dict]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name and isinstance(node.value, ast.Dict):
            yield node.value


def _from_device(source: str) -> tuple[str, ...]:
    return next(
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and _named(node) == "FROM_DEVICE"
    )


def _unchecked(source: str) -> str:
    """`encode` as it is, but for its check."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == "encode":
            for line in node.body:
                if isinstance(line, ast.Expr) and ast.unparse(line) == "decode(part, raw)":
                    return _without(source, line)
    raise AssertionError("edge/wire.py: encode does not check what it made")


def _without_checks(source: str) -> str:
    """Without the branches of `_fits` for which no shape is left."""
    nodes = ast.parse(source).body
    tuples = [node for top in nodes for node in ast.walk(top) if isinstance(node, ast.Tuple) and node.elts]
    named = {first.elts[0].value for first in tuples if isinstance(first.elts[0], ast.Constant)}
    fits = next(node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == "_fits")
    for line in fits.body:
        match line:
            case ast.If(test=ast.Compare(left=ast.Name(id="kind"), comparators=[ast.Constant(value=kind)])) if (
                kind not in named
            ):
                source = _without(source, line)
    return source


def _of_micropython(source: str) -> str:
    """Without what is for CPython alone: of `if sys.implementation.name == "cpython"` only what stands behind `else`."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.If) and "cpython" in ast.unparse(node.test):
            lines = source.splitlines(keepends=True)
            for i in range(node.lineno - 1, node.orelse[0].lineno - 1):
                lines[i] = "\n"
            lines[node.lineno - 1] = "if True:\n"
            source = "".join(lines)
    return source


def _constants(source: str, others: Collection[str]) -> str:
    """Whole numbers that nobody else names as MicroPython's constants, which take no room."""
    for node in ast.parse(source).body:
        name = _named(node)
        if not (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and type(node.value.value) is int
        ):
            continue
        if name not in others and not name.startswith("_"):
            source = re.sub(rf"\b{name}\b", f"_{name}", source)
            source = re.sub(rf"(?m)^_{name} = (\w+)", rf"_{name} = const(\1)", source)
    return source


def _shaken(source: str, others: str) -> str:
    """Until nothing is left that nobody names."""
    named = _names(others)
    left = [(node, _named(node), _names_in(node)) for node in ast.parse(source).body]
    while True:
        for each in left:
            node, name, _ = each
            if name and name not in named and not any(name in names for other, _, names in left if other is not node):
                left.remove(each)
                source = _without(source, node)
                break
        else:
            return source


@lru_cache(maxsize=4)  # the rest of the firmware is the same for all boards
def _names(source: str) -> frozenset[str]:
    return _names_in(ast.parse(source))


def _names_in(tree: ast.AST) -> frozenset[str]:
    nodes = list(ast.walk(tree))
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return frozenset(
        imported
        | {n.id if isinstance(n, ast.Name) else n.attr for n in nodes if isinstance(n, ast.Name | ast.Attribute)}
    )


def _named(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return ""


def _without(source: str, node: ast.stmt | ast.expr, begin: ast.AST | None = None) -> str:
    """Without the lines from `begin`, or its own first one, to its last one, which hold nothing else."""
    lines = source.splitlines(keepends=True)
    first = getattr(begin or node, "lineno")  # noqa: B009 - every node that has a place has it, which the type does not say
    for i in range(first - 1, node.end_lineno or first):
        lines[i] = "\n"
    return "".join(lines)
