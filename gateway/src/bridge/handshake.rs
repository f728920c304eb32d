//! The first exchange of a connection: `hello` in, `welcome` or `refused` out.

use super::auth::Shown;
use super::greeting;
use super::inbound;
use super::link::Socket;
use super::own_words::{Door, Foreign};
use super::peer_ids;
use super::pod::{LinkHandle, LinkStart, Pod};
use super::tenure::Tenure;
use super::{Hub, Reception};
use crate::sessions::ports::{ForeignWord, Inbound};
use crate::token::WrongTokenReply;
use crate::watchdog;
use bridge_protocol::{
    CloseCode, GatewayFrame, Hello, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION, PluginFrame, ProtocolError,
    ProtocolErrorCode, Refused, ResumeMode, VersionRange, Welcome, limits, negotiate,
};
use gateway_domain::{PodIdentity, Succession, one_line};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Places for frames to a pod: all commands it may have in flight, and some room.
const OUTBOUND_QUEUE: usize = limits::MAX_IN_FLIGHT_COMMANDS + 64;

/// How long a new link waits for the pod's older one to let go. That one only finishes a frame.
const HANDOVER_TIMEOUT: Duration = Duration::from_secs(2);

/// A link that was let in.
pub(super) struct AcceptedLink {
    pub(super) pod: Arc<Pod>,
    pub(super) handle: LinkHandle,
    pub(super) outbound: mpsc::Receiver<Arc<str>>,
    pub(super) attached: LinkStart,
    pub(super) tenure: Tenure,
    pub(super) identity: Arc<PodIdentity>,
    /// Pods whose sessions it told of, and may have once they are gone.
    pub(super) heir_of: Vec<Arc<PodIdentity>>,
}

/// A hello that was taken: what is left of it, and what was not this pod's.
struct OwnHello {
    hello: Hello,
    heir_of: Vec<Arc<PodIdentity>>,
}

/// Pods that one can be the heir of at a time; in each beat of the link it is looked whether they are gone.
const PREDECESSORS: usize = 8;

/// Why a connection did not become a link: the code to close it with, if the peer is still there.
pub(super) struct LinkRefusal(pub(super) Option<CloseCode>);

/// Reads the `hello`, judges it, and makes the connection the pod's link.
pub(super) async fn accept(
    reception: &Reception,
    socket: &mut Socket,
    connection_id: &Arc<str>,
    shown: Shown,
) -> Result<AcceptedLink, LinkRefusal> {
    let shared = &reception.shared;
    let waiting = tokio::time::timeout(shared.config.hello_timeout, read_hello(shared, socket));
    let hello = match waiting.await {
        Ok(Some(hello)) => hello,
        Ok(None) => return Err(LinkRefusal(None)),
        Err(_) => return Err(refuse(shared, socket, CloseCode::HelloExpected, "no_hello").await),
    };
    let Some(version) = negotiate(hello.protocol) else {
        return Err(refuse(shared, socket, CloseCode::IncompatibleVersion, "version").await);
    };
    let identity = identify(shared, socket, shown, &hello.pod).await?;
    let Some(found) = shared.registry.find_or_make(&identity, &shared.homes) else {
        return Err(refuse(shared, socket, CloseCode::TooManyPods, "too_many_pods").await);
    };
    if let Some(queue) = found.new_queue {
        inbound::start_pump(reception, &found.pod, queue);
    }
    if *found.pod.identity() == *identity && found.pod.is_stale(&hello) {
        return Err(refuse(shared, socket, CloseCode::NameTaken, "name_taken").await);
    }
    replace_older(&found.pod).await;
    shared.take_name(&identity);
    let own = own_words(reception, socket, &found.pod, &identity, *hello).await;
    reception.feed.greet(found.pod.name(), &own.hello);
    Ok(welcome(shared, socket, found.pod, identity, own, version, connection_id).await)
}

