//! Bookmarks as rows.

use crate::StoreError;
use crate::bookmark::Bookmark;
use crate::index::Index;
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::{Connection, Row, params};

impl Index {
    pub fn put_bookmark(
        &self,
        stream: Option<StreamKey>,
        bookmark: &Bookmark,
    ) -> Result<i64, StoreError> {
        let doing = "keep a bookmark";
        let sql = "INSERT INTO bookmarks (stream, at, until, title, author, created)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![
            stream.map(|stream| stream.0),
            bookmark.at.as_micros(),
            bookmark.to.map(WallTime::as_micros),
            bookmark.title,
            bookmark.author,
            bookmark.created.as_micros()
        ];
        self.write(doing, |transaction| {
            transaction.execute(sql, values).map_err(StoreError::index(doing))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Bookmarks that touch `[from, to)`, with the key of their stream.
    pub fn bookmarks(
        &self,
        from: WallTime,
        to: WallTime,
    ) -> Result<Vec<(Option<StreamKey>, Bookmark)>, StoreError> {
        let sql = "SELECT id, stream, at, until, title, author, created FROM bookmarks
                   WHERE at < ?2 AND (at >= ?1 OR until > ?1) ORDER BY at, id";
        let values = [from.as_micros(), to.as_micros()];
        self.read("list bookmarks", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_map(values, read_bookmark)?.collect()
        })
    }

    pub fn delete_bookmark(&self, id: i64) -> Result<bool, StoreError> {
        let doing = "delete a bookmark";
        self.write(doing, |transaction| {
            let changed = transaction.execute("DELETE FROM bookmarks WHERE id = ?1", [id]);
            Ok(changed.map_err(StoreError::index(doing))? > 0)
        })
    }
}

fn read_bookmark(row: &Row<'_>) -> rusqlite::Result<(Option<StreamKey>, Bookmark)> {
    let bookmark = Bookmark {
        id: row.get(0)?,
        stream: None,
        at: WallTime::from_micros(row.get(2)?),
        to: row.get::<_, Option<i64>>(3)?.map(WallTime::from_micros),
        title: row.get(4)?,
        author: row.get(5)?,
        created: WallTime::from_micros(row.get(6)?),
    };
    Ok((row.get::<_, Option<i64>>(1)?.map(StreamKey), bookmark))
}
