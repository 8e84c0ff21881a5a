//! WS-UsernameToken with a digest: proves a password without sending it.
//!
//! Formula: Base64(SHA-1(nonce + created + password)), OASIS Web Services Security UsernameToken
//! Profile 1.0, section 3.1. SHA-1 is the only one that cameras know.

use crate::xml;
use afterimage_base::{Secret, WallTime};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest, Sha1};

const PROFILE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
const MESSAGE_SECURITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0";
const SECURITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

pub(crate) struct UsernameToken {
    user: String,
    digest: String,
    nonce: String,
    created: String,
}

impl UsernameToken {
    /// `now` is by the camera's clock: one that is minutes off refuses ours.
    pub(crate) fn new(user: &str, password: &Secret, now: WallTime) -> Self {
        Self::with_nonce(user, password, now, rand::random())
    }

    fn with_nonce(user: &str, password: &Secret, now: WallTime, nonce: [u8; 16]) -> Self {
        let created = now.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        let mut hash = Sha1::new();
        hash.update(nonce);
        hash.update(created.as_bytes());
        hash.update(password.expose().as_bytes());
        Self {
            user: user.to_owned(),
            digest: BASE64_STANDARD.encode(hash.finalize()),
            nonce: BASE64_STANDARD.encode(nonce),
            created,
        }
    }

    pub(crate) fn to_xml(&self) -> String {
        let Self { user, digest, nonce, created } = self;
        format!(
            "<w:Security s:mustUnderstand=\"1\" xmlns:w=\"{SECURITY}\" xmlns:u=\"{UTILITY}\">\
             <w:UsernameToken><w:Username>{}</w:Username>\
             <w:Password Type=\"{PROFILE}#PasswordDigest\">{digest}</w:Password>\
             <w:Nonce EncodingType=\"{MESSAGE_SECURITY}#Base64Binary\">{nonce}</w:Nonce>\
             <u:Created>{created}</u:Created></w:UsernameToken></w:Security>",
            xml::escape(user)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_programmers_guide() {
        // ONVIF Application Programmer's Guide 1.0, section 6.1.1.3, which prints this example.
        let nonce = BASE64_STANDARD.decode("LKqI6G/AikKCQrN0zqZFlg==").expect("Base64");
        let created = "2010-09-16T07:50:45Z";
        let mut hash = Sha1::new();
        hash.update(&nonce);
        hash.update(created);
        hash.update("userpassword");
        assert_eq!(BASE64_STANDARD.encode(hash.finalize()), "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
    }

    #[test]
    fn a_token_holds_a_proof_and_no_password() {
        let now = "2026-03-01T12:00:00Z".parse().expect("RFC 3339");
        let secret = Secret::new("hunter2");
        let text = UsernameToken::with_nonce("a<b", &secret, now, [7; 16]).to_xml();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("<w:Username>a&lt;b</w:Username>"), "names are escaped: {text}");
        let other = UsernameToken::with_nonce("a<b", &secret, now, [8; 16]).to_xml();
        assert_ne!(text, other, "another nonce, another proof");
    }
}
