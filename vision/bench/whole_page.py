"""What the reading of regions is held against: the package that the models come from, reading the whole page.

rapidocr runs as it is shipped, with its own sizes, its models for text and the one for directions; its detector and
recogniser are the two files that the reader here runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from vision import decode, runtime

Texts = tuple[str, ...]


@cache
def reader(threads: int = 1) -> Callable[[bytes], Texts]:
    """Reads every line of a picture, from top to bottom, in so many threads."""
    runtime.onnxruntime()  # first, and quiet: the package would load it as it is
    from rapidocr import RapidOCR
    from rapidocr.utils.output import RapidOCROutput

    limits = {name: threads for name in ("intra_op_num_threads", "inter_op_num_threads")}
    params = {f"EngineConfig.onnxruntime.{name}": value for name, value in limits.items()}
    engine = RapidOCR(params={"Global.log_level": "critical", **params})

    def read(data: bytes) -> Texts:
        found = engine(np.ascontiguousarray(decode.still(data).rgb[..., ::-1]))
        return tuple(found.txts or ()) if isinstance(found, RapidOCROutput) else ()

    return read
