//! Decides when sockets are read: on a clock, not when a packet comes.
//!
//! Most of what recording costs is waking up: a camera of 4 Mbit/s sends some 400 packets a
//! second, and each would wake an event loop. So all TCP sessions of the process live on one
//! thread with an event loop of its own, which sleeps without listening, wakes at fixed instants,
//! asks the kernel once which sockets have data, reads them empty, and sleeps again. The instants
//! are multiples of the period since one epoch, so sessions with one period share their wake-ups.
//!
//! A session that is being set up, or that somebody watches, is looked at every
//! [`PROMPT_EVERY`]. Calm sessions are not looked at in between: the less a camera sends, the
//! longer, so that no more than [`WAITING_BYTES`] wait in the kernel. They hand over what they
//! have at whole seconds, all at the same instant: waking the other side costs as much as reading.
//!
//! Belongs here: the thread, the grid, the pace. Not here: what a session does with its turn.
//! Invariant: a session that panics ends alone.

use afterimage_media::{CaptureError, CaptureFailure};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Adds at most this to the way of a picture to somebody who watches.
const PROMPT_EVERY: Duration = Duration::from_millis(5);

/// What a calm session lets wait in the kernel, by its rate. Linux takes about four times as much
/// (half of `tcp_rmem`) before it holds the camera back.
const WAITING_BYTES: f64 = 768.0 * 1024.0;

/// A calm session's period is its shortest one, doubled at most so often.
const MOST_DOUBLINGS: u32 = 2;

/// The instants at which calm sessions hand over.
const HAND_OVER_EVERY: Duration = Duration::from_secs(1);

/// How often farewells to cameras are looked after, when no session is left.
const FAREWELL_EVERY: Duration = Duration::from_millis(50);

/// How soon a session wants its turns.
#[derive(Debug)]
pub struct Pace {
    /// The period of a calm session that sends much, or of which nothing is known yet.
    shortest: Duration,
    doublings: AtomicU32,
    opening: AtomicBool,
    watched: AtomicBool,
    hands_over: AtomicBool,
}

impl Pace {
    /// The pace of a session that is being set up.
    #[must_use]
    pub fn new(shortest: Duration) -> Self {
        Self {
            shortest: shortest.max(PROMPT_EVERY),
            doublings: AtomicU32::new(0),
            opening: AtomicBool::new(true),
            watched: AtomicBool::new(false),
            hands_over: AtomicBool::new(true),
        }
    }

    pub fn opened(&self) {
        self.opening.store(false, Ordering::Relaxed);
    }

    pub fn set_watched(&self, watched: bool) {
        self.watched.store(watched, Ordering::Relaxed);
    }

    /// The camera has sent `bytes` in `time`: tells how long a calm session may wait. It waits
    /// longer by steps, because the kernel's buffer grows with what is read from it at a time.
    pub fn sends(&self, bytes: usize, time: Duration) {
        let per_period = bytes as f64 / time.as_secs_f64() * self.shortest.as_secs_f64();
        let most = self.doublings.load(Ordering::Relaxed).saturating_add(1).min(MOST_DOUBLINGS);
        let fits = |doublings: &u32| per_period * f64::from(1_u32 << doublings) <= WAITING_BYTES;
        let doublings = (0..=most).rev().find(fits).unwrap_or(0);
        self.doublings.store(doublings, Ordering::Relaxed);
    }

    /// Whether this turn is one of those in which calm sessions hand over.
    pub fn hands_over(&self) -> bool {
        self.hands_over.load(Ordering::Relaxed)
    }

    /// Whether somebody waits for what is read.
    pub fn is_prompt(&self) -> bool {
        self.opening.load(Ordering::Relaxed) || self.watched.load(Ordering::Relaxed)
    }

    fn every(&self) -> Duration {
        if self.is_prompt() {
            return PROMPT_EVERY;
        }
        self.shortest * (1 << self.doublings.load(Ordering::Relaxed))
    }

