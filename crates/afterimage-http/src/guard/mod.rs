//! Who is let in, before anything is looked up.
//!
//! Belongs here: names and pages that requests may come by ([`origin`]), proof of the token
//! ([`token`]), headers that keep browsers strict ([`headers`]). Not here: what a caller may do
//! (`afterimage_api::Caller`).

pub(crate) mod headers;
pub(crate) mod origin;
pub(crate) mod token;
