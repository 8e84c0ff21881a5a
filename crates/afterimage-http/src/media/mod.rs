//! Media as answers: byte ranges, entity tags, constant memory.
//!
//! Belongs here: how bytes travel. Not here: which bytes (`afterimage_api`).

mod body;
mod range;
mod representation;

pub(crate) use body::Content;
pub(crate) use representation::Representation;
