//! Socket Mode: tickets, up to ten sockets, envelopes to any one of them, acknowledgements, refreshes.

use super::{Delivery, Tried};
use crate::api::answer::{Answer, fail};
use crate::api::args::Args;
use crate::core::Sim;
use crate::world::{APP, World};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Sockets that an app may have open.
const MOST: usize = 10;
/// Frames that wait for a socket that does not read.
const QUEUE: usize = 1024;
/// The other end's time to say goodbye.
const CLOSING: Duration = Duration::from_secs(2);

/// All sockets of the app.
#[derive(Default)]
pub struct Sockets {
    open: BTreeMap<u64, mpsc::Sender<Frame>>,
    tickets: HashMap<String, (Duration, bool)>,
    pending: HashMap<String, (oneshot::Sender<Value>, u64)>,
    next: u64,
    /// How many were opened so far.
    pub opened: u64,
}

enum Frame {
    Text(String),
    /// The closing handshake.
    Close,
    /// The connection ends without a word.
    Drop,
}

impl Sockets {
    pub fn count(&self) -> usize {
        self.open.len()
    }
}

/// A try that waits for its acknowledgement.
pub struct Waiting {
    id: String,
    sent: Duration,
    answer: Option<oneshot::Receiver<Value>>,
}

/// `apps.connections.open`.
pub fn open(world: &mut World, args: &Args) -> Answer {
    if !world.app.socket_mode {
        return Err(fail("socket_mode_not_enabled"));
    }
    let ticket = format!("{:016x}{:016x}", world.chance.number(), world.chance.number());
    world.sockets.tickets.insert(ticket.clone(), (world.now, args.flag("debug_reconnects") == Some(true)));
    let base = world.base.replacen("http", "ws", 1);
    Ok(json!({ "url": format!("{base}/link/?ticket={ticket}&app_id={APP}") }))
}

pub(crate) async fn upgrade(
    State(sim): State<Arc<Sim>>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ticket = query.get("ticket").cloned().unwrap_or_default();
    let life = sim.pace.ticket;
    let debug = query.get("debug_reconnects").is_some_and(|value| value == "true");
    let valid = sim.quietly(|world| {
        let (made, by_call) = world.sockets.tickets.remove(&ticket)?;
        (world.now.saturating_sub(made) <= life).then_some(by_call)
    });
    let Some(by_call) = valid else { return (StatusCode::UNAUTHORIZED, "invalid ticket").into_response() };
    // Slack's aid for testing reconnections: such a socket lives six minutes.
    let life = if debug || by_call { Duration::from_secs(360) } else { sim.pace.socket };
    upgrade.on_upgrade(move |socket| serve(sim, socket, life))
}

async fn serve(sim: Arc<Sim>, mut socket: WebSocket, life: Duration) {
    let (sender, frames) = mpsc::channel(QUEUE);
    let joined = sim.note(|world| {
        let sockets = &mut world.sockets;
        if sockets.open.len() >= MOST {
            return None;
        }
        sockets.next += 1;
        sockets.opened += 1;
        sockets.open.insert(sockets.next, sender);
        Some((sockets.next, sockets.open.len()))
    });
    let Some((number, count)) = joined else {
        let _ = socket.send(Message::Text(farewell("too_many_websockets").into())).await;
        let _ = socket.send(Message::Close(None)).await;
        return;
    };
    let hello = json!({ "type": "hello", "num_connections": count, "connection_info": { "app_id": APP },
        "debug_info": { "host": "applink-sim", "build_number": 1, "approximate_connection_time": life.as_secs(),
            "started": "2026-01-01 00:00:00.000" } });
    let ending = match socket.send(Message::Text(hello.to_string().into())).await {
        Ok(()) => run(&sim, &mut socket, frames, life).await,
        Err(_) => Ending::Gone,
    };
    sim.note(|world| {
        world.sockets.open.remove(&number);
        // What that socket was to acknowledge will not be.
        world.sockets.pending.retain(|_, (_, by)| *by != number);
    });
    match ending {
        Ending::Gone => {}
        Ending::Ours => part(&mut socket).await,
        Ending::Theirs => answer_close(&mut socket).await,
    }
}

/// How a socket ends, and so whether there is a goodbye to say or to answer.
enum Ending {
    Gone,
    Ours,
    Theirs,
}

