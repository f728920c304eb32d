//! Socket Mode: slack-morphism's connection manager holds the sockets, raw frames come to the door.
//!
//! The manager waits for the acknowledgement before it reads on, so nothing here may take long. When Slack wants
//! sockets replaced, they are replaced one after the other: the others serve meanwhile.

use super::door::{Ack, Door};
use super::parse::Delivery;
use crate::slack::metrics::InMetrics;
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use slack_morphism::clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory};
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::prelude::*;
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Seconds between attempts while Slack cannot be reached: with ten sockets still below its 50 openings in a minute
/// for the first three, and a person's patience after an outage.
const RETRY_SECONDS: u64 = 5;

/// A socket says hello well within this; the next one is replaced then, whatever became of it.
const HELLO: Duration = Duration::from_secs(5);

/// A socket that lived for less, or never said hello, is replaced only after a pause, so that a Slack that hangs up
/// at once is not called without end.
const SHORT_LIFE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(500);

type Manager = dyn SlackSocketModeClientsManager + Send + Sync;

/// The open sockets. They close when it is told to stop.
pub(in crate::slack) struct Sockets {
    manager: Arc<Manager>,
    listener: Arc<Listener>,
}

struct Listener {
    door: Door,
    metrics: InMetrics,
    manager: OnceLock<Weak<Manager>>,
    /// Since when each has been open.
    open: Mutex<HashMap<String, Instant>>,
    hello: Notify,
    /// One socket is replaced at a time.
    turn: Arc<Semaphore>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Sockets {
    pub(in crate::slack) async fn open(
        slack: Arc<SlackClient<SlackClientHyperHttpsConnector>>,
        app_token: &SecretString,
        count: u32,
        door: Door,
        metrics: InMetrics,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let environment = Arc::new(SlackClientEventsListenerEnvironment::new(Arc::clone(&slack)));
        let manager: Arc<Manager> = slack.http_api.connector.new_clients_manager(environment);
        let listener = Arc::new(Listener {
            door,
            metrics,
            manager: OnceLock::from(Arc::downgrade(&manager)),
            open: Mutex::default(),
            hello: Notify::new(),
            turn: Arc::new(Semaphore::new(1)),
            tasks,
            stop,
        });
        let config = SlackClientSocketModeConfig::new()
            .with_max_connections_count(count)
            .with_initial_backoff_in_seconds(0)
            .with_reconnect_timeout_in_seconds(RETRY_SECONDS);
        let token = SlackApiToken::new(app_token.expose_secret().into());
        manager.register_new_token(&config, token, Arc::new(Ears(Arc::clone(&listener)))).await?;
        manager.start().await;
        Ok(Self { manager, listener })
    }

    pub(in crate::slack) fn count(&self) -> usize {
        self.listener.open().len()
    }

    pub(in crate::slack) async fn close(&self) {
        self.manager.shutdown().await;
    }
}

impl Listener {
    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_open(&self, id: &SlackSocketModeWssClientId) {
        let mut open = self.open();
        open.insert(id.to_string(), Instant::now());
        self.metrics.sockets.set(i64::try_from(open.len()).unwrap_or(i64::MAX));
        drop(open);
        self.hello.notify_waiters();
    }

    /// How long it was open.
    fn is_closed(&self, id: &SlackSocketModeWssClientId) -> Option<Duration> {
        let mut open = self.open();
        let since = open.remove(&id.to_string());
        self.metrics.sockets.set(i64::try_from(open.len()).unwrap_or(i64::MAX));
        since.map(|since| since.elapsed())
    }

    /// Beside the socket's own task, which still brings what Slack has sent on it.
    fn replace(self: Arc<Self>, id: SlackSocketModeWssClientId) {
        let listener = Arc::clone(&self);
        self.tasks.spawn(async move {
            tokio::select! {
                () = listener.stop.cancelled() => {}
                () = listener.replaced(id) => {}
            }
        });
    }

    async fn replaced(&self, id: SlackSocketModeWssClientId) {
        let Ok(_turn) = self.turn.acquire().await else { return };
        let Some(manager) = self.manager.get().and_then(Weak::upgrade) else { return };
        let lived = self.is_closed(&id);
        if lived.is_none_or(|lived| lived < SHORT_LIFE) {
            tokio::time::sleep(PAUSE).await;
        }
        let hello = self.hello.notified();
        tokio::pin!(hello);
        hello.as_mut().enable();
        manager.restart_client(&id).await;
        // Those that are gone already have no other to wait for.
        if lived.is_some() {
            let _ = tokio::time::timeout(HELLO, hello).await;
        }
    }

    async fn answer(&self, frame: &Value) -> Option<String> {
        let envelope = frame["envelope_id"].as_str()?;
        let kind = frame["type"].as_str().unwrap_or_default();
        let Some(delivery) = Delivery::named(kind) else {
            tracing::info!(kind, "Slack sent a kind of frame that this gateway does not know");
            return Some(json!({ "envelope_id": envelope }).to_string());
        };
        match self.door.take(delivery, &frame["payload"]).await {
            Ack::Plain => Some(json!({ "envelope_id": envelope }).to_string()),
            Ack::With(payload) => Some(json!({ "envelope_id": envelope, "payload": payload }).to_string()),
            Ack::None => None,
        }
    }
}

/// What the manager is given; the work that outlives a call needs the `Arc`.
struct Ears(Arc<Listener>);

#[async_trait]
impl SlackSocketModeClientListener for Ears {
    async fn on_message(&self, id: &SlackSocketModeWssClientId, body: String) -> Option<String> {
        let frame: Value = match serde_json::from_str(&body) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::warn!(%error, "a frame from Slack is no JSON");
                return None;
            }
        };
        match frame["type"].as_str() {
            Some("hello") => {
                self.0.is_open(id);
                None
            }
            Some("disconnect") => {
                self.0.metrics.alarm_if(frame["reason"] == "link_disabled", "socket_mode_off");
                tracing::info!(reason = frame["reason"].as_str(), "Slack wants a socket replaced");
                Arc::clone(&self.0).replace(id.clone());
                None
            }
            _ => self.0.answer(&frame).await,
        }
    }

    async fn on_error(&self, _: Box<dyn Error + Send + Sync>) {
        // Its text can hold an address that opens a socket.
        tracing::warn!("a socket to Slack failed");
    }

    async fn on_disconnect(&self, id: &SlackSocketModeWssClientId) {
        Arc::clone(&self.0).replace(id.clone());
    }
}
