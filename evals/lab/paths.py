"""Whether the paths of a template are there: `finding.title` is held against the fields of the declared type.

Types are followed through loops, assignments and the common filters; where they cannot be known nothing is reported.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Union, get_args, get_origin

from jinja2 import nodes
from pydantic import BaseModel

from prompts import EXAMPLES, Prompt, environment

Scope = Mapping[str, Any]
PLAIN: Mapping[str, Any] = {"text": str, "count": int, "number": float}
WORDS: Mapping[Any, str] = {str: "text", int: "a count", float: "a number", bool: "yes or no"}
GIVES: Mapping[str, Any] = {
    **dict.fromkeys(("join", "format", "upper", "lower", "trim", "replace", "title", "capitalize", "tojson"), str),
    **dict.fromkeys(("length", "count", "int", "round"), int),
}
KEEPS = ("sort", "reverse", "list", "unique")


def resolve(dotted: str) -> Any:  # noqa: ANN401 - a class or a function, as the path says
    """What a dotted path names. Raises LookupError where there is no such thing."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"{dotted!r} does not exist") from error


def input_type(declared: str) -> Any:  # noqa: ANN401 - a type as annotations write it
    """The Python type of a declared input. Raises LookupError where its path names no pydantic model."""
    if declared.startswith("list["):
        return list[input_type(declared[5:-1])]  # type: ignore[misc]
    if declared in PLAIN:
        return PLAIN[declared]
    found = resolve(declared)
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise LookupError(f"{declared!r} is not a pydantic model")
    return found


def wrong_paths(prompt: Prompt, types: Scope) -> Iterator[tuple[int, str]]:
    """Line of the file and fault of every path that the declared types do not have."""
    for part in prompt.parts:
        checker = _Checker()
        checker.block(environment().parse(part.source).body, {**types, EXAMPLES: Any})
        yield from ((part.line + line, what) for line, what in dict.fromkeys(checker.faults))


class _Checker:
    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []

    def block(self, body: list[nodes.Node], scope: Scope) -> None:
        """The statements of one block, in order; what one assigns the next ones see."""
        for node in body:
            scope = self._statement(node, scope)

    def _statement(self, node: nodes.Node, scope: Scope) -> Scope:
        if isinstance(node, nodes.Output):
            for each in node.nodes:
                self._printed(each, scope)
        elif isinstance(node, nodes.For):
            self._loop(node, scope)
        elif isinstance(node, nodes.If):
            self.of(node.test, scope)
            for body in (node.body, node.elif_, node.else_):
                self.block(list(body), scope)
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            return {**scope, node.target.name: self.of(node.node, scope)}
        else:
            self._all(node, scope)
        return scope

    def _printed(self, node: nodes.Node, scope: Scope) -> None:
        told = self.of(node, scope)
        if _fields(told) is not None or _element(told) is not None:
            what = (
                "has fields: name one of them" if _fields(told) is not None else "is a list: join it, or loop over it"
            )
            self.faults.append((node.lineno, f"{_source(node)!r} {what}"))

    def _loop(self, node: nodes.For, scope: Scope) -> None:
        over = self.of(node.iter, scope)
        one = _element(over)
        if over is not Any and one is None:
            self.faults.append((node.lineno, f"{_source(node.iter)!r} is {_said(over)}, not a list"))
        names = [each.name for each in node.target.find_all(nodes.Name)]
        if isinstance(node.target, nodes.Name):
            names = [node.target.name]
        inner = {**scope, "loop": Any, **dict.fromkeys(names, Any if len(names) > 1 or one is None else one)}
        if node.test is not None:
            self.of(node.test, inner)
        self.block(list(node.body), inner)
        self.block(list(node.else_), scope)

    def of(self, node: nodes.Node, scope: Scope) -> Any:  # noqa: ANN401 - a type as annotations write it
        """The type of an expression, Any where it cannot be known."""
        if isinstance(node, nodes.Name):
            return scope.get(node.name, Any)
        if isinstance(node, nodes.Getattr):
            return self._field(node, self.of(node.node, scope))
        if isinstance(node, nodes.Getitem):
            self.of(node.arg, scope)
            held = self.of(node.node, scope)
            return held if isinstance(node.arg, nodes.Slice) else _element(held) or Any
        if isinstance(node, nodes.Filter) and node.node is not None:
            return self._filtered(node, scope)
        self._all(node, scope)
        return Any

    def _field(self, node: nodes.Getattr, held: Any) -> Any:  # noqa: ANN401 - a type as annotations write it
        fields = _fields(held)
        if held is Any or (fields is not None and node.attr in fields):
            return Any if fields is None else fields[node.attr]
        there = f"it has {', '.join(fields)}" if fields is not None else f"it is {_said(held)}"
        self.faults.append((node.lineno, f"{_source(node.node)!r} has no field {node.attr!r}; {there}"))
        return Any

    def _filtered(self, node: nodes.Filter, scope: Scope) -> Any:  # noqa: ANN401 - a type as annotations write it
        before = self.of(node.node, scope) if node.node is not None else Any
        for each in (*node.args, *(pair.value for pair in node.kwargs)):
            self.of(each, scope)
        if node.name in ("first", "last"):
            return _element(before) or Any
        return before if node.name in KEEPS else GIVES.get(node.name, Any)

    def _all(self, node: nodes.Node, scope: Scope) -> None:
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Expr):
                self.of(child, scope)


def _fields(held: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - a type as annotations write it
    if isinstance(held, type) and get_origin(held) is None and issubclass(held, BaseModel):
        return {name: bare(field.annotation) for name, field in held.model_fields.items()}
    return None


def _element(held: Any) -> Any:  # noqa: ANN401 - a type as annotations write it
    """The type of one element of a list, None for what is no list."""
    return bare(get_args(held)[0]) if get_origin(held) in (list, tuple) else None


def bare(annotation: Any) -> Any:  # noqa: ANN401 - a type as annotations write it
    """An annotation without None; Any for what may be several things, or holds no fields."""
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        kept = [each for each in get_args(annotation) if each is not type(None)]
        return bare(kept[0]) if len(kept) == 1 else Any
    return annotation if annotation in WORDS or _element_like(annotation) else Any


def _element_like(annotation: Any) -> bool:  # noqa: ANN401 - a type as annotations write it
    return get_origin(annotation) in (list, tuple) or (
        isinstance(annotation, type) and issubclass(annotation, BaseModel)
    )


def _said(held: Any) -> str:  # noqa: ANN401 - a type as annotations write it
    return WORDS.get(held, "a list" if _element(held) is not None else getattr(held, "__name__", str(held)))


def _source(node: nodes.Node) -> str:
    """An expression as the template writes it, as far as it is a path."""
    if isinstance(node, nodes.Getattr):
        return f"{_source(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "the expression"