async fn run(
    sim: &Arc<Sim>,
    socket: &mut WebSocket,
    mut frames: mpsc::Receiver<Frame>,
    life: Duration,
) -> Ending {
    let mut ping = tokio::time::interval(sim.pace.ping);
    let warning = sim.clock.sleep(life.saturating_sub(sim.pace.socket_warning));
    let refresh = sim.clock.sleep(life);
    tokio::pin!(warning, refresh);
    let mut warned = false;
    loop {
        let sent = tokio::select! {
            () = sim.stop.cancelled() => return Ending::Gone,
            frame = frames.recv() => match frame {
                Some(Frame::Text(text)) => socket.send(Message::Text(text.into())).await,
                Some(Frame::Close) => return Ending::Ours,
                Some(Frame::Drop) | None => return Ending::Gone,
            },
            _ = ping.tick() => socket.send(Message::Ping("Ping from simulator".into())).await,
            () = &mut warning, if !warned => {
                warned = true;
                socket.send(Message::Text(farewell("warning").into())).await
            }
            () = &mut refresh => {
                let _ = socket.send(Message::Text(farewell("refresh_requested").into())).await;
                return Ending::Ours;
            }
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => {
                    acknowledge(sim, &text);
                    Ok(())
                }
                Some(Ok(Message::Close(_))) => return Ending::Theirs,
                Some(Err(_)) | None => return Ending::Gone,
                Some(Ok(_)) => Ok(()),
            },
        };
        if sent.is_err() {
            return Ending::Gone;
        }
    }
}

/// Says goodbye, and waits a moment for the other end to do so.
async fn part(socket: &mut WebSocket) {
    let _ = socket.send(Message::Close(None)).await;
    answer_close(socket).await;
}

/// Reading on is what sends the answer to a goodbye.
async fn answer_close(socket: &mut WebSocket) {
    let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(CLOSING, rest).await;
}

fn acknowledge(sim: &Arc<Sim>, text: &str) {
    let Ok(frame) = serde_json::from_str::<Value>(text) else { return };
    let id = frame["envelope_id"].as_str().unwrap_or_default();
    let waiting = sim.quietly(|world| world.sockets.pending.remove(id));
    if let Some((waiting, _)) = waiting {
        let _ = waiting.send(frame["payload"].clone());
    }
}

fn farewell(reason: &str) -> String {
    json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "applink-sim" } }).to_string()
}

/// Puts an envelope on any one socket.
pub(super) fn send(sim: &Arc<Sim>, delivery: &Delivery, attempt: u32, reason: &str) -> Waiting {
    let (acked, answer) = oneshot::channel();
    sim.note(|world| {
        super::record(world, delivery, attempt, None);
        let id = format!("{:08x}-{:016x}", world.chance.number() >> 32, world.chance.number());
        let waiting = |answer| Waiting { id: id.clone(), sent: world.now, answer };
        let open: Vec<u64> = world.sockets.open.keys().copied().collect();
        if open.is_empty() {
            return waiting(None);
        }
        let chosen = open[world.chance.pick(open.len())];
        let sender = world.sockets.open[&chosen].clone();
        if world.faults.oddities.unknown_frames {
            let strange =
                json!({ "type": "frame_of_tomorrow", "envelope_id": format!("x-{id}"), "payload": [1] });
            let _ = sender.try_send(Frame::Text(strange.to_string()));
        }
        let mut frame = json!({ "type": delivery.kind, "envelope_id": id, "payload": delivery.payload,
            "accepts_response_payload": delivery.accepts });
        if delivery.kind == "events_api" {
            frame["retry_attempt"] = json!(attempt);
            frame["retry_reason"] = json!(reason);
        }
        if sender.try_send(Frame::Text(frame.to_string())).is_err() {
            return waiting(None);
        }
        world.sockets.pending.insert(id.clone(), (acked, chosen));
        waiting(Some(answer))
    })
}

pub(super) async fn acknowledged(sim: &Arc<Sim>, waiting: Waiting) -> Tried {
    let Some(answer) = waiting.answer else { return Err(("no_websocket".to_owned(), true)) };
    let outcome = tokio::select! {
        answer = answer => answer.map_err(|_| "websocket_closed"),
        () = sim.clock.sleep(sim.pace.ack) => Err("timeout"),
    };
    sim.quietly(|world| world.sockets.pending.remove(&waiting.id));
    match outcome {
        Ok(answer) => Ok((sim.clock.now().saturating_sub(waiting.sent), answer)),
        Err(reason) => Err((reason.to_owned(), true)),
    }
}

/// Says something to every socket; `close` ends them after that.
pub fn tell_all(world: &mut World, reason: Option<&str>, close: bool) {
    let sockets: Vec<_> = world.sockets.open.values().cloned().collect();
    for socket in sockets {
        if let Some(reason) = reason {
            let _ = socket.try_send(Frame::Text(farewell(reason)));
        }
        if close {
            let _ = socket.try_send(if reason.is_some() { Frame::Close } else { Frame::Drop });
        }
    }
    if close {
        // Nothing goes to a socket that is about to end.
        world.sockets.open.clear();
    }
}

/// Puts a frame on every socket as it is, whatever it is.
pub fn tell_raw(world: &mut World, frame: &str) {
    for socket in world.sockets.open.values() {
        let _ = socket.try_send(Frame::Text(frame.to_owned()));
    }
}