    /// A turn comes, `now` after the epoch.
    fn turn(&self, last: Option<Duration>, now: Duration) {
        let is_next = last.is_none_or(|last| next_tick(last, HAND_OVER_EVERY) <= now);
        self.hands_over.store(is_next, Ordering::Relaxed);
    }
}

/// The next instant of the grid after `since_epoch`; never `since_epoch` itself.
fn next_tick(since_epoch: Duration, every: Duration) -> Duration {
    let every = every.as_nanos().max(1);
    let next = (since_epoch.as_nanos() / every + 1) * every;
    Duration::from_nanos(u64::try_from(next).unwrap_or(u64::MAX))
}

struct Session {
    job: BoxFuture<'static, ()>,
    pace: Arc<Pace>,
    /// When its last turn was, since the epoch.
    last_turn: Option<Duration>,
}

impl Session {
    fn next_turn(&self) -> Duration {
        self.last_turn.map_or(Duration::ZERO, |last| next_tick(last, self.pace.every()))
    }

    /// Gives the session its turn. Its waker wakes nobody: the next turn comes by the clock.
    fn turn(&mut self, now: Duration) -> Poll<()> {
        self.pace.turn(self.last_turn, now);
        self.last_turn = Some(now);
        self.job.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// The thread that reads all TCP sessions of this process.
#[derive(Debug)]
pub struct DrainThread {
    arrivals: Arc<Mutex<VecDeque<Session>>>,
    thread: Thread,
}

impl DrainThread {
    /// The thread, started on first use. It sleeps for good while there are no sessions.
    pub fn shared() -> Result<&'static Self, CaptureError> {
        static SHARED: OnceLock<DrainThread> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        if let Some(shared) = SHARED.get() {
            return Ok(shared);
        }
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = SHARED.get() {
            return Ok(shared);
        }
        let started = Self::start().map_err(|error| {
            CaptureError::new(
                CaptureFailure::Unavailable,
                format!("this machine could not start the thread that reads cameras: {error}; raise its limits of threads and open files"),
            )
        })?;
        Ok(SHARED.get_or_init(|| started))
    }

    fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let arrivals = Arc::new(Mutex::new(VecDeque::new()));
        let theirs = Arc::clone(&arrivals);
        let handle = std::thread::Builder::new()
            .name("rtsp-drain".to_owned())
            .spawn(move || drain_for_ever(&runtime, &theirs))?;
        Ok(Self { arrivals, thread: handle.thread().clone() })
    }

    /// Takes a session on; its first turn comes at once.
    pub fn take_on(&self, job: impl Future<Output = ()> + Send + 'static, pace: Arc<Pace>) {
        let job = tokio::task::unconstrained(AssertUnwindSafe(job).catch_unwind())
            .map(|result| {
                if result.is_err() {
                    tracing::error!("an RTSP session broke inside; it ends");
                }
            })
            .boxed();
        let session = Session { job, pace, last_turn: None };
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push_back(session);
        self.look();
    }

    /// A pace changed: looks at once whose turn it is.
    pub fn look(&self) {
        self.thread.unpark();
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("pace", &self.pace).finish_non_exhaustive()
    }
}

fn drain_for_ever(runtime: &tokio::runtime::Runtime, arrivals: &Mutex<VecDeque<Session>>) -> ! {
    let epoch = Instant::now();
    let mut sessions: Vec<Session> = Vec::new();
    loop {
        sessions.extend(arrivals.lock().unwrap_or_else(PoisonError::into_inner).drain(..));
        runtime.block_on(turns(&mut sessions, epoch));
        let farewells = runtime.metrics().num_alive_tasks() > 0;
        let now = epoch.elapsed();
        let next = sessions.iter().map(Session::next_turn).min();
        match next {
            Some(next) => std::thread::park_timeout(next.saturating_sub(now)),
            None if farewells => std::thread::park_timeout(FAREWELL_EVERY),
            None => std::thread::park(),
        }
    }
}