/// Who it is, if its token is that pod's and nobody else has the name.
async fn identify(
    shared: &Hub,
    socket: &mut Socket,
    shown: Shown,
    name: &str,
) -> Result<Arc<PodIdentity>, LinkRefusal> {
    let tokens = match shared.pod_tokens().await {
        Ok(tokens) => tokens,
        Err(why) => return Err(refuse_with(shared, socket, CloseCode::ServiceRestart, "token", &why).await),
    };
    let identity = match shown.says_to_be(name, &tokens) {
        Ok(identity) => Arc::new(identity),
        Err(sentence) => {
            if let WrongTokenReply::Wrong(tries) = shared.attempts.wrong_for(name, shared.clock.now()) {
                tracing::warn!(pod = name, tries, "a token that is not this pod's refused");
            }
            return Err(refuse_with(shared, socket, CloseCode::NameTaken, "wrong_pod", &sentence).await);
        }
    };
    match shared.name_is_of(&identity).await {
        None => Ok(identity),
        Some(holder) => {
            let is_late = identity.succeeds(&holder) == Succession::OnceGone;
            let code = if is_late { CloseCode::ServiceRestart } else { CloseCode::NameTaken };
            let sentence = held_by_another(&identity, &holder, is_late);
            Err(refuse_with(shared, socket, code, "name_of_another", &sentence).await)
        }
    }
}

fn held_by_another(pod: &PodIdentity, holder: &PodIdentity, is_late: bool) -> String {
    let (name, credential) = (&pod.name, &holder.credential);
    match is_late {
        true => {
            format!("The name {name} is still another pod's ({credential}); connect again when it is gone.")
        }
        false => format!(
            "The name {name} is another pod's ({credential}). Give this pod another name, or its own token \
                with `gateway pod add {name}`."
        ),
    }
}

/// Leaves out of a hello what is wrong, too much, or another pod's.
async fn own_words(
    reception: &Reception,
    socket: &mut Socket,
    pod: &Arc<Pod>,
    identity: &Arc<PodIdentity>,
    mut hello: Hello,
) -> OwnHello {
    let shared = &reception.shared;
    leave_out_wrong_ids(shared, socket, &mut hello).await;
    let left_out = pod.allowance().trim(&mut hello, Instant::now());
    if left_out > 0 {
        shared.metrics.dropped_event("listed");
        tracing::warn!(pod = hello.pod, left_out, "hello too large; the excess was dropped");
    }
    let door = Door { homes: &shared.homes, pod: identity };
    let (mut give_way, mut heir_of) = (vec![], vec![]);
    for other in door.others_in(&hello).into_iter().take(PREDECESSORS) {
        if shared.gives_way(&other, identity).await {
            give_way.push(other);
        } else if identity.succeeds(&other) == Succession::OnceGone {
            heir_of.push(other);
        }
    }
    let of_another = |ask: &str| shared.ask_of_another(&*reception.feed, ask, identity);
    for foreign in door.trim(&mut hello, &give_way, &of_another) {
        refused(shared, pod, &foreign);
    }
    OwnHello { hello, heir_of }
}

/// Counts it, and tells of it, though not each of thousands.
pub(super) fn refused(shared: &Hub, pod: &Pod, foreign: &Foreign) {
    let Foreign { session, home, what } = foreign;
    shared.metrics.foreign(what);
    if !pod.allowance().tells_of_foreign(Instant::now()) {
        return;
    }
    tracing::error!(pod = &**pod.name(), session_id = session, lives_in = %home, what,
        "a pod spoke for a session of another pod; refused");
    let word = ForeignWord { session: session.clone(), what };
    // A queue that is full of events has no room for this one; it is counted and in the log.
    let _ = pod.inbound.try_send(Inbound::Refused(word));
}

/// Answers what is no `hello` with a sentence and goes on waiting; `None` when the peer left.
async fn read_hello(shared: &Hub, socket: &mut Socket) -> Option<Box<Hello>> {
    loop {
        let error = match PluginFrame::decode(&socket.next_text(shared).await?) {
            Ok(PluginFrame::Hello(hello)) => match greeting::judge(&hello, shared.clock.now()) {
                Ok(()) => return Some(hello),
                Err(sentence) => plain_error(ProtocolErrorCode::WrongField, sentence),
            },
            Ok(_) => too_early(),
            Err(error) => error.into(),
        };
        socket.protocol_error(shared, error).await.ok()?;
    }
}

fn too_early() -> ProtocolError {
    plain_error(ProtocolErrorCode::WrongOrder, "The first frame must be a hello.")
}

pub(super) fn plain_error(code: ProtocolErrorCode, message: &str) -> ProtocolError {
    let message = message.to_owned();
    ProtocolError { code, message, request_id: None, seq: None, expected_seq: None }
}

