//! Sends a command to a pod and waits for its reply, at most until its deadline.

use super::Hub;
use super::pending::{Answer, Failure, NotRegistered, OutgoingCommand};
use super::pod::Pod;
use super::status;
use crate::sessions::ports::{Inbound, MessageSource, MessagesUnavailable, PodStatus};
use crate::trace;
use bridge_protocol::{Command, CommandError, GatewayFrame, MessageInfo, ReplyResult, Request, limits};
use futures_util::future::BoxFuture;
use gateway_domain::Person;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{Instrument, field};

/// Sends commands. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    shared: Arc<Hub>,
}

/// Why a command brought no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("No pod named {pod:?} has ever connected.")]
    UnknownPod { pod: String },
    #[error("No connected pod has the session {session:?}.")]
    UnknownSession { session: String },
    #[error("The pod {pod:?} is disconnected; it reconnects by itself.")]
    Offline { pod: String },
    #[error("The pod {pod:?} has too many commands in flight; try again shortly.")]
    Busy { pod: String },
    #[error("A command with the id {request_id:?} is already in flight.")]
    AlreadyInFlight { request_id: String },
    #[error("{command} got no reply within {} ms; it may still take effect.", after.as_millis())]
    TimedOut { command: &'static str, after: Duration },
    #[error("OpenCode restarted during {command}; it is not known whether it took effect.")]
    PodRestarted { command: &'static str },
    #[error("{0}")]
    Command(#[source] CommandError),
}

impl CallError {
    /// The word for metrics.
    fn outcome(&self) -> &'static str {
        match self {
            Self::UnknownPod { .. } | Self::UnknownSession { .. } | Self::Offline { .. } => "offline",
            Self::Busy { .. } | Self::AlreadyInFlight { .. } => "busy",
            Self::TimedOut { .. } => "timeout",
            Self::PodRestarted { .. } => "restarted",
            Self::Command(_) => "error",
        }
    }
}

impl Caller {
    pub(super) fn new(shared: Arc<Hub>) -> Self {
        Self { shared }
    }

    /// Sends to the pod that owns the session.
    pub async fn call_session(
        &self,
        session: &str,
        command: Command,
        deadline: Duration,
    ) -> Result<ReplyResult, CallError> {
        let Some(home) = self.shared.homes.of(session) else {
            return Err(CallError::UnknownSession { session: session.to_owned() });
        };
        self.call(&home.name, command, deadline).await
    }

    /// Sends to a pod under a request id of the hub's own.
    pub async fn call(
        &self,
        pod: &str,
        command: Command,
        deadline: Duration,
    ) -> Result<ReplyResult, CallError> {
        let request_id = self.shared.ids.next("req_");
        self.call_as(request_id, pod, command, deadline).await
    }

    /// Sends under the caller's request id: sent again under the same id, a command runs once.
    pub async fn call_as(
        &self,
        request_id: String,
        pod: &str,
        command: Command,
        deadline: Duration,
    ) -> Result<ReplyResult, CallError> {
        let (name, started) = (command.name(), Instant::now());
        let span = trace::part(|| {
            let session_id = command.session();
            tracing::info_span!(
                "command",
                otel.name = name,
                otel.kind = "client",
                pod,
                session_id,
                request_id,
                outcome = field::Empty
            )
        });
        let result = self.send(request_id, pod, command, deadline).instrument(span.clone()).await;
        let outcome = result.as_ref().map_or_else(CallError::outcome, |_| "ok");
        span.record("outcome", outcome);
        self.shared.metrics.command(name, outcome, started.elapsed().as_secs_f64());
        result
    }

    /// The same for a file of a message, of which only some may be on their way. Whoever waits too long hears that.
    pub(super) async fn call_for_file(
        &self,
        session: &str,
        command: Command,
        deadline: Duration,
    ) -> Result<ReplyResult, CallError> {
        let name = command.name();
        let turn = tokio::time::timeout(deadline, self.shared.files.acquire()).await;
        let _turn = turn.map_err(|_| CallError::TimedOut { command: name, after: deadline })?;
        self.call_session(session, command, deadline).await
    }

    pub fn status(&self) -> Vec<PodStatus> {
        status::all(&self.shared)
    }

    async fn send(
        &self,
        request_id: String,
        pod: &str,
        command: Command,
        deadline: Duration,
    ) -> Result<ReplyResult, CallError> {
        let Some(pod) = self.shared.registry.find(pod) else {
            return Err(CallError::UnknownPod { pod: pod.to_owned() });
        };
        // Nobody but the pod that the session lives in is told what was decided in it.
        let session = command.session();
        if session.is_some_and(|session| self.shared.homes.is_elsewhere(session, &pod.identity()).is_some()) {
            return Err(CallError::Offline { pod: pod.name().to_string() });
        }
        let name = command.name();
        let outgoing = encode(&request_id, command, deadline);
        let answer = submit(&pod, &request_id, outgoing)?;
        let guard = Forget { pod: &pod, request_id: &request_id };
        let result = wait(answer, deadline, name).await;
        drop(guard);
        result
    }

    /// These sessions live in that pod from now on, whose they are until now.
    pub(super) async fn give(&self, sessions: Vec<String>, pod: &str, by: Person) -> Result<(), CallError> {
        let Some(pod) = self.shared.registry.find(pod) else {
            return Err(CallError::UnknownPod { pod: pod.to_owned() });
        };
        if pod.link().is_none() {
            return Err(CallError::Offline { pod: pod.name().to_string() });
        }
        for session in sessions {
            if let Some(home) = self.shared.homes.of(&session) {
                self.shared.homes.hand_over(&session, &home, &pod.identity());
            }
            // The queue ends with the gateway only.
            let _ = pod.inbound.send(Inbound::HandedOver { session, by: Some(by.clone()) }).await;
        }
        Ok(())
    }
}

/// Takes the command off the list when its caller stops waiting, for whatever reason.
struct Forget<'a> {
    pod: &'a Pod,
    request_id: &'a str,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.pod.pending.forget(self.request_id);
    }
}

