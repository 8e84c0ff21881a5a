//! 200 times `SIGKILL` for the real recorder, at any moment of its life.
//!
//! Five recorders live side by side, each with a data directory that outlives all its deaths and
//! three RTSP cameras with fragments of a second. A recorder is killed while it starts (one death
//! in six) or up to four seconds after it served. Every fragment that a consumer was
//! handed counts as acknowledged: the next recorder must hand out the same bytes, and so must the
//! archive after the last death, when all of it is checked once more.
//!
//! `AFTERIMAGE_KILLS` is how many, `AFTERIMAGE_KILL_SEED` repeats the moments of an earlier run.

use afterimage_api::dto::{FragmentQuery, TimelineQuery};
use afterimage_base::{Clock, StreamName, SystemClock, WallTime};
use afterimage_client::Client;
use afterimage_store::{CheckOptions, Store, StoreOptions};
use afterimage_tests::{
    Chance, Recorder, Running, Told, broken_promises, create_streams, small_footage, watch,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const RECORDERS: u64 = 5;
const CAMERAS: usize = 3;
const TOLERANCE: Duration = Duration::from_millis(2);

#[test]
fn a_killed_recorder_loses_nothing_that_it_told_and_one_fragment_at_most() {
    let kills = std::env::var("AFTERIMAGE_KILLS").ok().and_then(|text| text.parse().ok());
    let rounds = kills.unwrap_or(200_u64).div_ceil(RECORDERS);
    let (mut chance, seed) = Chance::seeded("AFTERIMAGE_KILL_SEED", 0x0AF7_E121);
    let folder = tempfile::tempdir().expect("a folder");
    let footage = folder.path().join("footage.mp4");
    small_footage(&footage);
    let cameras = cameras(folder.path(), &footage);
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let lives: Vec<_> = (0..RECORDERS)
            .map(|lane| {
                let (data, chance) = (folder.path().join(format!("data-{lane}")), chance.split());
                let urls = &cameras.1;
                scope.spawn(move || life(&data, urls, rounds, chance))
            })
            .collect();
        lives.into_iter().map(|life| life.join().expect("no promise was broken")).collect()
    });
    let sum = |part: fn(&Outcome) -> usize| outcomes.iter().map(part).sum::<usize>();
    println!(
        "seed {seed}: {} deaths, {} of them while starting; {} fragments told, none lost; {} ends \
         looked at, longest from the last fragment to the death {:?}",
        rounds * RECORDERS,
        sum(|outcome| outcome.starting),
        sum(|outcome| outcome.told),
        sum(|outcome| outcome.ends),
        outcomes.iter().map(|outcome| outcome.longest).max().unwrap_or_default(),
    );
    assert!(
        sum(|outcome| outcome.told) as u64 > rounds,
        "recorders that told nothing prove nothing"
    );
}

fn cameras(folder: &Path, footage: &Path) -> (Running, Vec<String>) {
    let footage = footage.to_str().expect("a plain name");
    let mut arguments = vec!["camera", "--listen", "127.0.0.1:0/yard"];
    arguments.extend(["--file", footage].repeat(CAMERAS));
    let cameras = Running::start_with(folder, &arguments, &[("AFTERIMAGE_LOG", "off")]);
    let first = cameras.first_line.clone();
    let further = (2..=CAMERAS).map(|number| format!("{first}-{number}"));
    let urls = std::iter::once(first.clone()).chain(further).collect();
    (cameras, urls)
}

#[derive(Debug, Default)]
struct Outcome {
    starting: usize,
    told: usize,
    ends: usize,
    longest: Duration,
}

/// A death, and what the recorder had told in the life before it.
struct Death {
    at: WallTime,
    told: Vec<Told>,
}

