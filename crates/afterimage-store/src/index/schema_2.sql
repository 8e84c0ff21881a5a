-- Schema 2: running totals, roll-ups, events and bookmarks.

-- Microseconds of its fragments that are not damaged.
ALTER TABLE segments ADD COLUMN recorded INTEGER NOT NULL DEFAULT 0;
UPDATE segments SET recorded = stop - start WHERE is_whole;

-- Sums over all segments of a stream, kept by triggers: whatever changes a segment changes them
-- in the same transaction.
CREATE TABLE totals (
    stream   INTEGER PRIMARY KEY,
    segments INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    recorded INTEGER NOT NULL
) STRICT;
INSERT INTO totals
    SELECT stream, count(*), sum(length), sum(recorded) FROM segments GROUP BY stream;

-- What an hour or a day of a stream holds, once it is over. A cache: whatever changes the hour
-- deletes the row in the same transaction (by triggers), and it is made again from the rest.
CREATE TABLE rollups (
    stream   INTEGER NOT NULL,
    width    INTEGER NOT NULL,                    -- of an hour or of a day
    start    INTEGER NOT NULL,                    -- a whole multiple of the width
    recorded INTEGER NOT NULL,
    gaps     TEXT,                                -- `reason:micros:count`, separated by spaces
    first    TEXT,                                -- the reason of the gap over its beginning
    last     TEXT,                                -- and over its end
    motion   INTEGER NOT NULL,                    -- frames with motion
    objects  INTEGER NOT NULL,                    -- frames with objects
    events   INTEGER NOT NULL,                    -- events that begin in it
    minutes  BLOB,                                -- the last three by minute, LEB128; hours only
    PRIMARY KEY (stream, width, start)
) STRICT, WITHOUT ROWID;

