//! Consumers: a name on a stream, where it starts and how far it has come.
//!
//! Reading is one WebSocket (`…/consumers/{name}/read`): the recorder sends a
//! [`ConsumerMessage`] as text, then, for `init` and `fragment`, the bytes as one binary message.
//! The reader sends [`ReaderMessage`]s.

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerCreate {
    pub start: ConsumerStart,
}

/// Where a consumer without a committed position begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum ConsumerStart {
    Earliest,
    Latest,
    AtTimestamp {
        #[schema(value_type = String, format = DateTime)]
        timestamp: WallTime,
    },
    AfterFragment {
        fragment: u64,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsumerList {
    pub consumers: Vec<ConsumerView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsumerView {
    pub name: String,
    pub stream: String,
    pub start: ConsumerStart,
    /// The last fragment whose work is done.
    pub committed: Option<u64>,
    /// How far behind the newest fragment, in media time.
    pub millis_behind_latest: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ConsumerMessage {
    /// The init section of the fragments that follow.
    Init { segment: i64, mime: String },
    Fragment {
        number: u64,
        segment: i64,
        from_micros: i64,
        duration_micros: i64,
        independent: bool,
        millis_behind_latest: u64,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReaderMessage {
    /// The work on this fragment and all before it is done.
    Commit { fragment: u64 },
}
