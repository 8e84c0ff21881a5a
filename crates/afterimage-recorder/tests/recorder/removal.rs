//! Deleting a stream: it is gone for everybody, and its footage with it.

use crate::consumers::fragment;
use crate::rig::{Rig, Visit, door, draft, seconds};
use afterimage_base::ErrorKind;
use afterimage_recorder::LiveEvent;
use afterimage_store::StartPosition;
use std::path::Path;

fn files_below(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let inner = |path: std::path::PathBuf| match path.is_dir() {
        true => files_below(&path),
        false => vec![path],
    };
    entries.flat_map(inner).filter(|path| path.extension().is_some_and(|e| e == "mp4")).collect()
}

#[tokio::test(start_paused = true)]
async fn deleting_ends_watchers_and_consumers_and_removes_the_footage() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(10.5).await;
    let id = rig.id();
    for name in ["waiting", "behind", "busy"] {
        rig.store().create_consumer(id, name, StartPosition::Earliest).unwrap();
    }
    let mut live = rig.recorder.live(&door()).unwrap();
    let mut waiting = rig.recorder.read(&door(), "waiting").await.unwrap();
    let mut behind = rig.recorder.read(&door(), "behind").await.unwrap();
    let mut busy = rig.recorder.read(&door(), "busy").await.unwrap();
    fragment(&mut busy).await;
    for _ in 0..10 {
        fragment(&mut waiting).await;
    }
    let watch = tokio::spawn(async move { while live.next().await.is_some() {} });
    let wait = tokio::spawn(async move {
        while let Some(_item) = waiting.next().await.expect("the end is no error") {}
    });
    assert!(!files_below(rig.store().directory()).is_empty(), "there is footage");

    rig.recorder.delete_stream(&door()).await.unwrap();
    let soon = |task| tokio::time::timeout(seconds(10.0), task);
    soon(watch).await.expect("watching ends").unwrap();
    soon(wait).await.expect("waiting ends").unwrap();
    let end = behind.next().await.expect("the end is no error");
    assert!(end.is_none(), "who had not begun is told the same");
    let end = busy.next().await.expect("the end is no error");
    assert!(end.is_none(), "also who still had fragments before it");
    let left = files_below(rig.store().directory());
    assert!(left.is_empty(), "no footage is left: {left:?}");
    let gone = rig.store().stream(&door()).expect_err("it is deleted");
    assert_eq!(gone.kind(), ErrorKind::NotFound, "{gone}");
    let again = rig.recorder.delete_stream(&door()).await.expect_err("it is deleted");
    assert_eq!(again.kind(), ErrorKind::NotFound, "{again}");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_streams_name_is_free_for_another() {
    let rig = Rig::new([Visit::new().streams_on(), Visit::new().streams_on()]).await;
    rig.advance(5.5).await;
    let first = rig.id();
    rig.recorder.delete_stream(&door()).await.unwrap();
    rig.recorder.create_stream(draft()).await.unwrap();
    rig.advance(5.5).await;
    assert_ne!(rig.id(), first, "it is another stream");
    assert_eq!(rig.fragments()[0].number, 1, "its numbers begin anew");
    let mut live = rig.recorder.live(&door()).unwrap();
    let event = tokio::time::timeout(seconds(1.0), live.next()).await.unwrap();
    assert!(matches!(event, Some(LiveEvent::State(_) | LiveEvent::Init(_))), "and it lives");
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_camera_does_not_answer_can_be_deleted() {
    let rig = Rig::new([Visit::never_answers()]).await;
    rig.advance(5.0).await;
    rig.recorder.delete_stream(&door()).await.unwrap();
    assert_eq!(rig.seconds(rig.now()), 5.0, "nobody waits for a dead camera");
}

#[tokio::test(start_paused = true)]
async fn the_recorders_end_ends_watchers_and_consumers() {
    let rig = Rig::new([Visit::new().streams_on()]).await;
    rig.advance(3.5).await;
    rig.store().create_consumer(rig.id(), "worker", StartPosition::Earliest).unwrap();
    let mut reader = rig.recorder.read(&door(), "worker").await.unwrap();
    fragment(&mut reader).await;
    let mut live = rig.recorder.live(&door()).unwrap();
    let watch = tokio::spawn(async move { while live.next().await.is_some() {} });
    rig.stop().await;
    let ended = tokio::time::timeout(seconds(10.0), watch);
    ended.await.expect("watching ends").unwrap();
    // What it had looked up may still come.
    while reader.next().await.expect("a recorder that stops is no consumer's error").is_some() {}
}