-- What a person may want to look at.
CREATE TABLE events (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    stream   INTEGER NOT NULL,
    kind     TEXT NOT NULL,                       -- EventKind::code
    model    INTEGER REFERENCES words,            -- NULL: none saw it
    label    TEXT NOT NULL,                       -- what was seen, or the reason of a gap
    detail   TEXT NOT NULL,
    start    INTEGER NOT NULL,
    until    INTEGER,                             -- NULL: it goes on
    score    REAL,
    count    INTEGER NOT NULL,                    -- the most boxes on one frame
    fragment INTEGER,                             -- the frame to show
    sample   INTEGER,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_time ON events (start);
CREATE INDEX events_by_stream ON events (stream, start);
CREATE INDEX events_by_model ON events (stream, model, label, until);
CREATE INDEX events_by_end ON events (stream, until);

-- Events that a user marked one by one.
CREATE TABLE seen_events (
    event   INTEGER NOT NULL,
    user    TEXT NOT NULL,
    is_seen INTEGER NOT NULL,
    PRIMARY KEY (event, user)
) STRICT, WITHOUT ROWID;

-- A user has seen all events that begin until then and that were known then.
CREATE TABLE seen_until (
    user    TEXT NOT NULL,
    until   INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    PRIMARY KEY (user, until)
) STRICT, WITHOUT ROWID;

-- Moments that somebody marked.
CREATE TABLE bookmarks (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    stream  INTEGER,                              -- NULL: of all streams
    at      INTEGER NOT NULL,
    until   INTEGER,                              -- NULL: an instant
    title   TEXT NOT NULL,
    author  TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX bookmarks_by_time ON bookmarks (at);

-- Covers counting frames by what was seen on them.
DROP INDEX detections_by_time;
CREATE INDEX detections_by_time ON detections (stream, at, label);

CREATE TRIGGER segment_added AFTER INSERT ON segments BEGIN
    INSERT INTO totals VALUES (NEW.stream, 1, NEW.length, NEW.recorded)
        ON CONFLICT DO UPDATE SET segments = segments + 1, bytes = bytes + NEW.length,
        recorded = recorded + NEW.recorded;
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 3600000000
        AND start > NEW.start - 3600000000 AND start < NEW.stop;
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 86400000000
        AND start > NEW.start - 86400000000 AND start < NEW.stop;
END;
CREATE TRIGGER segment_changed AFTER UPDATE ON segments BEGIN
    UPDATE totals SET bytes = bytes - OLD.length + NEW.length,
        recorded = recorded - OLD.recorded + NEW.recorded WHERE stream = NEW.stream;
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 3600000000
        AND start > min(OLD.start, NEW.start) - 3600000000 AND start < max(OLD.stop, NEW.stop);
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 86400000000
        AND start > min(OLD.start, NEW.start) - 86400000000 AND start < max(OLD.stop, NEW.stop);
END;
CREATE TRIGGER segment_deleted AFTER DELETE ON segments BEGIN
    UPDATE totals SET segments = segments - 1, bytes = bytes - OLD.length,
        recorded = recorded - OLD.recorded WHERE stream = OLD.stream;
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 3600000000
        AND start > OLD.start - 3600000000 AND start < OLD.stop;
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 86400000000
        AND start > OLD.start - 86400000000 AND start < OLD.stop;
END;

-- A gap that goes on reaches to the end of time.
CREATE TRIGGER gap_added AFTER INSERT ON gaps BEGIN
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 3600000000
        AND start > NEW.start - 3600000000 AND start < ifnull(NEW.until, 9223372036854775807);
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 86400000000
        AND start > NEW.start - 86400000000 AND start < ifnull(NEW.until, 9223372036854775807);
END;
CREATE TRIGGER gap_changed AFTER UPDATE ON gaps BEGIN
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 3600000000
        AND start > min(OLD.start, NEW.start) - 3600000000
        AND start < ifnull(max(OLD.until, NEW.until), 9223372036854775807);
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 86400000000
        AND start > min(OLD.start, NEW.start) - 86400000000
        AND start < ifnull(max(OLD.until, NEW.until), 9223372036854775807);
END;
CREATE TRIGGER gap_deleted AFTER DELETE ON gaps BEGIN
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 3600000000
        AND start > OLD.start - 3600000000 AND start < ifnull(OLD.until, 9223372036854775807);
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 86400000000
        AND start > OLD.start - 86400000000 AND start < ifnull(OLD.until, 9223372036854775807);
END;

-- What nothing explains is `expired` up to there.
CREATE TRIGGER footage_expired AFTER UPDATE OF expired_to ON streams
WHEN NEW.expired_to <> OLD.expired_to BEGIN
    DELETE FROM rollups WHERE stream = NEW.key AND width = 3600000000
        AND start > max(OLD.expired_to, 0) - 3600000000 AND start < NEW.expired_to;
    DELETE FROM rollups WHERE stream = NEW.key AND width = 86400000000
        AND start > max(OLD.expired_to, 0) - 86400000000 AND start < NEW.expired_to;
END;

CREATE TRIGGER detection_added AFTER INSERT ON detections BEGIN
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 3600000000
        AND start > NEW.at - 3600000000 AND start <= NEW.at;
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 86400000000
        AND start > NEW.at - 86400000000 AND start <= NEW.at;
END;
CREATE TRIGGER detection_deleted AFTER DELETE ON detections BEGIN
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 3600000000
        AND start > OLD.at - 3600000000 AND start <= OLD.at;
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 86400000000
        AND start > OLD.at - 86400000000 AND start <= OLD.at;
END;

CREATE TRIGGER event_added AFTER INSERT ON events BEGIN
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 3600000000
        AND start > NEW.start - 3600000000 AND start <= NEW.start;
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 86400000000
        AND start > NEW.start - 86400000000 AND start <= NEW.start;
END;
CREATE TRIGGER event_moved AFTER UPDATE OF start ON events WHEN NEW.start <> OLD.start BEGIN
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 3600000000
        AND start > min(OLD.start, NEW.start) - 3600000000 AND start <= max(OLD.start, NEW.start);
    DELETE FROM rollups WHERE stream = NEW.stream AND width = 86400000000
        AND start > min(OLD.start, NEW.start) - 86400000000 AND start <= max(OLD.start, NEW.start);
END;
CREATE TRIGGER event_deleted AFTER DELETE ON events BEGIN
    DELETE FROM seen_events WHERE event = OLD.id;
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 3600000000
        AND start > OLD.start - 3600000000 AND start <= OLD.start;
    DELETE FROM rollups WHERE stream = OLD.stream AND width = 86400000000
        AND start > OLD.start - 86400000000 AND start <= OLD.start;
END;
