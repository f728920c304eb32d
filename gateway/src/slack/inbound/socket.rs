//! Socket Mode: several sockets, so that one may be replaced while the others serve.
//!
//! A socket that Slack wants replaced serves on until another one has taken its place. Sockets that die at once are
//! opened again more and more slowly, and never faster than Slack lets an app open them.

use super::intake::Intake;
use super::socket_link::{Link, Shared, Socket, Waiting, connect};
use crate::slack::client::{CallFault, Client, WRITING};
use crate::slack::metrics::InMetrics;
use serde_json::json;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A socket says hello well within this; the next one is replaced then, whatever became of it.
const HELLO: Duration = Duration::from_secs(5);

/// A socket that lived for less did not really serve.
const SHORT_LIFE: Duration = Duration::from_secs(10);

/// Before a socket is opened again that did not serve, doubled each time, and the longest: while Slack cannot be reached
/// at all people wait for it to come back, while it refuses somebody has to mend something first.
const PAUSE: Duration = Duration::from_millis(500);
const UNREACHABLE: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(30);

/// Openings in a minute; Slack's own most is 50, of which `gateway doctor` and another gateway may want some.
const OPENINGS: usize = 40;
const MINUTE: Duration = Duration::from_secs(60);

/// The open sockets. They end when the gateway stops.
pub(in crate::slack) struct Sockets(Arc<Shared>);

impl Sockets {
    /// `api` holds the app-level token.
    pub(in crate::slack) fn open(
        api: &Client,
        count: u32,
        intake: Intake,
        metrics: InMetrics,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let shared = Arc::new(Shared { intake, metrics, open: AtomicUsize::new(0), stop });
        let (turn, openings) = (Arc::new(Semaphore::new(1)), Arc::default());
        for _ in 0..count {
            let seat = Seat {
                api: api.clone(),
                shared: Arc::clone(&shared),
                turn: Arc::clone(&turn),
                openings: Arc::clone(&openings),
                tasks: tasks.clone(),
            };
            tasks.spawn(seat.keep());
        }
        Self(shared)
    }

    pub(in crate::slack) fn count(&self) -> usize {
        self.0.open.load(Ordering::SeqCst)
    }
}

/// The place of one socket, whichever it is at the moment.
struct Seat {
    api: Client,
    shared: Arc<Shared>,
    /// One is opened at a time.
    turn: Arc<Semaphore>,
    /// When sockets were opened lately.
    openings: Arc<Mutex<VecDeque<Instant>>>,
    tasks: TaskTracker,
}

/// Why a socket could not be opened.
enum SocketNotOpened {
    Unreachable,
    Refused,
    NotBefore(Duration),
}

impl Seat {
    async fn keep(self) {
        let stop = self.shared.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.fill() => {}
        }
    }

    /// One socket after the other.
    async fn fill(&self) {
        let mut failed = 0;
        loop {
            let pause = match self.seat_one().await {
                Ok(lived) if lived >= SHORT_LIFE => {
                    failed = 0;
                    Duration::ZERO
                }
                Ok(_) => pause(failed, LONGEST),
                Err(SocketNotOpened::Unreachable) => pause(failed, UNREACHABLE),
                Err(SocketNotOpened::Refused) => pause(failed, LONGEST),
                Err(SocketNotOpened::NotBefore(after)) => after.min(MINUTE),
            };
            failed = if pause.is_zero() { 0 } else { failed + 1 };
            tokio::time::sleep(pause).await;
        }
    }

    /// Opens one and waits until another must take its place. Returns how long it served.
    async fn seat_one(&self) -> Result<Duration, SocketNotOpened> {
        let (began, mut leaves) = {
            let Ok(_turn) = self.turn.acquire().await else { return Err(SocketNotOpened::Refused) };
            self.wait_for_an_opening().await;
            let socket = self.connect().await?;
            let ((hello, said), (leaves, left)) = (oneshot::channel(), oneshot::channel());
            let link = Link::new(socket, Arc::clone(&self.shared), Waiting { hello, leaves });
            self.tasks.spawn(link.serve());
            let _ = tokio::time::timeout(HELLO, said).await;
            (Instant::now(), left)
        };
        // Told, or dropped with the socket.
        let _ = (&mut leaves).await;
        Ok(began.elapsed())
    }

    async fn connect(&self) -> Result<Socket, SocketNotOpened> {
        let opened = self.api.call("apps.connections.open", &json!({}), WRITING).await;
        let opened = opened.map_err(|fault| {
            tracing::warn!(%fault, "socket refused by Slack; retrying");
            match fault {
                CallFault::RateLimited { after, .. } => SocketNotOpened::NotBefore(after),
                CallFault::Refused { .. } => SocketNotOpened::Refused,
                CallFault::NotSent { .. } | CallFault::Unknown { .. } => SocketNotOpened::Unreachable,
            }
        })?;
        connect(opened["url"].as_str().unwrap_or_default()).await.map_err(|why| {
            tracing::warn!(why, "socket to Slack not opened; retrying");
            SocketNotOpened::Unreachable
        })
    }

    /// Keeps the rate before Slack has to.
    async fn wait_for_an_opening(&self) {
        while let Some(wait) = self.take_opening() {
            tokio::time::sleep(wait).await;
        }
    }

    fn take_opening(&self) -> Option<Duration> {
        next_opening(&mut self.openings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes an opening, or says how long there is none.
fn next_opening(lately: &mut VecDeque<Instant>) -> Option<Duration> {
    let now = Instant::now();
    while lately.front().is_some_and(|first| now.duration_since(*first) >= MINUTE) {
        lately.pop_front();
    }
    match lately.front() {
        Some(first) if lately.len() >= OPENINGS => Some(MINUTE.saturating_sub(now.duration_since(*first))),
        _ => {
            lately.push_back(now);
            None
        }
    }
}

/// After so many failures in a row; drawn, so that several sockets are not opened at the same moment.
fn pause(failed: u32, longest: Duration) -> Duration {
    let most = PAUSE.saturating_mul(1 << failed.min(10)).min(longest);
    most.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn sockets_are_not_opened_faster_than_slack_lets_an_app() {
        // CHAOS F10 r
        let mut lately = VecDeque::new();
        for _ in 0..OPENINGS {
            assert_eq!(next_opening(&mut lately), None);
        }
        assert_eq!(next_opening(&mut lately), Some(MINUTE));
        tokio::time::advance(MINUTE).await;
        assert_eq!(next_opening(&mut lately), None);
    }

    #[test]
    fn what_dies_at_once_is_opened_more_and_more_slowly() {
        // CHAOS F10 r
        let least: Vec<_> = (0..8).map(|failed| pause(failed, LONGEST).as_secs_f64()).collect();
        assert!(least[0] <= 0.5 && least[3] >= 2.0 && least[7] >= 15.0, "{least:?}");
        assert!((0..40).all(|failed| pause(failed, UNREACHABLE) <= UNREACHABLE));
    }
}
