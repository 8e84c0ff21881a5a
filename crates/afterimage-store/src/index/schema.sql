-- The index of an Afterimage archive (SQLite, WAL, synchronous=FULL).
-- All instants are microseconds since 1970-01-01T00:00:00Z. Everything about media can be made
-- anew from the media tree (`afterimage check --rebuild`); settings, holds, consumers and
-- detections are only here.

-- Facts about the whole archive.
--   archive       its UUID; the same in DATA/identity.json and DATA/media/identity.json
--   epoch         rises with every recording run; the same in DATA/media/identity.json, or one less
--   recording     1 from the start of a recording run until its orderly end
--   heartbeat     when a recording run last committed: the recorder lived until then
--   agreed_clock  the latest time that deletion by age believes (docs/design/storage.md, "Clock")
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per stream. Keys are never used again, because segment ids contain them.
CREATE TABLE streams (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          BLOB NOT NULL UNIQUE,             -- UUID, 16 bytes; names media/<id>/
    name        TEXT NOT NULL UNIQUE,
    source      BLOB,                             -- sealed with DATA/secret.key
    settings    TEXT NOT NULL,                    -- JSON: what else the user wants
    created     INTEGER NOT NULL,
    -- The next fragment's number and the hash that it carries of its predecessor. Kept here
    -- because retention may delete every fragment.
    next_number INTEGER NOT NULL DEFAULT 1,
    last_hash   BLOB NOT NULL,
    -- Every segment file that the index may not know yet begins at or after this instant:
    -- recovery looks only at days from here on.
    scan_from   INTEGER NOT NULL,
    -- Retention deleted footage up to here.
    expired_to  INTEGER NOT NULL,
    -- 1: being deleted; invisible, its files are on their way out.
    is_deleting INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One row per segment file. The file's path follows from stream, start and variant.
CREATE TABLE segments (
    -- stream key * 2^40 + number of the first fragment
    id        INTEGER PRIMARY KEY,
    stream    INTEGER NOT NULL,
    start     INTEGER NOT NULL,                   -- start of the first fragment
    stop      INTEGER NOT NULL,                   -- end of the last one
    head      INTEGER NOT NULL,                   -- offset of the first fragment
    length    INTEGER NOT NULL,                   -- bytes that count; a tail beyond is garbage
    variant   INTEGER NOT NULL,                   -- 0, or the n of `<start>-n.mp4`
    is_open   INTEGER NOT NULL,                   -- 1: its tail may hold more; recovery looks
    count     INTEGER NOT NULL,                   -- of its fragments
    is_whole  INTEGER NOT NULL,                   -- 1: no hole and no damage from start to stop
    fragments BLOB NOT NULL                       -- packed, docs/design/storage.md "Fragment table"
) STRICT;
-- Covers what retention and timelines ask, so that they rarely read tables of fragments.
CREATE INDEX segments_by_start
    ON segments (stream, start, stop, head, length, variant, is_open, count, is_whole);

-- Why a stream is not covered. `until` NULL: it goes on; at most one such row per stream.
CREATE TABLE gaps (
    id     INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    start  INTEGER NOT NULL,
    until  INTEGER,
    reason TEXT NOT NULL,                         -- GapReason::code
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX gaps_by_end ON gaps (stream, until);
CREATE UNIQUE INDEX gaps_open ON gaps (stream) WHERE until IS NULL;

-- Files that may be unlinked, written in the transaction that forgets them: a crash between
-- the two can't bring footage back.
CREATE TABLE removals (
    path TEXT PRIMARY KEY                         -- relative to DATA
) STRICT, WITHOUT ROWID;

-- Ranges that retention may not delete.
CREATE TABLE holds (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    stream  INTEGER NOT NULL,
    start   INTEGER NOT NULL,
    until   INTEGER NOT NULL,                     -- end of the range that is held
    reason  TEXT NOT NULL,
    owner   TEXT NOT NULL,
    expires INTEGER,                              -- NULL: for ever
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX holds_by_stream ON holds (stream);

-- Named readers and how far they have come.
CREATE TABLE consumers (
    stream    INTEGER NOT NULL,
    name      TEXT NOT NULL,
    position  TEXT NOT NULL,                      -- earliest | latest | at_timestamp | after_fragment
    argument  INTEGER,                            -- the instant or the number of the last two
    committed INTEGER,                            -- number of the last fragment that is done
    is_paused INTEGER NOT NULL DEFAULT 0,
    created   INTEGER NOT NULL,
    PRIMARY KEY (stream, name)
) STRICT, WITHOUT ROWID;

-- Words that detections use often: models and labels.
CREATE TABLE words (
    id   INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;

-- One row per box on a frame.
CREATE TABLE detections (
    id       INTEGER PRIMARY KEY,
    stream   INTEGER NOT NULL,
    fragment INTEGER NOT NULL,
    sample   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    model    INTEGER NOT NULL REFERENCES words,
    label    INTEGER NOT NULL REFERENCES words,
    score    REAL NOT NULL,
    x        REAL NOT NULL,
    y        REAL NOT NULL,
    width    REAL NOT NULL,
    height   REAL NOT NULL,
    extra    TEXT                                 -- JSON, or NULL
) STRICT;
CREATE INDEX detections_by_time ON detections (stream, at);
CREATE INDEX detections_by_frame ON detections (stream, fragment, sample, model);
