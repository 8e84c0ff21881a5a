//! What may be asked of a recorder: operations, who may ask, and what travels over the border.
//!
//! Belongs here: one plain async function per operation over domain types, the DTOs ([`dto`]) and
//! their conversions, the one error of all doors. Not here: HTTP, Tauri, SQL.
//! Invariant: input is parsed where it enters; inside there are names, instants and limits that
//! hold.
//!
//! Without the feature `operations` the crate is its DTOs alone: what a client needs.

pub mod dto;

#[cfg(feature = "operations")]
mod access;
#[cfg(feature = "operations")]
mod activity;
#[cfg(feature = "operations")]
mod api;
#[cfg(feature = "operations")]
mod bookmarks;
#[cfg(feature = "operations")]
mod checks;
#[cfg(feature = "operations")]
mod clips;
#[cfg(feature = "operations")]
mod consumers;
#[cfg(feature = "operations")]
mod convert;
#[cfg(feature = "operations")]
mod detections;
#[cfg(feature = "operations")]
mod discovery;
#[cfg(feature = "operations")]
mod error;
#[cfg(feature = "operations")]
mod events;
#[cfg(feature = "operations")]
mod exports;
#[cfg(feature = "operations")]
mod footage;
#[cfg(feature = "operations")]
mod forecast;
#[cfg(feature = "operations")]
mod fragments;
#[cfg(feature = "operations")]
mod holds;
#[cfg(feature = "operations")]
mod input;
#[cfg(feature = "operations")]
mod live;
#[cfg(feature = "operations")]
mod password;
#[cfg(feature = "operations")]
mod playlist;
#[cfg(feature = "operations")]
mod stills;
#[cfg(feature = "operations")]
mod storage;
#[cfg(feature = "operations")]
mod streams;
#[cfg(feature = "operations")]
mod system;
#[cfg(feature = "operations")]
mod timeline;
#[cfg(feature = "operations")]
mod trials;

#[cfg(feature = "operations")]
pub use self::{
    access::{Caller, Right},
    activity::{ActivityReport, ShareReport},
    api::{Api, ApiOptions},
    bookmarks::{BookmarkDraft, BookmarkReport, BookmarksWanted},
    checks::{CheckStatus, CheckWanted},
    clips::{Clip, ClipCut, ClipFormat, ClipWanted, ReadAt},
    consumers::{ConsumerFeed, ConsumerReport},
    convert::fragment_message,
    detections::{DetectionFrame, DetectionReport, DetectionsFound, DetectionsWanted},
    discovery::{Discovery, ProfilesWanted},
    error::ApiError,
    events::{EventReport, EventsFound, EventsMarked, EventsWanted},
    exports::{
        ExportWanted, ExportedFile, FrameChoice, Making, PickedInstant, PictureMaker, PictureOrder,
        PicturesMade, PicturesTold,
    },
    forecast::{Room, StreamLoad, forecast},
    fragments::{FragmentBytes, FragmentsFound},
    holds::{HoldDraft, HoldReport},
    input::{ConsumerName, TimeRange},
    live::{LiveFeed, LiveItem},
    playlist::PlaylistWanted,
    stills::{Still, StillWanted},
    storage::{StorageChange, StorageReport, WhatIf},
    streams::StreamReport,
    system::SystemReport,
    timeline::TimelineReport,
};
#[cfg(feature = "operations")]
pub use afterimage_discovery::Target;
#[cfg(feature = "operations")]
pub use afterimage_recorder::ConsumerItem;
