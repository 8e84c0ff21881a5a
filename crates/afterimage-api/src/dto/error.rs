//! How every failed request answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Stable: `not_found`, `in_use`, `invalid_input`, …; programs match this.
    pub code: String,
    /// A sentence for people: what was wrong, with what, what to do.
    pub message: String,
}