async fn leave_out_wrong_ids(shared: &Hub, socket: &mut Socket, hello: &mut Hello) {
    let Err(sentence) = peer_ids::trim(hello) else { return };
    shared.metrics.dropped_event("wrong_id");
    let error = plain_error(ProtocolErrorCode::WrongField, &sentence);
    // A peer that is gone already is noticed by the link's first read.
    let _ = socket.protocol_error(shared, error).await;
}

/// Closes the pod's older link and waits until it hands nothing inwards any more.
async fn replace_older(pod: &Pod) {
    if let Some(older) = pod.link() {
        older.close(CloseCode::Replaced);
        let _ = tokio::time::timeout(HANDOVER_TIMEOUT, older.detached.cancelled()).await;
    }
}

async fn welcome(
    shared: &Arc<Hub>,
    socket: &mut Socket,
    pod: Arc<Pod>,
    identity: Arc<PodIdentity>,
    OwnHello { hello, heir_of }: OwnHello,
    version: u16,
    connection_id: &Arc<str>,
) -> AcceptedLink {
    let (outbound, queue) = mpsc::channel(OUTBOUND_QUEUE);
    let handle = LinkHandle::new(Arc::clone(connection_id), outbound);
    watchdog::mark("a pod's hello");
    let attached = pod.attach(&identity, handle.clone(), &hello);
    let tenure = Tenure::begin(shared, &pod, &handle);
    let frame = GatewayFrame::Welcome(Welcome {
        protocol: version,
        gateway_version: env!("CARGO_PKG_VERSION").to_owned(),
        connection_id: connection_id.to_string(),
        mode: attached.mode,
        resume_from: attached.resume_from,
        ping_interval_ms: milliseconds(shared.config.ping_interval),
        max_frame_bytes: limits::MAX_FRAME_BYTES as u64,
        hold_default: shared.config.hold_default,
        hold_timeout_ms: Some(milliseconds(shared.config.hold_timeout)),
        judges_early: true,
    });
    note(shared, &pod, &hello, &attached, connection_id);
    tell_inwards(&pod, hello).await;
    // A peer that is gone already is noticed by the link's first read.
    let _ = socket.send(shared, frame.encode()).await;
    AcceptedLink { pod, handle, outbound: queue, attached, tenure, identity, heir_of }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The queue inwards has room for links that come and go; if it is full of events this waits its turn.
async fn tell_inwards(pod: &Pod, hello: Hello) {
    let _ = pod.inbound.send(Inbound::Connected(Box::new(hello))).await;
}

fn note(shared: &Hub, pod: &Pod, hello: &Hello, attached: &LinkStart, connection_id: &str) {
    let mode = match attached.mode {
        ResumeMode::Replay => "replay",
        ResumeMode::Reconcile => "reconcile",
    };
    shared.metrics.connected(mode);
    tracing::info!(
        connection_id,
        pod = &**pod.name(),
        boot_id = one_line(&hello.boot_id),
        opencode = one_line(&hello.opencode_version),
        plugin = one_line(&hello.plugin_version),
        sessions = hello.sessions.len(),
        resume_from = attached.resume_from,
        mode,
        "bridge link up"
    );
}

/// Tells the peer why it is not let in. The close frame follows from the caller.
async fn refuse(shared: &Hub, socket: &mut Socket, code: CloseCode, why: &'static str) -> LinkRefusal {
    refuse_with(shared, socket, code, why, code.sentence()).await
}

async fn refuse_with(
    shared: &Hub,
    socket: &mut Socket,
    code: CloseCode,
    why: &'static str,
    sentence: &str,
) -> LinkRefusal {
    shared.metrics.refused(why);
    let supported = VersionRange { min: OLDEST_PROTOCOL_VERSION, max: PROTOCOL_VERSION };
    let message = format!("{sentence} This gateway speaks versions {} to {}.", supported.min, supported.max);
    tracing::warn!(peer = %socket.peer, connection_id = %socket.connection_id, reason = %message, "bridge peer refused");
    let frame = GatewayFrame::Refused(Refused { code: code.code(), message, supported });
    let _ = socket.send(shared, frame.encode()).await;
    LinkRefusal(Some(code))
}
