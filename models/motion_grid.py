#!/usr/bin/env python3
"""Writes motion-grid.onnx: how much moves in each cell of a picture, from two consecutive frames.

    python3 models/motion_grid.py           write the model and its checksum
    python3 models/motion_grid.py --check   fail if either differs from what this script writes

Needs `onnx` at the version in requirements.txt. There are no weights and nothing is trained: the
graph is arithmetic, and every constant is here with its reason.
"""

import argparse
import hashlib
import pathlib
import re
import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE / "motion-grid.onnx"
MANIFEST = HERE / "motion-grid.toml"

COLUMNS, ROWS = 16, 9
# Ten by ten pixels a cell: a person who fills a tenth of the picture's height fills a cell.
CELL = 10
WIDTH, HEIGHT = COLUMNS * CELL, ROWS * CELL
# Rec. 601 luma, what H.264 cameras of every age come close to.
LUMA = [0.299, 0.587, 0.114]
# What a 3x3 mean of sensor noise and of coding artefacts stays below (5 of 255 levels).
NOISE_FLOOR = 0.02
# A fifth of a cell changed by a fifth of the range gives 0.4.
GAIN = 12.0


def graph():
    shape = [1, 3, HEIGHT, WIDTH]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name in ("previous", "current")
    ]
    output = helper.make_tensor_value_info("energy", TensorProto.FLOAT, [1, ROWS, COLUMNS])

    def constant(name, values, dtype=np.float32):
        return numpy_helper.from_array(np.asarray(values, dtype), name)

    constants = [
        constant("luma_weights", np.reshape(LUMA, (1, 3, 1, 1))),
        constant("noise_floor", NOISE_FLOOR),
        constant("gain", GAIN),
        constant("channel_axis", [1], np.int64),
    ]
    node = helper.make_node
    nodes = [
        # Differences are linear, so the frames are subtracted first and weighed once.
        node("Sub", ["current", "previous"], ["difference"]),
        node("Conv", ["difference", "luma_weights"], ["luma_difference"], kernel_shape=[1, 1]),
        # Noise has no common sign over nine pixels; a thing that moved does.
        node("AveragePool", ["luma_difference"], ["smooth"], kernel_shape=[3, 3],
             pads=[1, 1, 1, 1], strides=[1, 1], count_include_pad=0),
        node("Abs", ["smooth"], ["magnitude"]),
        # Soft threshold: nothing below the floor, no step at it.
        node("Sub", ["magnitude", "noise_floor"], ["above_floor"]),
        node("Relu", ["above_floor"], ["motion"]),
        node("AveragePool", ["motion"], ["cells"], kernel_shape=[CELL, CELL],
             strides=[CELL, CELL]),
        node("Mul", ["cells", "gain"], ["amplified"]),
        node("Tanh", ["amplified"], ["bounded"]),
        node("Squeeze", ["bounded", "channel_axis"], ["energy"]),
    ]
    return helper.make_graph(nodes, "motion-grid", inputs, [output], constants)


def serialised():
    model = helper.make_model(
        graph(),
        producer_name="afterimage",
        producer_version="1",
        # Fixed, so that a newer `onnx` writes the same bytes: IR 8 and opset 13.
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 13)],
    )
    checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check

    model = serialised()
    digest = hashlib.sha256(model).hexdigest()
    manifest = MANIFEST.read_text(encoding="utf-8")
    updated = re.sub(r'(?m)^sha256 = "[0-9a-f]*"$', f'sha256 = "{digest}"', manifest)

    if check:
        stale = [
            path.name
            for path, same in (
                (MODEL, MODEL.exists() and MODEL.read_bytes() == model),
                (MANIFEST, updated == manifest and digest in manifest),
            )
            if not same
        ]
        if stale:
            sys.exit(f"{' and '.join(stale)}: not what motion_grid.py writes; run it and commit")
        return
    MODEL.write_bytes(model)
    MANIFEST.write_text(updated, encoding="utf-8")


if __name__ == "__main__":
    main()