fn encode(request_id: &str, command: Command, deadline: Duration) -> OutgoingCommand {
    let survives_restart = command.survives_restart();
    let deadline_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    let traceparent = trace::here();
    let request = Request { request_id: request_id.to_owned(), deadline_ms, traceparent, command };
    OutgoingCommand { frame: GatewayFrame::Request(Box::new(request)).encode().into(), survives_restart }
}

/// Registers the command and hands it to the link. A link that dies right after takes nothing away: the
/// next one sends all registered commands.
fn submit(
    pod: &Pod,
    request_id: &str,
    outgoing: OutgoingCommand,
) -> Result<oneshot::Receiver<Answer>, CallError> {
    let name = || pod.name().to_string();
    let Some(link) = pod.link() else { return Err(CallError::Offline { pod: name() }) };
    let frame = Arc::clone(&outgoing.frame);
    let answer = pod.pending.insert(request_id, outgoing).map_err(|rejected| match rejected {
        NotRegistered::Full => CallError::Busy { pod: name() },
        NotRegistered::AlreadyInFlight => CallError::AlreadyInFlight { request_id: request_id.to_owned() },
    })?;
    if let Err(TrySendError::Full(_)) = link.outbound.try_send(frame) {
        pod.pending.forget(request_id);
        return Err(CallError::Busy { pod: name() });
    }
    Ok(answer)
}

async fn wait(
    answer: oneshot::Receiver<Answer>,
    deadline: Duration,
    command: &'static str,
) -> Result<ReplyResult, CallError> {
    match tokio::time::timeout(deadline, answer).await {
        Ok(Ok(Ok(reply))) => Ok(reply),
        Ok(Ok(Err(Failure::Command(error)))) => Err(CallError::Command(error)),
        Ok(Ok(Err(Failure::PodRestarted)) | Err(_)) => Err(CallError::PodRestarted { command }),
        Err(_) => Err(CallError::TimedOut { command, after: deadline }),
    }
}

impl MessageSource for Caller {
    fn messages<'a>(
        &'a self,
        session: &'a str,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<MessageInfo>, MessagesUnavailable>> {
        let command = Command::SessionMessages { session_id: session.to_owned(), limit, before: None };
        let deadline = Duration::from_millis(limits::COMMAND_DEADLINE_MS);
        Box::pin(async move {
            match self.call_session(session, command, deadline).await {
                Ok(ReplyResult::Messages { messages, .. }) => Ok(messages),
                Ok(_) => Err(MessagesUnavailable("The plugin's reply doesn't match the command.".to_owned())),
                Err(error) => Err(MessagesUnavailable(error.to_string())),
            }
        })
    }
}
