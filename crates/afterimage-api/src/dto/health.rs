//! Who answers here: the one thing that is told without a token.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The value of [`HealthView::service`].
pub const SERVICE: &str = "afterimage";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthView {
    /// `afterimage`: another program may have taken the port since.
    pub service: String,
    /// `ok`
    pub status: String,
}
