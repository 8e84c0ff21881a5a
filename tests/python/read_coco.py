"""Reads a training set as a stranger would: with pycocotools and Pillow.

usage: read_coco.py SET [CATEGORY THAT MUST BE THERE]
"""

import pathlib
import sys

from PIL import Image, ImageStat
from pycocotools.coco import COCO

folder = pathlib.Path(sys.argv[1])
wanted = sys.argv[2:]
coco = COCO(str(folder / "annotations.json"))

assert coco.getImgIds(), "a set has images"
for image in coco.loadImgs(coco.getImgIds()):
    path = folder / "images" / image["file_name"]
    picture = Image.open(path)
    picture.load()
    assert picture.size == (image["width"], image["height"]), f"{path} has another size"
    for key in ("stream", "fragment_number", "sample_index", "time"):
        assert key in image, f"{path} does not say its {key}"
    for annotation in coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]])):
        left, top, width, height = annotation["bbox"]
        inside = 0 <= left and 0 <= top and left + width <= image["width"] + 1 and top + height <= image["height"] + 1
        assert inside and width > 0 and height > 0, f"a box of {path} leaves the picture"
        part = picture.crop((int(left), int(top), int(left + width) + 1, int(top + height) + 1))
        assert ImageStat.Stat(part.convert("L")).stddev[0] > 1, f"a box of {path} holds nothing"

for category in wanted:
    ids = coco.getCatIds(catNms=[category])
    assert ids and coco.getAnnIds(catIds=ids), f"nothing is labelled {category}"
