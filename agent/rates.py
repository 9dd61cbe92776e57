"""The error rates of faces that a team measured on its own pairs and names in FACE_RATES: read, and held against what
compares faces. Rates of another recogniser or at other thresholds say nothing of a comparison, so they are refused."""

from __future__ import annotations

from pydantic import ValidationError

from agent.errors import SettingsError, because
from agent.settings import Settings
from vision.protocol import VisionConfig
from vision.rates import FaceBench

MEASURE = "`casework vision bench face --pairs FILE --json"


def rates_at(settings: Settings, config: VisionConfig) -> FaceBench | None:
    """The rates of the recogniser and at the thresholds of `config`; None where the settings name none. Raises
    SettingsError as `rates_of` does, and where the thresholds are others."""
    rates = rates_of(settings, config)
    if rates is None:
        return None
    measured, used = (rates.match_threshold, rates.mismatch_threshold), (config.face_match, config.face_mismatch)
    if measured != used:
        there = f"{_file(settings)} was measured at the face thresholds {measured[0]:g} and {measured[1]:g}"
        again = f"measure again by {MEASURE} --match {used[0]:g} --mismatch {used[1]:g}`, or unset FACE_RATES"
        raise SettingsError(f"{there}, and {used[0]:g} and {used[1]:g} are in use", again)
    return rates


def rates_of(settings: Settings, config: VisionConfig) -> FaceBench | None:
    """The rates of the recogniser of `config`, at whatever thresholds. With a server that measures it is the one that
    the settings here mean; `RemoteVision.expect` holds the server to it. Raises SettingsError where the file does not
    read, or another recogniser was measured."""
    rates = _read(settings)
    if rates is not None and rates.model.sha256.lower() != config.recogniser:
        there = f"{_file(settings)} was measured with the face recogniser {rates.model.name} {rates.model.sha256[:12]}"
        here = f"{config.recogniser[:12] or 'a file of no sha256'} is in use"
        raise SettingsError(f"{there}, and {here}", f"measure again by {MEASURE}` with that one, or unset FACE_RATES")
    return rates


def _read(settings: Settings) -> FaceBench | None:
    if settings.face_rates is None:
        return None
    try:
        return FaceBench.model_validate_json(settings.face_rates.read_bytes())
    except OSError as error:
        raise SettingsError(f"{_file(settings)} cannot be read: {because(error)}", "correct FACE_RATES") from error
    except ValidationError as error:
        what = f"{_file(settings)} holds no error rates of faces"
        raise SettingsError(what, f"put the output of {MEASURE}` into it") from error


def _file(settings: Settings) -> str:
    return f"FACE_RATES {str(settings.face_rates)!r}"
