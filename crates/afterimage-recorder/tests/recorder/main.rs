//! The recorder as those around it see it: cameras on one side, archive, watchers and consumers on
//! the other. Cameras are scripted, the archive is a real one, and time is tokio's own: it stands
//! still while anything works and goes on when everything waits.

#![expect(clippy::unwrap_used, reason = "a test and its rig fail by a panic")]

mod clock;
mod consumer_positions;
mod consumers;
mod disk_full;
mod failures;
mod fallback;
mod gaps;
mod live;
mod producers;
mod removal;
mod restart;
mod rig;
mod schedules;
mod stopping;
mod trials;
