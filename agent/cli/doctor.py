"""Whether everything a review needs is here and as it should be. It measures nothing and sends nothing anywhere but to
the configured model."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib import metadata
from typing import Literal

from agent.audit import now
from agent.case import Case
from agent.cli.screen import counted
from agent.desk import Source, policy_for, policy_with, vision_config, warehouse_url
from agent.errors import CaseworkError, NoStore, PolicyError, ToolError
from agent.llm.opening import open_model, required_model
from agent.llm.qualify import granted
from agent.policy.lint import lint
from agent.policy.model import Policy, load_policy
from agent.rates import rates_at, rates_of
from agent.session import load_prompts
from agent.settings import Settings, check_recogniser
from agent.store import Store
from agent.store.home import hindrance
from tools.evidence import Frozen
from tools.registry import all_tools
from tools.survey import survey
from tools.warehouse import Warehouse

Light = Literal["green", "off", "red"]
"""off: something optional that is not there, and that nothing needs."""
ELSEWHERE = "point CASEWORK_HOME at a folder that you may write to"
NEEDED = ("duckdb", "langgraph", "onnxruntime", "opencv-python-headless", "pillow", "rapidocr", "sqlalchemy", "torch")
OPTIONAL = {"xllamacpp": "the embedded model", "anny": "the simulated exchange's faces"}


class Check(Frozen):
    """One line of the examination. `remedy` is empty where nothing is wrong."""

    name: str
    light: Light
    what: str
    remedy: str = ""


def examine(settings: Settings) -> tuple[Check, ...]:
    """Every check, in the order in which a review needs what is checked."""
    parts = (
        _python,
        _packages,
        _weights,
        _recogniser,
        _rates,
        _liveness,
        _vision,
        _tools,
        _policy,
        _prompts,
        _home,
        _store,
        _sources,
        _warehouse,
        _model,
    )
    return tuple(check for part in parts for check in _checks(part, settings))


def _checks(part: Callable[[Settings], Iterator[Check]], settings: Settings) -> Iterator[Check]:
    try:
        yield from part(settings)
    except CaseworkError as error:
        yield Check(name=part.__name__.strip("_"), light="red", what=error.what, remedy=error.remedy)


def _python(_: Settings) -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    remedy = "" if good else "use Python 3.11 or newer"
    yield Check(name="python", light="green" if good else "red", what=version, remedy=remedy)


def _packages(_: Settings) -> Iterator[Check]:
    missing = [name for name in NEEDED if not _version(name)]
    what = f"missing: {', '.join(missing)}" if missing else ", ".join(f"{name} {_version(name)}" for name in NEEDED)
    remedy = "install the project again: make setup" if missing else ""
    yield Check(name="packages", light="red" if missing else "green", what=what, remedy=remedy)
    for name, purpose in OPTIONAL.items():
        if not _version(name):
            yield Check(name="packages", light="off", what=f"{name} is not installed: {purpose}", remedy="make setup")


def _weights(_: Settings) -> Iterator[Check]:
    from vision.weights import PINNED, find

    for name in PINNED:
        find(name)
    yield Check(name="weights", light="green", what=f"{len(PINNED)} model files, every sha256 as pinned")


def _recogniser(settings: Settings) -> Iterator[Check]:
    """The face recogniser that the settings name, with thresholds of its own, loaded as a measurement here would load
    it."""
    check_recogniser(settings)
    if settings.face_model is None or settings.vision_url:
        return
    from vision.client import LocalVision

    found = LocalVision(vision_config(settings)).make_recogniser().version
    yield Check(name="recogniser", light="green", what=f"faces are compared by {found.name} {found.sha256[:12]}")


def _rates(settings: Settings) -> Iterator[Check]:
    """The error rates of faces that the settings name, held against what compares the faces of each source."""
    rates = rates_of(settings, vision_config(settings))
    if rates is None:
        return
    for policy in _policies(settings):
        rates_at(settings, vision_config(settings, policy.values))
    pairs = f"{rates.genuine} pairs of one person and {rates.impostor} of two"
    what = f"face comparisons show error rates over {pairs}, by {rates.model.name} {rates.model.sha256[:12]}"
    yield Check(name="rates", light="green", what=what)


def _policies(settings: Settings) -> Iterator[Policy]:
    """The policy by source, as far as they load: `_policy` and `_sources` tell of the others."""
    for case in _one_of_each_source(settings) or (None,):
        with suppress(PolicyError, ToolError):
            yield policy_for(case.source, settings) if case else policy_with(Source(), settings)


def _liveness(settings: Settings) -> Iterator[Check]:
    """The liveness weights that the settings name, likewise."""
    if settings.liveness_weights is None or settings.vision_url:
        return
    from vision.client import LocalVision

    if model := LocalVision(vision_config(settings)).make_liveness():
        what = f"selfies are judged by {model.version.name} {model.version.sha256[:12]}"
        yield Check(name="liveness", light="green", what=what)


def _vision(settings: Settings) -> Iterator[Check]:
    if not settings.vision_url:
        yield Check(name="vision", light="green", what="pictures are measured in this process")
        return
    from vision.serving.remote import RemoteVision

    server = RemoteVision(vision_config(settings))
    said = server.readiness()
    if said.faces:
        server.expect(said.faces)
    models = ", ".join(f"{each.name} {each.sha256[:12]}" for each in said.models)
    what = f"{settings.vision_url!r} serves {models}" if said.ready else "; ".join(said.reasons)
    remedy = "" if said.ready else "see the output of that server"
    yield Check(name="vision", light="green" if said.ready else "red", what=what, remedy=remedy)


def _tools(_: Settings) -> Iterator[Check]:
    yield Check(name="tools", light="green", what=f"{len(all_tools())} tools: {', '.join(all_tools())}")


def _policy(settings: Settings) -> Iterator[Check]:
    policy = load_policy(settings.policy_dir)
    problems = lint(settings.policy_dir, all_tools(), now()[:10]).problems
    told = f"{len(policy.rules)} rules, {len(policy.rows)} rows, sha256 {policy.sha256[:12]} as written"
    what = f"{told}, {len(problems)} problems"
    remedy = "see them with `casework rules lint`" if problems else ""
    yield Check(name="policy", light="red" if problems else "green", what=what, remedy=remedy)


def _prompts(settings: Settings) -> Iterator[Check]:
    prompts = load_prompts(settings)
    yield Check(name="prompts", light="green", what=", ".join(prompts.by_name))


def _home(settings: Settings) -> Iterator[Check]:
    """Whether a review may write in the home, or `casework add` may make it."""
    home = settings.casework_home.absolute()
    there = next(each for each in (home, *home.parents) if os.path.exists(each))
    cause, remedy = hindrance(there / "casework.db")
    if not there.is_dir():
        cause, remedy = f"{str(there)!r} is not a folder", ELSEWHERE
    elif cause and there != home:
        cause, remedy = f"{str(home)!r} cannot be made: {cause}", ELSEWHERE
    if cause:
        yield Check(name="home", light="red", what=cause, remedy=remedy)
    elif there == home:
        yield Check(name="home", light="green", what=repr(str(home)))
    else:
        # So it is before the first case, and where the wrong place is looked at: no light tells which.
        remedy = "start it with `casework add`, set CASEWORK_HOME to the folder that is meant, or mount its disk"
        yield Check(name="home", light="off", what=f"there is no folder {str(home)!r}", remedy=remedy)


def _store(settings: Settings) -> Iterator[Check]:
    if not os.path.exists(settings.casework_home):
        return  # `_home` tells of it
    try:
        store = Store(settings.casework_home, "read")
    except NoStore as error:
        # So it is before the first case.
        yield Check(name="store", light="off", what=error.what, remedy=error.remedy)
        return
    with closing(store):
        cases, breaks, unguarded = len(store.queue()), len(store.verify()), len(store.unguarded())
    wrong = bool(breaks or unguarded)
    remedy = "see them with `casework audit verify`, and compare it with a backup" if wrong else ""
    what = f"{counted(cases, 'case')} in {str(store.path)!r}, {counted(breaks, 'break')} in the audit trail"
    what += f", {unguarded} triggers that protect it missing" if unguarded else ""
    yield Check(name="store", light="red" if wrong else "green", what=what, remedy=remedy)


def _sources(settings: Settings) -> Iterator[Check]:
    """The sources of the cases that do not go with policy and settings; where there is none, those two together."""
    cases = _one_of_each_source(settings)
    try:
        load_policy(settings.policy_dir)
    except PolicyError:
        return  # `_policy` tells of it
    if not cases:
        policy_with(Source(), settings)
    for case in sorted(cases, key=lambda case: case.source):
        try:
            policy_for(case.source, settings)
        except CaseworkError as error:
            yield Check(name="sources", light="red", what=f"{case.source!r}: {error.what}", remedy=error.remedy)


def _warehouse(settings: Settings) -> Iterator[Check]:
    cases = _one_of_each_source(settings)
    sources = {warehouse_url(case.source, settings) for case in cases} or {settings.warehouse_url}
    if not cases and not settings.warehouse_url:
        remedy = "`casework world build --out DIR` makes one"
        yield Check(name="warehouse", light="off", what="no cases yet, so there is none to check", remedy=remedy)
        return
    for url in sorted(sources):
        with closing(Warehouse.open(url, without=settings.without)) as warehouse:
            reports = survey(warehouse, shipped=not settings.face_index_model_sha256)
        problems = [f"{each.name}: {each.problems[0]}" for each in reports if each.problems]
        what = "every table of the catalogue is there" if not problems else "; ".join(problems)
        remedy = "load the tables again" if problems else ""
        yield Check(name="warehouse", light="red" if problems else "green", what=what, remedy=remedy)


def _one_of_each_source(settings: Settings) -> tuple[Case, ...]:
    try:
        store = Store(settings.casework_home, "read")
    except NoStore:
        return ()  # `_store` tells of it
    with closing(store):
        return store.one_of_each_source()


def _model(settings: Settings) -> Iterator[Check]:
    # A configured endpoint has to answer; without one, no model is needed.
    with required_model(settings) if settings.llm_base_url else open_model(settings) as model:
        if model is None:
            remedy = "`casework llm fetch` downloads one"
            yield Check(name="model", light="off", what="none: drafts are in the policy's own words", remedy=remedy)
            return
        roles = sorted(granted(settings.casework_home, model.name, model.endpoint, load_prompts(settings)))
    remedy = "" if roles else "`casework llm qualify` finds out which it can take"
    what = f"{model.name} may {', '.join(roles) or 'take no role'}"
    yield Check(name="model", light="green" if roles else "off", what=what, remedy=remedy)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
