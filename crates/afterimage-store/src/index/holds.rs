//! Holds as rows.

use crate::StoreError;
use crate::hold::Hold;
use crate::index::Index;
use crate::stream::StreamKey;
use afterimage_base::WallTime;
use rusqlite::{Connection, Row, params};

impl Index {
    pub fn put_hold(&self, stream: StreamKey, hold: &Hold) -> Result<i64, StoreError> {
        let doing = "place a hold";
        let sql = "INSERT INTO holds (stream, start, until, reason, owner, expires, created)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![
            stream.0,
            hold.from.as_micros(),
            hold.to.as_micros(),
            hold.reason,
            hold.owner,
            hold.expires.map(WallTime::as_micros),
            hold.created.as_micros()
        ];
        self.write(doing, |transaction| {
            transaction.execute(sql, values).map_err(StoreError::index(doing))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    pub fn holds(&self, stream: StreamKey) -> Result<Vec<Hold>, StoreError> {
        let sql = "SELECT id, start, until, reason, owner, expires, created FROM holds
                   WHERE stream = ?1 ORDER BY start, id";
        self.read("list holds", |connection: &Connection| {
            connection.prepare_cached(sql)?.query_map([stream.0], read_hold)?.collect()
        })
    }

    pub fn delete_hold(&self, stream: StreamKey, id: i64) -> Result<bool, StoreError> {
        let doing = "release a hold";
        self.write(doing, |transaction| {
            let sql = "DELETE FROM holds WHERE stream = ?1 AND id = ?2";
            let changed = transaction.execute(sql, [stream.0, id]);
            Ok(changed.map_err(StoreError::index(doing))? > 0)
        })
    }
}

fn read_hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    Ok(Hold {
        id: row.get(0)?,
        from: WallTime::from_micros(row.get(1)?),
        to: WallTime::from_micros(row.get(2)?),
        reason: row.get(3)?,
        owner: row.get(4)?,
        expires: row.get::<_, Option<i64>>(5)?.map(WallTime::from_micros),
        created: WallTime::from_micros(row.get(6)?),
    })
}
