/**
 * An archive that is older than a test can wait for: all that a stopped recorder has recorded, moved back.
 *
 * Belongs here: the index's instants and the names of files that follow from them (docs/design/storage.md).
 * Not here: what happens to old footage. Footage that was moved is listed and deleted like any other; what is
 * inside of its files still tells the time when they were made.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Node has no SQLite of its own yet; Python does. */
const PROGRAM = `
import datetime, os, sqlite3, sys

data, micros = sys.argv[1], int(sys.argv[2])
index = sqlite3.connect(os.path.join(data, "index.sqlite"))


def path(stream, start):
    at = datetime.datetime.fromtimestamp(start // 1000 / 1000, datetime.timezone.utc)
    name = at.strftime("%Y%m%dT%H%M%S.") + f"{start // 1000 % 1000:03}Z.mp4"
    return os.path.join(data, "media", stream, at.strftime("%Y/%m/%d"), name)


streams = {}
for root, _, files in os.walk(os.path.join(data, "media")):
    for name in files:
        if name.endswith(".mp4"):
            streams[os.path.join(root, name)] = os.path.relpath(root, os.path.join(data, "media")).split(os.sep)[0]
for (start,) in index.execute("SELECT start FROM segments").fetchall():
    for stream in set(streams.values()):
        old = path(stream, start)
        if os.path.exists(old):
            new = path(stream, start - micros)
            os.makedirs(os.path.dirname(new), exist_ok=True)
            os.rename(old, new)
index.execute("UPDATE segments SET start = start - ?, stop = stop - ?", (micros, micros))
index.execute("UPDATE streams SET created = created - ?, scan_from = scan_from - ?", (micros, micros))
index.execute("UPDATE gaps SET start = start - ?, until = until - ?", (micros, micros))
index.execute("DELETE FROM rollups")
index.commit()
`;

/** Of a data directory whose recorder has ended in order. */
export function age(data, micros) {
  execFileSync('python3', ['-c', PROGRAM, join(data), String(Math.round(micros))], { stdio: 'inherit' });
}
