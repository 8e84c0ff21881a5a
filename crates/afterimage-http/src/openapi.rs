//! The API's description: what the routes say of themselves, and what they have in common.

use afterimage_api::dto::{ConsumerMessage, ErrorBody, LiveMessage, ReaderMessage};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Afterimage",
        description = "The recorder's API. Every error has the body `ErrorBody`.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(
        ConsumerMessage, ErrorBody, LiveMessage, ReaderMessage
    )),
    security(("token" = []), ("session" = [])),
    modifiers(&Schemes)
)]
pub(crate) struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let session = ApiKey::Cookie(ApiKeyValue::new("afterimage_session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    }
}
