#!/usr/bin/env python3
"""Writes reference.json: what YOLOX-nano sees in bikes.mp4, by ONNX Runtime's Python package.

    python3 reference.py BIKES.MP4 YOLOX_NANO.ONNX > reference.json

Needs numpy, pillow, onnxruntime and ffmpeg. It shares no code with the crate: resizing is Pillow's,
decoding and suppression are numpy after YOLOX's own demo.
"""

import json
import subprocess
import sys

import numpy as np
import onnxruntime
from PIL import Image

FRAMES = [25, 60, 100, 130, 175, 220]
WIDTH, HEIGHT, SIDE = 640, 272, 416
SCORE, OVERLAP = 0.3, 0.45


def frame(video, number):
    command = ["ffmpeg", "-v", "error", "-i", video, "-vf", f"select=eq(n\\,{number})",
               "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3)


def letterbox(rgb):
    scale = min(SIDE / WIDTH, SIDE / HEIGHT)
    width, height = int(WIDTH * scale + 1e-9), int(HEIGHT * scale + 1e-9)
    planes = np.full((1, 3, SIDE, SIDE), 114, np.float32)
    for plane, channel in enumerate((2, 1, 0)):
        image = Image.fromarray(rgb[:, :, channel].astype(np.float32), mode="F")
        resized = image.resize((width, height), Image.BILINEAR)
        planes[0, plane, :height, :width] = np.asarray(resized)
    return planes, width, height


def decode(raw):
    grids, strides = [], []
    for stride in (8, 16, 32):
        y, x = np.mgrid[: SIDE // stride, : SIDE // stride]
        grids.append(np.stack((x, y), 2).reshape(-1, 2))
        strides.append(np.full((grids[-1].shape[0], 1), stride))
    grids, strides = np.concatenate(grids), np.concatenate(strides)
    centre, size = (raw[:, :2] + grids) * strides, np.exp(raw[:, 2:4]) * strides
    return np.concatenate((centre - size / 2, centre + size / 2), 1)


def suppressed(boxes, scores):
    order, kept = scores.argsort()[::-1], []
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while order.size:
        first, rest = order[0], order[1:]
        kept.append(first)
        low = np.maximum(boxes[first, :2], boxes[rest, :2])
        high = np.minimum(boxes[first, 2:], boxes[rest, 2:])
        common = np.prod(np.maximum(high - low, 0), 1)
        order = rest[common / (area[first] + area[rest] - common) <= OVERLAP]
    return kept


def main():
    video, model = sys.argv[1:]
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    result = []
    for number in FRAMES:
        planes, width, height = letterbox(frame(video, number))
        raw = session.run(None, {"images": planes})[0][0]
        boxes, scores = decode(raw), raw[:, 4:5] * raw[:, 5:]
        seen = []
        for label in range(scores.shape[1]):
            above = (scores[:, label] >= SCORE) & (scores.argmax(1) == label)
            for index in suppressed(boxes[above], scores[above, label]):
                box = boxes[above][index] / [width, height, width, height]
                left, top, right, bottom = np.clip(box, 0, 1)
                seen.append({
                    "class": label,
                    "score": round(float(scores[above, label][index]), 4),
                    "bbox": [round(float(v), 4) for v in (left, top, right - left, bottom - top)],
                })
        result.append({"frame": number, "seen": sorted(seen, key=lambda one: -one["score"])})
    rows = ",\n".join("  " + json.dumps(one) for one in result)
    print(f"[\n{rows}\n]")


if __name__ == "__main__":
    main()