/// One data directory through all its recorders.
fn life(data: &Path, cameras: &[String], rounds: u64, mut chance: Chance) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let clock = SystemClock::new();
        let (mut outcome, mut streams) = (Outcome::default(), Vec::new());
        let mut all: BTreeMap<(StreamName, u64), Told> = BTreeMap::new();
        let mut last: Option<Death> = None;
        let mut slowest = Duration::ZERO;
        for round in 0..rounds {
            let mut recorder = Recorder::launch(data);
            if round > 0 && chance.between(0, 6) == 0 {
                let moment = Duration::from_millis(chance.between(0, 500));
                tokio::time::sleep(moment).await;
                recorder.kill();
                outcome.starting += 1;
                continue;
            }
            let client = recorder.client().await;
            let began = clock.now();
            if streams.is_empty() {
                streams = create_streams(&client, cameras).await;
            }
            if let Some(death) = last.take() {
                let broken = broken_promises(&client, &death.told).await;
                assert_eq!(broken, Vec::<String>::new(), "what was told before the death is kept");
                for stream in &streams {
                    let Some(missing) = end_of_life(&client, stream, &death).await else {
                        continue;
                    };
                    outcome.ends += 1;
                    outcome.longest = outcome.longest.max(missing.lasted);
                    // It was writing one fragment, and another may have been on its way to us for
                    // as long as fragments took at worst.
                    assert!(
                        missing.lasted <= missing.fragment + slowest + TOLERANCE,
                        "{stream} lost more than the fragment it was writing: nothing of the last \
                         {:?}; a fragment is {:?} and came after {slowest:?} at worst",
                        missing.lasted,
                        missing.fragment
                    );
                }
            }
            let moment = tokio::time::sleep(Duration::from_millis(chance.between(0, 4_000)));
            let told = watch(&client, &streams, moment).await;
            let at = clock.now();
            recorder.kill();
            let own: Vec<Told> = told.into_iter().filter(|told| told.from >= began).collect();
            slowest = own.iter().map(Told::delay).fold(slowest, Duration::max);
            outcome.told += own.len();
            all.extend(own.iter().map(|told| ((told.stream.clone(), told.number), told.clone())));
            last = Some(Death { at, told: own });
        }
        everything_is_there(data, &all);
        outcome
    })
}

struct Missing {
    /// From the last fragment that is kept to the death.
    lasted: Duration,
    /// The longest fragment of that life.
    fragment: Duration,
}

/// What is missing before a death. `None` where the stream had recorded nothing in that life.
async fn end_of_life(client: &Client, stream: &StreamName, death: &Death) -> Option<Missing> {
    let own = || death.told.iter().filter(|told| told.stream == *stream);
    let fragment = own().map(|told| told.to.since(told.from)).max()?;
    let first = own().map(|told| told.from).min()?;
    let query = FragmentQuery {
        from: Some(first.to_string()),
        to: Some(death.at.to_string()),
        limit: None,
    };
    let listed = client.fragments(stream, &query).await.expect("the recorder answers");
    let end = listed.fragments.iter().map(|fragment| fragment.to).max();
    let end = end.expect("the fragments that were told are listed");
    let query = TimelineQuery { from: Some(first.to_string()), to: None };
    let timeline = client.timeline(stream, &query).await.expect("the recorder answers");
    let gap = timeline.gaps.iter().find(|gap| gap.to > end).expect("the time of death is a gap");
    assert!(
        gap.from.since(end).max(end.since(gap.from)) <= TOLERANCE,
        "{stream}: right after the last fragment, at {end}: {gap:?}"
    );
    assert_eq!(gap.reason, "recorder_down", "{stream}: the death says why: {gap:?}");
    Some(Missing { lasted: death.at.since(end), fragment })
}

/// After the last death, without a recorder: all that was ever told, and all files.
fn everything_is_there(data: &Path, told: &BTreeMap<(StreamName, u64), Told>) {
    let options = StoreOptions::new(Arc::new(SystemClock::new()));
    let store = Store::open(data, options).expect("the last death left an archive");
    for ((stream, number), promise) in told {
        let id = store.stream(stream).expect("it was created").id;
        let record = store.fragment(id, *number).expect("the index answers");
        let record = record.unwrap_or_else(|| panic!("{stream} #{number} is gone"));
        let bytes = store.read_fragment_bytes(&record).expect("its checksum is right");
        assert!(bytes == promise.bytes, "{stream} #{number} is what was told");
    }
    let report = store.check(&CheckOptions::default(), &mut |_| ControlFlow::Continue(()));
    let report = report.expect("it can be read");
    assert!(report.is_complete && report.fragments >= told.len() as u64, "all was looked at");
    assert_eq!(report.findings, [], "no file is torn, unknown or off the chain");
    store.close().expect("it ends in good order");
}
