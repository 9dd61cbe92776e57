"""From a flat page to the file a customer uploads: one chain of optics, sensor, camera and re-save for every picture.

    genuine = capture(page.rgb, "phone", seed)                                  # bytes
    edited = forge(photograph(page, "phone", seed), "portrait", seed, portrait=other)
    forged = upload(edited.rgb, seed)                                           # bytes

A forger edits the photograph, not the page: what is forged goes through `photograph`, `forge` and `upload`. A forgery
of the flat page that is then captured is a physical overlay; no trace of editing survives the camera in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import cv2
import numpy as np

from vision.synth.capture.medium import Medium, on_card, on_paper, on_screen
from vision.synth.capture.pose import Light, Pose, background, illumination, lie
from vision.synth.capture.sensor import DEVICES, Device, Pipeline, expose, first_save
from vision.synth.documents import Rendered
from vision.synth.lettering import Rgb
from vision.synth.resave import decode, drawn_resave, drawn_save, encode, resaved

CaptureKind = Literal["scan", "phone", "screen", "print", "blurred"]
"""What a story asks for: a scan, a photograph, a display or a print photographed, or a picture that is unreadable."""

RESAVED = 0.7
"""Share of genuine captures that are saved once more before upload, as every edited one is."""
KINDS: tuple[CaptureKind, ...] = ("scan", "phone", "screen", "print", "blurred")
MEDIA: Mapping[Medium, Callable[[Light, tuple[Light, Light], np.random.Generator], Light]] = {
    "paper": on_card,
    "screen": on_screen,
    "print": on_paper,
    "even_screen": partial(on_screen, striped=False),
}


@dataclass(frozen=True)
class Shot:
    """What the camera delivers before it compresses it, how the page lies in it, and how far the lens blurred it
    (standard deviation in pixels)."""

    rgb: Rgb
    pose: Pose
    blur: float


@dataclass(frozen=True)
class Photograph(Rendered):
    """A photographed page. `page` is the flat page it shows; `plane` maps that to the picture after `pose.bend`;
    `blur` is how unsharp it is (standard deviation in pixels)."""

    page: Rendered | None = None
    pose: Pose | None = None
    blur: float = 0.6
    pipeline: Pipeline = "phone"


def setting(kind: CaptureKind) -> tuple[Pipeline, Device, Medium]:
    """The device and the medium that a story means."""
    if kind == "scan":
        return "scan", DEVICES["scan"], "paper"
    device = DEVICES["phone"]
    if kind == "blurred":
        return "phone", replace(device, blur=(6.0, 9.0)), "paper"
    return "phone", device, "paper" if kind == "phone" else kind


def take(page: Rgb, device: Device, medium: Medium, rng: np.random.Generator) -> Shot:
    """Put a flat page before a device. Some have more pixels than they deliver, and shrink; some have fewer."""
    pose = lie((page.shape[1], page.shape[0]), device.scale, device.flat, rng)
    zoom = device.zoom[int(rng.integers(len(device.zoom)))]
    view = pose.scaled(zoom)
    places = view.places()
    seen = cv2.remap(page, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    inside = cv2.remap(np.ones(page.shape[:2], np.float32), *places, cv2.INTER_LINEAR)[..., None]
    behind = background(view.size, rng, device.flat, medium in ("screen", "even_screen"))
    seen = (MEDIA[medium](seen, places, rng) - behind) * inside + behind
    seen *= illumination(view.size, device.flat, rng)
    blur = rng.uniform(*device.blur)
    astray = rng.uniform(0.8, 1.25)
    lens = cv2.GaussianBlur(seen, (0, 0), blur * zoom * astray, sigmaY=blur * zoom / astray)
    photo = expose(np.asarray(lens, np.float32), device, rng)
    if zoom != 1:
        way = cv2.INTER_AREA if zoom > 1 else cv2.INTER_CUBIC
        photo = np.asarray(cv2.resize(photo, pose.size, interpolation=way), np.uint8)
    return Shot(photo, pose, float(max(blur, 0.4 / zoom)))


def exported(page: Rgb, rng: np.random.Generator) -> Shot:
    """A flat page as a program writes it into a picture: scaled, on a plain ground or none; no camera saw it. Half of
    them are unsharp and have a grain that is the same everywhere, but for black and white, where it is cut off."""
    height, width = page.shape[:2]
    scale = 1.0 if rng.random() < 0.3 else float(rng.uniform(0.6, 1.5))
    edge = 0 if rng.random() < 0.5 else int(rng.uniform(0.01, 0.1) * width * scale)
    size = (int(width * scale) + 2 * edge, int(height * scale) + 2 * edge)
    way = cv2.INTER_AREA if scale < 1 else (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(3))]
    picture = np.empty((size[1], size[0], 3), np.uint8)
    picture[:] = 255 if rng.random() < 0.5 else rng.integers(0, 256, 3, np.uint8)
    inner = (size[0] - 2 * edge, size[1] - 2 * edge)
    picture[edge : edge + inner[1], edge : edge + inner[0]] = cv2.resize(page, inner, interpolation=way)
    across, down = inner[0] / width, inner[1] / height
    plane = np.array([[across, 0, (across - 1) / 2 + edge], [0, down, (down - 1) / 2 + edge], [0, 0, 1]])
    pose = Pose(plane, size, (width, height))
    if rng.random() < 0.5:
        return Shot(picture, pose, 0.4)
    blur = float(rng.uniform(0.4, 1.0))
    return Shot(_grained(picture, blur, rng), pose, blur)


def _grained(picture: Rgb, blur: float, rng: np.random.Generator) -> Rgb:
    light = np.linspace(rng.uniform(0.8, 1), 1, picture.shape[1], dtype=np.float32)[None, :, None]
    soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), blur) * light
    grain = rng.standard_normal(picture.shape, dtype=np.float32)
    if rng.random() < 0.5:
        grain[:] = grain[..., :1]
    return np.clip(np.rint(soft + grain * np.float32(rng.uniform(0.5, 5))), 0, 255).astype(np.uint8)


def shoot(rgb: Rgb, kind: CaptureKind, seed: int, medium: Medium | None = None) -> Shot:
    """A flat page as a story's camera delivers it, not yet compressed; `medium` stands in for the story's own."""
    _, device, usual = setting(kind)
    return take(rgb, device, medium or usual, np.random.default_rng([0xCA9, KINDS.index(kind), seed]))


def photographed(page: Rendered, shot: Shot, pipeline: Pipeline) -> Photograph:
    """A page as it was shot, with its boxes moved along."""
    boxes = {name: shot.pose.moved(box) for name, box in page.boxes.items()}
    own = {"rgb": shot.rgb, "boxes": boxes, "plane": shot.pose.plane}
    return Photograph(**{**vars(page), **own}, page=page, pose=shot.pose, blur=shot.blur, pipeline=pipeline)


def photograph(page: Rendered, kind: CaptureKind, seed: int) -> Photograph:
    """The picture as it comes from the camera, compressed once and decoded, with its boxes moved along."""
    taken = photographed(page, shoot(page.rgb, kind, seed), setting(kind)[0])
    return replace(taken, rgb=decode(_camera(taken.rgb, kind, seed)))


def _camera(rgb: Rgb, kind: CaptureKind, seed: int) -> bytes:
    save = first_save(setting(kind)[1], np.random.default_rng([0xCA3E, KINDS.index(kind), seed]))
    return encode(rgb, save)


def capture(rgb: Rgb, kind: CaptureKind, seed: int, medium: Medium | None = None) -> bytes:
    """Photograph a flat page and hand it in: a JPEG, saved once more in seven of ten cases. `blurred` is unreadable."""
    data = _camera(shoot(rgb, kind, seed, medium).rgb, kind, seed)
    resave = np.random.default_rng([0x2E5A, seed]).random() < RESAVED
    return upload(decode(data), seed) if resave else data


def upload(rgb: Rgb, seed: int) -> bytes:
    """Save a finished picture as the customer sends it: JPEG quality 78 to 95."""
    return encode(rgb, drawn_save(np.random.default_rng([0x5A7E, seed]), 78, 95))


def messenger(data: bytes, seed: int) -> bytes:
    """Send a picture through a messenger: shrunk to 75 to 92 % and saved at quality 55 to 72."""
    rng = np.random.default_rng([0x3E55, seed])
    step = drawn_resave(rng, "messenger")
    return resaved(decode(data), step)[0]
