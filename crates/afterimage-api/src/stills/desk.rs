//! Between those who wait for stills and the workers who make them.
//!
//! Invariants: what somebody waits for is made before what is prepared; of what is prepared, the
//! newest wish first. Both lists are bounded. A still that nobody waits for any more is not begun.

use super::cache::StillCache;
use crate::ApiError;
use crate::dto::{StillFormat, StillJob, StillPlace};
use afterimage_base::ErrorKind;
use afterimage_store::StreamId;
use bytes::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// More are refused: the worker would not come to them before they give up.
const WAITING_LIMIT: usize = 64;
const PREPARED_LIMIT: usize = 32;
/// A worker that has not asked for this long is none.
const WORKER_SILENCE: Duration = Duration::from_secs(60);
/// A worker that took a still and says nothing has gone.
const MAKING_LIMIT: Duration = Duration::from_secs(30);

/// A picture and the frame that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    pub bytes: Bytes,
    pub place: StillPlace,
}

/// Equal keys are equal pictures.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct StillKey {
    pub stream: StreamId,
    pub fragment: u64,
    /// `None`: its key frame.
    pub instant: Option<i64>,
    pub width: Option<u32>,
    pub format: StillFormat,
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub key: StillKey,
    pub job: StillJob,
}

type Answer = Result<Still, ApiError>;

#[derive(Debug, Default)]
pub(crate) struct StillDesk {
    state: Mutex<State>,
    has_orders: Notify,
}

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    waiting: VecDeque<(Order, Vec<oneshot::Sender<Answer>>)>,
    prepared: VecDeque<Order>,
    making: HashMap<u64, (Instant, StillKey, Vec<oneshot::Sender<Answer>>)>,
    cache: StillCache,
    worker_asked: Option<Instant>,
}

impl StillDesk {
    pub(super) fn ask(&self, order: Order) -> Result<oneshot::Receiver<Answer>, ApiError> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        if let Some(still) = state.cache.get(&order.key) {
            // The receiver is in our hands.
            drop(sender.send(Ok(still)));
            return Ok(receiver);
        }
        let is_staffed = state.worker_asked.is_some_and(|asked| asked.elapsed() < WORKER_SILENCE);
        if !is_staffed {
            return Err(ApiError::new(
                ErrorKind::Unavailable,
                "stills are made by a worker, and none is there; start `afterimage worker`, or \
                 the recorder without --no-worker",
            ));
        }
        if let Some((_, _, waiters)) =
            state.making.values_mut().find(|(_, key, _)| *key == order.key)
        {
            waiters.push(sender);
            return Ok(receiver);
        }
        if let Some((_, waiters)) =
            state.waiting.iter_mut().find(|(known, _)| known.key == order.key)
        {
            waiters.push(sender);
            return Ok(receiver);
        }
        state.waiting.retain(|(_, waiters)| !is_given_up(waiters));
        if state.waiting.len() >= WAITING_LIMIT {
            return Err(ApiError::new(
                ErrorKind::Unavailable,
                format!("{WAITING_LIMIT} pictures are being waited for already; ask again"),
            ));
        }
        state.prepared.retain(|prepared| prepared.key != order.key);
        state.waiting.push_back((order, vec![sender]));
        drop(state);
        self.has_orders.notify_one();
        Ok(receiver)
    }

    pub(super) fn prepare(&self, order: Order) {
        let mut state = self.state();
        let is_known = state.cache.has(&order.key)
            || state.prepared.iter().any(|known| known.key == order.key)
            || state.waiting.iter().any(|(known, _)| known.key == order.key)
            || state.making.values().any(|(_, key, _)| *key == order.key);
        if is_known {
            return;
        }
        state.prepared.push_front(order);
        state.prepared.truncate(PREPARED_LIMIT);
        drop(state);
        self.has_orders.notify_one();
    }

    /// Waits for something to make. Cancel safe.
    pub(super) async fn next(&self) -> StillJob {
        loop {
            // Registered before looking, so that an order in between is not missed.
            let told = self.has_orders.notified();
            if let Some(job) = self.take() {
                return job;
            }
            told.await;
        }
    }

    fn take(&self) -> Option<StillJob> {
        let mut state = self.state();
        state.worker_asked = Some(Instant::now());
        state.making.retain(|_, (begun, ..)| begun.elapsed() < MAKING_LIMIT);
        let (order, waiters) = loop {
            match state.waiting.pop_front() {
                Some((_, waiters)) if is_given_up(&waiters) => {}
                Some(wanted) => break wanted,
                None => break (state.prepared.pop_front()?, Vec::new()),
            }
        };
        let has_more = !state.waiting.is_empty() || !state.prepared.is_empty();
        state.last_id += 1;
        let id = state.last_id;
        state.making.insert(id, (Instant::now(), order.key, waiters));
        drop(state);
        if has_more {
            self.has_orders.notify_one();
        }
        Some(StillJob { id, ..order.job })
    }

    /// One that is not known any more was given up.
    pub(super) fn finish(&self, id: u64, answer: &Answer) {
        let mut state = self.state();
        let Some((_, key, waiters)) = state.making.remove(&id) else { return };
        if let Ok(still) = answer {
            state.cache.put(key, still.clone());
        }
        drop(state);
        for waiter in waiters {
            // Who has left misses nothing.
            drop(waiter.send(answer.clone()));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_given_up(waiters: &[oneshot::Sender<Answer>]) -> bool {
    waiters.iter().all(oneshot::Sender::is_closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::StillChoice;

    fn order(fragment: u64) -> Order {
        let key = StillKey {
            stream: "00000000-0000-0000-0000-000000000001".parse().expect("a UUID"),
            fragment,
            instant: None,
            width: None,
            format: StillFormat::Jpeg,
        };
        let job = StillJob {
            id: 0,
            stream: "door".to_owned(),
            segment: 1,
            fragments: vec![fragment],
            at_micros: 0,
            nearest: StillChoice::Key,
            width: None,
            format: StillFormat::Jpeg,
        };
        Order { key, job }
    }

    fn still(fragment: u64) -> Still {
        let place = StillPlace { fragment, sample: 0, at_micros: 0 };
        Still { bytes: Bytes::from_static(b"picture"), place }
    }

    #[tokio::test]
    async fn without_a_worker_the_answer_comes_at_once() {
        let desk = StillDesk::default();
        let error = desk.ask(order(1)).expect_err("nobody would make it");
        assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    }

    #[tokio::test]
    async fn what_is_waited_for_comes_before_what_is_prepared_and_is_made_once() {
        let desk = StillDesk::default();
        assert!(desk.take().is_none(), "a worker is there, and there is nothing to do");
        desk.prepare(order(7));
        let first = desk.ask(order(8)).expect("a worker is there");
        let second = desk.ask(order(8)).expect("the same picture again");
        let given_up = desk.ask(order(9)).expect("a worker is there");
        drop(given_up);
        let job = desk.next().await;
        assert_eq!(job.fragments, [8], "somebody waits for it");
        desk.finish(job.id, &Ok(still(8)));
        assert_eq!(first.await.expect("answered").expect("made"), still(8));
        assert_eq!(second.await.expect("answered").expect("made"), still(8), "made once for both");
        assert_eq!(desk.next().await.fragments, [7], "nobody waits for 9 any more");
        let again = desk.ask(order(8)).expect("kept");
        assert_eq!(again.await.expect("at once").expect("made"), still(8), "from what is kept");
    }
}