/// Asks the kernel what has come, and gives each session its turn whose time it is.
async fn turns(sessions: &mut Vec<Session>, epoch: Instant) {
    // Yielding is what makes a current-thread runtime ask: once, without waiting.
    tokio::task::yield_now().await;
    let now = epoch.elapsed();
    sessions.retain_mut(|session| session.next_turn() > now || session.turn(now).is_pending());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn sessions_with_one_period_share_their_instants() {
        let every = Duration::from_millis(200);
        for micros in [0, 1, 150_000, 199_999] {
            let next = next_tick(Duration::from_micros(micros), every);
            assert_eq!(next, every, "whoever was last read at {micros} µs is read next at 200 ms");
        }
        assert_eq!(next_tick(every, every), 2 * every, "an instant is not its own successor");
    }

    #[test]
    fn who_is_watched_or_being_set_up_is_prompt() {
        let pace = Pace::new(Duration::from_millis(200));
        assert_eq!(pace.every(), PROMPT_EVERY, "setting up takes several round trips");
        pace.opened();
        assert_eq!(pace.every(), Duration::from_millis(200));
        pace.set_watched(true);
        assert_eq!(pace.every(), PROMPT_EVERY);
    }

    #[test]
    fn calm_sessions_hand_over_together_once_a_second() {
        let pace = Pace::new(Duration::from_millis(200));
        pace.opened();
        let turns: Vec<Duration> =
            (10..=21).map(|tick| Duration::from_millis(tick * 200)).collect();
        let over = turns.windows(2).filter_map(|pair| {
            pace.turn(Some(pair[0]), pair[1]);
            pace.hands_over().then_some(pair[1].as_millis())
        });
        assert_eq!(over.collect::<Vec<_>>(), [3_000, 4_000], "at whole seconds, whoever it is");
    }

    #[test]
    fn the_less_a_camera_sends_the_longer_it_waits() {
        let pace = Pace::new(Duration::from_millis(250));
        pace.opened();
        assert_eq!(pace.every(), Duration::from_millis(250), "nothing is known of it yet");
        let seen = [520_000, 520_000, 520_000, 1_300_000, 4_000_000, 0, 0].map(|bytes| {
            pace.sends(bytes, Duration::from_secs(1));
            pace.every().as_millis()
        });
        let expected = [500, 1_000, 1_000, 500, 250, 500, 1_000];
        assert_eq!(seen, expected, "longer by steps, at once shorter where much comes");
    }

    /// A session that tells of its turns and never ends.
    fn told(turns: mpsc::Sender<Instant>) -> impl Future<Output = ()> {
        futures::future::poll_fn(move |_| match turns.send(Instant::now()) {
            Ok(()) => Poll::Pending,
            Err(_) => Poll::Ready(()),
        })
    }

    #[test]
    fn being_watched_takes_effect_at_once() {
        let drain = DrainThread::start().expect("a thread");
        let (turns, seen) = mpsc::channel();
        let pace = Arc::new(Pace::new(Duration::from_secs(3_600)));
        pace.opened();
        drain.take_on(told(turns), Arc::clone(&pace));
        seen.recv().expect("the first turn comes at once");
        pace.set_watched(true);
        drain.look();
        let second = seen.recv_timeout(Duration::from_secs(60));
        second.expect("within milliseconds, not at the next hour");
    }

    #[test]
    fn a_session_that_panics_ends_alone() {
        let drain = DrainThread::start().expect("a thread");
        let pace = || Arc::new(Pace::new(Duration::from_millis(5)));
        drain.take_on(async { panic!("expected by this test") }, pace());
        let (turns, seen) = mpsc::channel();
        drain.take_on(told(turns), pace());
        for _ in 0..3 {
            seen.recv_timeout(Duration::from_secs(60)).expect("the other goes on");
        }
    }
}
