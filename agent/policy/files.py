"""The policy folder as it lies on disk: every entry with the file and line it stands on, nothing interpreted yet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from agent.errors import PolicyError
from tools.untrusted import SAFE_BLANKS

PACKAGED = Path(__file__).parent
TABLES = ("thresholds", "dispositions", "evidence")
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
PLAIN_NUMBER = re.compile(r"[-+]?((0|[1-9][0-9_]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?|\.(inf|nan))", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One mapping of a file. `lines` gives the line of each key; `where()` is what an error message begins with."""

    file: str
    line: int
    data: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)

    def where(self, key: str = "") -> str:
        return f"{self.file}:{self.lines.get(key, self.line)}"


@dataclass(frozen=True)
class Folder:
    """All entries: rules of every file that is no table, and the entries of the three tables."""

    rules: tuple[Entry, ...]
    thresholds: tuple[Entry, ...]
    dispositions: tuple[Entry, ...]
    evidence: tuple[Entry, ...]


def read_folder(folder: Path | None) -> Folder:
    """Read a policy folder, the packaged one by default.

    Raises:
        PolicyError: no such folder, a table missing, a file that is no YAML list of mappings, or one that would be left
            unread for its ending or place.
    """
    folder = folder or PACKAGED
    files = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if unread := sorted({*_looking_like_rules(folder)} - {*files.values()}):
        name = unread[0].relative_to(folder).as_posix()
        remedy = "name it *.yaml and put it beside the others, or remove it"
        raise PolicyError(f"{name} of {str(folder)!r} is not read", remedy)
    absent = [name for name in TABLES if name not in files]
    if absent:
        raise PolicyError(f"policy folder {str(folder)!r} has no {absent[0]}.yaml", "name a folder with all tables")
    tables = {name: _entries(files.pop(name)) for name in TABLES}
    return Folder(rules=tuple(entry for path in files.values() for entry in _entries(path)), **tables)


def _looking_like_rules(folder: Path) -> Iterator[Path]:
    """What somebody may take for a file of the policy, in sub-folders as well, but for hidden ones."""
    named = (path for path in folder.rglob("*") if path.suffix.lower() in {".yaml", ".yml"})
    return (path for path in named if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _entries(path: Path) -> tuple[Entry, ...]:
    text = path.read_bytes()
    if len(text) > MAX_BYTES:
        raise PolicyError(f"{path.name} has {len(text)} bytes", f"keep it under {MAX_BYTES}")
    return _parsed(path.name, text)


@lru_cache(maxsize=64)
def _parsed(name: str, text: bytes) -> tuple[Entry, ...]:
    """The entries of a file, parsed once for each content: every case of a batch reads the policy as it is by then."""
    loader = _Loader(text)
    try:
        _refuse_what_is_no_policy(name, text)
        root = loader.get_single_node()
        if not isinstance(root, yaml.SequenceNode):
            raise PolicyError(f"{name}:1: is not a list", "write a list of entries, each with an id or a name")
        return tuple(_entry(loader, name, node) for node in root.value)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError(f"{name}:{line}: {error.problem}", "write valid YAML") from None
    except yaml.reader.ReaderError as error:
        raise _unreadable(name, text, error) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PolicyError(f"{name}:1: {error}", "write valid YAML") from None
    finally:
        loader.dispose()


def _unreadable(name: str, text: bytes, error: yaml.reader.ReaderError) -> PolicyError:
    """Bytes that are no text, or a character that YAML does not take, at its line."""
    line = text[: error.position].count(b"\n") + 1
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return PolicyError(f"{name}:{line}: is not text in UTF-8", "save it as UTF-8")
    return PolicyError(f"{name}:{line}: {error.reason}", "write plain lists, mappings and text")


def _entry(loader: _Loader, name: str, node: yaml.Node) -> Entry:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise PolicyError(f"{name}:{line}: is not a mapping", "write `key: value` pairs")
    data = loader.construct_object(node, deep=True)
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
    return Entry(name, line, data, lines)


def _refuse_what_is_no_policy(name: str, text: bytes) -> None:
    """What is more than plain lists, mappings and readable text, by file and line."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        what = _objection(event, depth)
        if what:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise PolicyError(f"{name}:{line}: {what}", "write plain lists, mappings and text")


def _objection(event: yaml.Event, depth: int) -> str:
    """What speaks against a part of a file, empty where nothing does.

    Nesting, because libyaml composes by recursion and would run out of stack. Tags, because they make other things than
    lists and mappings, such as sets, which have no order. Control, bidirectional and zero-width characters, also where
    they are escaped, because a reviewer or a customer would read something else than what was written.
    """
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if isinstance(event, yaml.AliasEvent):
        return "aliases are not allowed"
    if getattr(event, "tag", None):
        return "tags are not allowed"
    scalar = event.value if isinstance(event, yaml.ScalarEvent) else ""
    if scalar.isprintable():
        return ""
    hidden = (each for each in scalar if unicodedata.category(each)[0] == "C" and each not in SAFE_BLANKS)
    return next((f"the character U+{ord(each):04X} cannot be seen" for each in hidden), "")


class _Loader(yaml.CSafeLoader):
    """Safe YAML whose dates stay text, whose mappings hold each key once, and whose numbers are what they look like:
    YAML 1.1 takes 0365 for 245 and 6:05 for 365."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} appears twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _date_as_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    try:
        value = loader.construct_yaml_timestamp(node)
    except ValueError:  # no day of the calendar; the model says so, with the line
        value = None
    return value.isoformat() if isinstance(value, date) else str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date_as_text)


def _number(loader: _Loader, node: yaml.ScalarNode) -> int | float:
    if not PLAIN_NUMBER.fullmatch(node.value):
        what = f"{node.value!r} can be read as two numbers; write it in plain digits"
        raise yaml.constructor.ConstructorError(None, None, what, node.start_mark)
    whole = node.tag.endswith(":int")
    return loader.construct_yaml_int(node) if whole else loader.construct_yaml_float(node)


_Loader.add_constructor("tag:yaml.org,2002:int", _number)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
