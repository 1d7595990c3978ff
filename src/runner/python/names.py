"""What the names of a piece of code are bound to, as far as reading tells.

Modules and their members are followed through imports, assignments, loops over literals and getattr with
a constant; strings through constants, concatenation, f-strings, dicts and loops. The order of lines is
not looked at: a name is whatever it is anywhere.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node in the order of the text, without recursion and without the context markers."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        yield node
        children: list[ast.AST] = []
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                children += [v for v in value if isinstance(v, ast.AST)]
            elif isinstance(value, ast.AST) and name != "ctx":
                children.append(value)
        stack += reversed(children)


@dataclass
class Bindings:
    """What the code's names are bound to, as far as reading tells; the order of lines is not looked at."""

    objects: dict[str, list[Any]] = field(default_factory=dict)  # modules and members of modules
    values: dict[str, list[ast.expr | None]] = field(default_factory=dict)  # None: anything
    loops: dict[str, list[ast.expr]] = field(default_factory=dict)  # bound to each item of these
    functions: set[str] = field(default_factory=set)
    exceptions: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)  # what the code's own classes put on self

    def bound(self, name: str) -> bool:
        return name in self.values or name in self.loops or name in self.objects

    # -- collecting

    def note(self, node: ast.AST) -> None:
        method = _NOTES.get(type(node))
        if method:
            method(self, node)

    def note_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.split(".")[0]
            self.bind_object(alias.asname or name, sys.modules.get(name))

    def note_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = sys.modules.get(node.module or "")
        for alias in node.names:
            below = sys.modules.get(f"{node.module}.{alias.name}")
            found = vars(module).get(alias.name, below) if module else None
            self.bind_object(alias.asname or alias.name, found)

    def bind_object(self, name: str, found: Any) -> None:
        self.objects.setdefault(name, [])
        if found is not None:
            self.objects[name].append(found)

    def note_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self.bind(target, node.value)

    def note_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.bind(node.target, node.value)

    def note_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.bind(node.target, node.value)

    def note_AugAssign(self, node: ast.AugAssign) -> None:
        self.bind(node.target, None)

    def note_For(self, node: ast.For | ast.comprehension) -> None:
        self.bind_loop(node.target, node.iter)

    note_comprehension = note_AsyncFor = note_For

    def note_arg(self, node: ast.arg) -> None:
        self.values.setdefault(node.arg, []).append(None)

    def note_FunctionDef(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        self.functions.add(node.name)
        self.values.setdefault(node.name, []).append(None)

    note_AsyncFunctionDef = note_ClassDef = note_FunctionDef

    def note_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.exceptions.add(node.name)
            self.values.setdefault(node.name, []).append(None)

    def note_withitem(self, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            self.bind(node.optional_vars, None)

    def note_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.values.setdefault(node.name, []).append(None)

    note_MatchStar = note_MatchAs

    def bind(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.values.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Attribute):
            if is_self(target.value):
                self.members.add(target.attr)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, None)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            for i, part in enumerate(target.elts):
                self.bind(part, parts[i] if len(parts) == len(target.elts) else None)

    def bind_loop(self, target: ast.expr, over: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.loops.setdefault(target.id, []).append(over)
        elif isinstance(target, ast.Tuple | ast.List):
            for i, part in enumerate(target.elts):
                for item in _items(over, i) or [None]:
                    self.bind(part, item)
        else:
            self.bind(target, None)

    # -- asking

    def is_own_member(self, node: ast.Attribute) -> bool:
        """Whether this is self.NAME, and the code's own classes have such a method or attribute."""
        name = node.attr
        return is_self(node.value) and (name in self.members or name in self.functions or name in self.values)

    def starts_known(self, node: ast.AST) -> bool:
        """False for a chain whose first name cannot be a module: most of them, and quickly."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return (
            not isinstance(node, ast.Name) or node.id in self.objects or node.id in self.values or node.id in self.loops
        )

    def resolve(self, node: ast.AST, depth: int = 0) -> list[Any]:
        """The modules, functions and classes that an expression may be, when it starts at a known module."""
        if depth > 20 or not self.starts_known(node):
            return []
        if isinstance(node, ast.Name):
            found = list(self.objects.get(node.id, ()))
            for value in self.values.get(node.id, ()):
                if isinstance(value, ast.Name | ast.Attribute | ast.IfExp | ast.NamedExpr) and value is not node:
                    found += self.resolve(value, depth + 1)
            for over in self.loops.get(node.id, ()):
                if isinstance(over, ast.List | ast.Tuple | ast.Set):
                    found += [o for item in over.elts for o in self.resolve(item, depth + 1)]
            return found
        if isinstance(node, ast.Attribute):
            return [m for o in self.resolve(node.value, depth + 1) for m in member(o, node.attr)]
        if isinstance(node, ast.IfExp):
            return self.resolve(node.body, depth + 1) + self.resolve(node.orelse, depth + 1)
        if isinstance(node, ast.NamedExpr):
            return self.resolve(node.value, depth + 1)
        if isinstance(node, ast.Subscript):
            return [o for item in elements(node.value) for o in self.resolve(item, depth + 1)]
        if isinstance(node, ast.Call) and called(node) == "getattr" and len(node.args) > 1:
            names = self.texts(node.args[1]) or ()
            return [m for o in self.resolve(node.args[0], depth + 1) for n in names for m in member(o, n)]
        return []

    def texts(self, node: ast.AST | None, depth: int = 0) -> set[str] | None:
        """The strings that an expression may be; None where reading does not tell."""
        if node is None or depth > 20:
            return None
        if isinstance(node, ast.Constant):
            return {node.value} if isinstance(node.value, str) else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _joined(self.texts(node.left, depth + 1), self.texts(node.right, depth + 1))
        if isinstance(node, ast.JoinedStr):
            text: set[str] | None = {""}
            for part in node.values:
                whole = isinstance(part, ast.Constant) or (
                    isinstance(part, ast.FormattedValue) and part.conversion == -1 and not part.format_spec
                )
                value = part.value if isinstance(part, ast.FormattedValue) else part
                text = _joined(text, self.texts(value, depth + 1)) if whole else None
            return text
        if isinstance(node, ast.IfExp):
            return _either([self.texts(node.body, depth + 1), self.texts(node.orelse, depth + 1)])
        if isinstance(node, ast.Name):
            return self._texts_of_name(node.id, depth)
        if isinstance(node, ast.Subscript):
            return _either([self.texts(v, depth + 1) for v in elements(self._only(node.value))] or [None])
        return None

    def beginning(self, node: ast.AST | None) -> set[str]:
        """How text that is put together begins, where that much can be read."""
        while isinstance(node, ast.BinOp):
            node = node.left
        if isinstance(node, ast.JoinedStr):
            node = node.values[0] if node.values else None
        if isinstance(node, ast.FormattedValue):
            node = node.value
        if isinstance(node, ast.Name):
            only = self._only(node)
            return self.beginning(only) if only is not node and not isinstance(only, ast.Name) else set()
        return self.texts(node) or set()

    def _texts_of_name(self, name: str, depth: int) -> set[str] | None:
        found = [self.texts(v, depth + 1) for v in self.values.get(name, ())]
        for over in self.loops.get(name, ()):
            over = self._only(over)
            items = over.keys if isinstance(over, ast.Dict) else getattr(over, "elts", None)
            found += [self.texts(i, depth + 1) for i in items] if items else [None]
        return _either(found or [None])

    def _only(self, node: ast.expr) -> ast.expr:
        """A name's value where it has just one, else the expression itself."""
        values = self.values.get(node.id, ()) if isinstance(node, ast.Name) else ()
        return values[0] if len(values) == 1 and values[0] is not None else node


def _joined(left: set[str] | None, right: set[str] | None) -> set[str] | None:
    if left is None or right is None or len(left) * len(right) > 100:
        return None
    return {a + b for a in left for b in right}


def _either(sets: Iterable[set[str] | None]) -> set[str] | None:
    found: set[str] = set()
    for texts in sets:
        if texts is None:
            return None
        found |= texts
    return found


def elements(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return node.values
    return list(node.elts) if isinstance(node, ast.List | ast.Tuple) else []


def _items(over: ast.expr, i: int) -> list[ast.expr | None]:
    """What the i-th name of `for a, b in over` runs through, where that can be read."""
    if isinstance(over, ast.Call):
        by = called(over)
        if by == "enumerate" and over.args and i == 1:
            return list(elements(over.args[0])) or [None]
        if by == "zip" and i < len(over.args):
            return list(elements(over.args[i])) or [None]
        if by == "items" and isinstance(over.func, ast.Attribute) and isinstance(over.func.value, ast.Dict):
            pairs = over.func.value
            return list(pairs.keys if i == 0 else pairs.values)
        return [None]
    rows = [r.elts for r in elements(over) if isinstance(r, ast.Tuple | ast.List)]
    return [r[i] if i < len(r) else None for r in rows] or [None]


def is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def member(o: Any, name: str) -> list[Any]:
    """A module's member, without importing anything; nothing for what is no module."""
    if not isinstance(o, types.ModuleType):
        return []
    below = sys.modules.get(f"{o.__name__}.{name}")
    found = vars(o).get(name, below)
    return [found] if found is not None else []


_NOTES: dict[type, Callable[[Bindings, Any], None]] = {
    getattr(ast, name[5:]): method for name, method in vars(Bindings).items() if name.startswith("note_")
}
