"""How well clips are told apart: rendered heads that took no share in choosing any limit or training any model.

Every kind of clip is made of each person, with the challenges in turn. Error rates are those of ISO/IEC 30107-3: APCER
is the share of attacks called live, BPCER of honest clips called an attack, the non-response rates of what was not
assessed. Heads are rendered and attacks are drawn; physical attacks were not measured.

`casework vision bench liveness --people 12` takes about six CPU minutes and said, of 12 clips of each kind:

| clip | by its own traces told as | verdict with the synthetic network |
|---|---|---|
| genuine | genuine 12 | live 12 |
| converted | software 12 | not assessed 12 |
| replayed | replayed 12 | attack 8, not assessed 4 |
| looped | looped 12 | attack 12 |
| frozen | frozen 12 | attack 12 |
| swapped | swapped 11, genuine 1 | attack 11, live 1 |
| injected | software 12 | not assessed 12 |

So APCER is 0.08 (0.01 to 0.35) at worst, on swaps, and BPCER 0 (0 to 0.24). All 12 challenges were answered, none of 9
others was.

The limits were chosen on 8 other people (28 honest clips, 16 loops, 55 replays). On 6 more, who chose none, 18 honest
clips were accused of nothing and all 12 loops, 18 replays and 5 swaps were seen. In these 14 people a loop's excess is
0.25 or more, that of honest clips 0.13 at most (limit 0.18); colours turn by 0.5 at most in honest clips and by 1.5 or
more in 60 of the 73 replays (limit 1.4); of the other 13, 11 have moire and 2 bands within a border.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

from vision.bench.timing import Progress
from vision.liveness import LivenessModel, assess
from vision.synth.clips import KINDS, ClipKind, Script, clip
from vision.synth.heads import MATCH_THRESHOLD
from vision.types import Challenge, Frozen, Liveness, ModelVersion
from vision.wilson import Share, share

FIRST, OTHERS = 51_000, 500
HONEST: tuple[ClipKind, ...] = ("genuine", "converted")
CHALLENGES: tuple[Challenge, ...] = get_args(Challenge)
NOTE = "Rendered heads and drawn attacks: physical attacks and real people were not measured."


class LivenessBench(Frozen):
    """`told` counts, by kind of clip, as what its own traces show it; the rates are those of whole verdicts. `answered`
    are honest clips that pass the challenge they were asked for, `mistaken` those that pass another one. The two say
    nothing of a blink asked of somebody who turns, because everybody blinks."""

    people: int
    told: Mapping[str, Mapping[str, int]]
    apcer: Mapping[str, Share]
    attack_non_response: Mapping[str, Share]
    bpcer: Mapping[str, Share]
    honest_non_response: Mapping[str, Share]
    answered: Mapping[str, Share]
    mistaken: Mapping[str, Share]
    model: ModelVersion | None
    note: str


def told_as(found: Liveness) -> str:
    """The kind of clip that its traces speak for, the surest first."""
    codes = {signal.code for signal in found.signals}
    for code, kind in (("frozen_frames", "frozen"), ("identity_swap", "swapped"), ("looped_frames", "looped")):
        if code in codes:
            return kind
    return "replayed" if found.screen else "software" if found.converted else "genuine"


def measure(
    people: int = 12, model: LivenessModel | None = None, progress: Progress = lambda *_: None
) -> LivenessBench:
    """Make and judge every kind of clip of so many people; four CPU seconds a clip that has to be rendered."""
    found: dict[ClipKind, list[Liveness]] = {kind: [] for kind in KINDS}
    passed: dict[Challenge, list[bool]] = {challenge: [] for challenge in CHALLENGES}
    mistaken: dict[Challenge, list[bool]] = {challenge: [] for challenge in CHALLENGES}
    for number in range(people):
        progress("people", number, people)
        asked = CHALLENGES[number % len(CHALLENGES)]
        for kind in KINDS:
            script = Script(FIRST + number, number, asked, kind, FIRST + OTHERS + number)
            found[kind].append(assess(clip(script), model, same_face=MATCH_THRESHOLD))
        honest = clip(Script(FIRST + number, number, asked))
        passed[asked].append(_passes(honest, asked))
        other = CHALLENGES[(number + 1) % (len(CHALLENGES) - 1)]
        if other != asked:
            mistaken[other].append(_passes(honest, other))
    attacks = [kind for kind in KINDS if kind not in HONEST]
    return LivenessBench(
        people=people,
        told={kind: dict(Counter(told_as(each) for each in found[kind])) for kind in KINDS},
        apcer=_rates(found, attacks, "live"),
        attack_non_response=_rates(found, attacks, "not_assessed"),
        bpcer=_rates(found, HONEST, "attack"),
        honest_non_response=_rates(found, HONEST, "not_assessed"),
        answered={challenge: share(sum(each), len(each)) for challenge, each in passed.items()},
        mistaken={challenge: share(sum(each), len(each)) for challenge, each in mistaken.items() if each},
        model=model.version if model else None,
        note=NOTE,
    )


def _passes(data: bytes, asked: Challenge) -> bool:
    answer = assess(data, None, asked, MATCH_THRESHOLD).challenge
    return answer is not None and answer.answered is True


def _rates(found: Mapping[ClipKind, Sequence[Liveness]], kinds: Sequence[ClipKind], verdict: str) -> dict[str, Share]:
    return {kind: share(sum(each.verdict == verdict for each in found[kind]), len(found[kind])) for kind in kinds}
