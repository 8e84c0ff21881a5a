"""Prints what pycocotools finds in a COCO file, as JSON: `read_back.py annotations.json`."""

import contextlib
import json
import sys

from pycocotools.coco import COCO

with contextlib.redirect_stdout(sys.stderr):
    coco = COCO(sys.argv[1])
names = {one["id"]: one["name"] for one in coco.loadCats(coco.getCatIds())}
images = coco.loadImgs(coco.getImgIds())
for image in images:
    found = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
    image["found"] = [[names[one["category_id"]], one["bbox"], one.get("score")] for one in found]
people = coco.getImgIds(catIds=coco.getCatIds(catNms=["person"]))
print(json.dumps({"categories": names, "images": images, "with_people": sorted(people)}))
