//! Who may watch which mount: Basic and Digest, per mount.
//!
//! Belongs here: the decision. The checking of passwords is the library's. Invariant: a user of
//! one mount is nobody on another.

use afterimage_base::Secret;
use gstreamer_rtsp_server as rtsp_server;
use rtsp_server::glib;
use rtsp_server::gst_rtsp;
use rtsp_server::prelude::*;
use rtsp_server::subclass::prelude::*;
use std::collections::HashMap;

/// The field of a login's token that names its user.
const USER: &str = "user";

mod imp {
    use super::USER;
    use gstreamer_rtsp_server as rtsp_server;
    use rtsp_server::glib;
    use rtsp_server::subclass::prelude::*;
    use std::collections::HashMap;
    use std::sync::OnceLock;

    #[derive(Default)]
    pub struct MountAuth {
        /// Mounts that need a login, and whose.
        pub users: OnceLock<HashMap<String, String>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for MountAuth {
        const NAME: &'static str = "AfterimageMountAuth";
        type Type = super::MountAuth;
        type ParentType = rtsp_server::RTSPAuth;
    }

    impl ObjectImpl for MountAuth {}

    impl MountAuth {
        /// The user that the requested mount belongs to; `None` where everybody may watch.
        fn required_user(&self, context: &rtsp_server::RTSPContext) -> Option<&str> {
            let users = self.users.get()?;
            let address = context.uri()?.request_uri().to_string();
            let path = address
                .split_once("://")
                .map_or(&*address, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
            // `/door/stream=0` is a track of `/door`; the longest mount that fits is meant.
            let fits = |mount: &str| {
                path.strip_prefix(mount)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            };
            let mount = users.keys().filter(|mount| fits(mount)).max_by_key(|mount| mount.len())?;
            users.get(mount).map(String::as_str).filter(|user| !user.is_empty())
        }
    }

    impl RTSPAuthImpl for MountAuth {
        fn authenticate(&self, context: &rtsp_server::RTSPContext) -> bool {
            let required = self.required_user(context);
            self.parent_authenticate(context)
                && context.token().and_then(|token| token.string(USER)).as_deref() == required
        }

        fn check(&self, context: &rtsp_server::RTSPContext, check: &glib::GString) -> bool {
            let is_about_media = check.as_str() != rtsp_server::RTSP_AUTH_CHECK_CONNECT.as_str();
            if is_about_media && self.required_user(context).is_none() {
                return true;
            }
            // Of the parent's checks this one alone asks for a login and then for a field of the
            // token, not for roles, which the bindings can't give a mount. It also sends the 401.
            let login = || {
                let check =
                    glib::GString::from(rtsp_server::RTSP_AUTH_CHECK_TRANSPORT_CLIENT_SETTINGS);
                self.parent_check(context, &check)
            };
            match check.as_str() {
                name if name == rtsp_server::RTSP_AUTH_CHECK_MEDIA_FACTORY_ACCESS.as_str()
                    || name == rtsp_server::RTSP_AUTH_CHECK_MEDIA_FACTORY_CONSTRUCT.as_str() =>
                {
                    login()
                }
                name if name == rtsp_server::RTSP_AUTH_CHECK_TRANSPORT_CLIENT_SETTINGS.as_str() => {
                    false
                }
                _ => self.parent_check(context, check),
            }
        }
    }
}

glib::wrapper! {
    pub struct MountAuth(ObjectSubclass<imp::MountAuth>) @extends rtsp_server::RTSPAuth;
}

impl MountAuth {
    /// `logins`: each mount with its user and password, or none.
    pub fn new<'a>(logins: impl Iterator<Item = (&'a str, Option<&'a (String, Secret)>)>) -> Self {
        let auth: Self = glib::Object::new();
        // A set of bits that the bindings take for a choice of one: Basic (1) and Digest (2).
        auth.set_supported_methods(gst_rtsp::RTSPAuthMethod::__Unknown(3));
        let mut users = HashMap::new();
        for (mount, login) in logins {
            let user = login.map_or("", |(user, _)| user);
            users.insert(mount.to_owned(), user.to_owned());
            let Some((user, password)) = login else { continue };
            let token = rtsp_server::RTSPToken::builder()
                .field(USER, user)
                .field(rtsp_server::RTSP_TOKEN_TRANSPORT_CLIENT_SETTINGS, true)
                .build();
            let basic = rtsp_server::RTSPAuth::make_basic(user, password.expose());
            auth.add_basic(&basic, &token);
            auth.add_digest(user, password.expose(), &token);
        }
        let _ = auth.imp().users.set(users);
        auth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_can_be_made_for_open_and_closed_mounts() {
        crate::init().expect("GStreamer starts");
        let login = ("user".to_owned(), Secret::new("secret"));
        let auth = MountAuth::new([("/open", None), ("/closed", Some(&login))].into_iter());
        assert_eq!(auth.imp().users.get().map(HashMap::len), Some(2), "both mounts are known");
    }
}
