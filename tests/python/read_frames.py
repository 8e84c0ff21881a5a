"""Reads a ZIP of frames as a stranger would: with zipfile and Pillow.

usage: read_frames.py ARCHIVE FOLDER    writes the pictures there and prints their names and sizes
"""

import pathlib
import sys
import zipfile

from PIL import Image

archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None, "every picture has its checksum"
folder = pathlib.Path(sys.argv[2])
for entry in archive.infolist():
    assert entry.compress_type == zipfile.ZIP_STORED, "JPEG does not get smaller"
    archive.extract(entry, folder)
    if entry.filename.endswith(".jpg"):
        picture = Image.open(folder / entry.filename)
        picture.load()
        print(entry.filename, *picture.size)
