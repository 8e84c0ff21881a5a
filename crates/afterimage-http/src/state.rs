//! What every handler shares.

use crate::guard::token::Gate;
use afterimage_api::Api;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub(crate) struct HttpState {
    pub(crate) api: Api,
    pub(crate) gate: Arc<Gate>,
    pub(crate) shutdown: CancellationToken,
}
