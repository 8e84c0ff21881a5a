//! The archive: SQLite index and segment files
