"""Tests mirror the tree: who reads a module finds its tests by its name, and the other way round."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
PACKAGES = ("agent", "tools", "vision", "evals", "prompts")
OTHERS = {
    "agent/llm/test_vllm.py": "a server of another project",
    "agent/test_postgres.py": "whole reviews over another engine",
    "agent/test_spark.py": "whole reviews over another engine",
    "evals/cases/test_cli.py": "its commands stand with the others of evals",
    "evals/cli/test_interrupt.py": "one key pressed in any command",
    "evals/robustness/test_variants.py": "the variants of five modules, told on one exchange",
    "evals/world/test_integrity.py": "the tables of a whole exchange against one another",
    "evals/world/test_signals.py": "the stories against the queries that find them",
    "prompts/test_loader.py": "the package itself is the loader",
    "tools/playbook/test_activity.py": "queries, which are SQL, of what an account did",
    "tools/playbook/test_counterparties.py": "queries of where money came from and went",
    "tools/playbook/test_documents.py": "queries of documents and portraits",
    "tools/playbook/test_every_query.py": "what holds of every query",
    "tools/playbook/test_history.py": "queries of cases and messages",
    "tools/playbook/test_same_person.py": "the query of accounts of one person",
    "tools/playbook/test_screening.py": "the query of listed names",
    "tools/playbook/test_shared.py": "queries of devices and addresses",
    "tools/playbook/test_takeover.py": "queries of devices and logins",
    "vision/cli/test_liveness.py": "one command of many, on clips",
    "vision/face/test_networks.py": "two networks against their originals",
}
"""Tests of what is no single module, and of what they are."""


def tries_a_module(test: Path) -> bool:
    name = test.stem.removeprefix("test_").removesuffix("_properties")
    package = ROOT / test.parent.relative_to(TESTS)
    own = package / "__init__.py" if name == package.name else package / f"{name}.py"
    return own.exists() or (package / name / "__init__.py").exists()


def test_every_test_stands_where_the_module_does_that_it_tries() -> None:
    found = {path for package in PACKAGES for path in (TESTS / package).rglob("test_*.py")}
    assert {str(path.relative_to(TESTS)) for path in found if not tries_a_module(path)} == set(OTHERS)
