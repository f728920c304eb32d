//! What Slack hands to the app: events, commands, interactions; through a socket or as signed HTTP requests. An event
//! that is not acknowledged comes again, a click does not: the person sees an error.

pub mod http;
mod odd;
pub mod sign;
pub mod socket;

use super::core::Sim;
use super::faults::Mishap;
use super::witness::Delivered;
use super::world::{APP, BOT_USER, TEAM, World};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// A delivery that is held back goes out at the latest after this, when no other follows.
const HELD_BACK: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Delivery {
    /// The envelope's type: `events_api`, `slash_commands`, `interactive`.
    pub kind: &'static str,
    /// What it is about, for records.
    pub what: String,
    /// The same for all tries.
    pub id: String,
    pub payload: Value,
    /// Whether an acknowledgement may carry an answer.
    pub accepts: bool,
}

/// What came of a delivery.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// From the last try until its acknowledgement.
    pub acked_after: Option<Duration>,
    /// What came with the acknowledgement.
    pub answer: Value,
    pub tries: u32,
    pub failure: Option<String>,
}

impl Outcome {
    pub fn acked(&self) -> bool {
        self.acked_after.is_some()
    }
}

/// Wraps an event as the Events API does.
pub(super) fn event(world: &mut World, event: Value) -> Delivery {
    let id = world.id("Ev");
    let payload = json!({
        "type": "event_callback", "token": "verification", "team_id": TEAM, "api_app_id": APP, "event_id": id,
        "event_time": world.now.as_secs(), "event_context": format!("4-{id}"), "is_ext_shared_channel": false,
        "authorizations": [{ "enterprise_id": null, "team_id": TEAM, "user_id": BOT_USER, "is_bot": true,
            "is_enterprise_install": false }],
        "event": event,
    });
    let what = payload["event"]["type"].as_str().unwrap_or_default().to_owned();
    Delivery { kind: "events_api", what, id, payload, accepts: false }
}

/// Sends it on its way. The first try of a socket goes out before this returns, so that order is kept.
pub(super) fn start(sim: &Arc<Sim>, mut delivery: Delivery) -> oneshot::Receiver<Outcome> {
    let mishap = sim.quietly(|world| {
        odd::bend(&mut delivery.payload, world.faults.oddities);
        world.faults.draw_mishap(&mut world.chance)
    });
    let (done, outcome) = oneshot::channel();
    match mishap {
        Some(Mishap::Drop) => drop_it(sim, &delivery, done),
        Some(Mishap::Reorder) => hold_back(sim, delivery, done),
        Some(Mishap::Duplicate) => {
            let (nobody, _) = oneshot::channel();
            drive(sim, delivery.clone(), nobody);
            drive(sim, delivery, done);
            release(sim);
        }
        None => {
            drive(sim, delivery, done);
            release(sim);
        }
    }
    outcome
}

fn drop_it(sim: &Arc<Sim>, delivery: &Delivery, done: oneshot::Sender<Outcome>) {
    sim.quietly(|world| record(world, delivery, 0, Some("dropped on its way")));
    let _ = done.send(Outcome {
        acked_after: None,
        answer: Value::Null,
        tries: 0,
        failure: Some("dropped".to_owned()),
    });
}

fn hold_back(sim: &Arc<Sim>, delivery: Delivery, done: oneshot::Sender<Outcome>) {
    sim.held().push((delivery, done));
    let later = Arc::clone(sim);
    sim.spawn(async move {
        tokio::time::sleep(HELD_BACK).await;
        release(&later);
    });
}

fn release(sim: &Arc<Sim>) {
    let held = std::mem::take(&mut *sim.held());
    for (delivery, done) in held {
        drive(sim, delivery, done);
    }
}

fn drive(sim: &Arc<Sim>, delivery: Delivery, done: oneshot::Sender<Outcome>) {
    let socket = sim.quietly(|world| world.app.request_url.is_none());
    let first = socket.then(|| socket::send(sim, &delivery, 0, ""));
    let later = Arc::clone(sim);
    sim.spawn(async move {
        let outcome = tries(&later, &delivery, first).await;
        if !outcome.acked() {
            later.note(|world| blame(world, &delivery, outcome.failure.as_deref().unwrap_or_default()));
        }
        let _ = done.send(outcome);
    });
}

/// What one try brings: how long it took and the answer, or why it failed and whether to try again.
pub(super) type Tried = Result<(Duration, Value), (String, bool)>;

async fn tries(sim: &Arc<Sim>, delivery: &Delivery, mut first: Option<socket::Waiting>) -> Outcome {
    let waits = if delivery.kind == "events_api" { sim.pace.event_retries.clone() } else { Vec::new() };
    let mut reason = String::new();
    for attempt in 0.. {
        let url = sim.quietly(|world| world.app.request_url.clone());
        let tried = match url {
            Some(url) => http::post(sim, &url, delivery, attempt, &reason).await,
            None => {
                let waiting = first.take().unwrap_or_else(|| socket::send(sim, delivery, attempt, &reason));
                socket::acknowledged(sim, waiting).await
            }
        };
        let settled = tried.clone().map_err(|(reason, _)| reason);
        sim.note(|world| world.witness.settle(&delivery.id, attempt, &settled));
        match tried {
            Ok((after, answer)) => {
                return Outcome { acked_after: Some(after), answer, tries: attempt + 1, failure: None };
            }
            Err((why, again)) => {
                let wait = waits.get(attempt as usize).filter(|_| again);
                let Some(wait) = wait else {
                    return Outcome {
                        acked_after: None,
                        answer: Value::Null,
                        tries: attempt + 1,
                        failure: Some(why),
                    };
                };
                sim.clock.sleep(*wait).await;
                reason = why;
            }
        }
    }
    unreachable!("the tries end with the waits")
}

/// A person learns at once that a click, a command or a form came to nothing.
fn blame(world: &mut World, delivery: &Delivery, why: &str) {
    if delivery.kind == "events_api" {
        return;
    }
    let payload = &delivery.payload;
    let user = payload["user"]["id"].as_str().or(payload["user_id"].as_str()).unwrap_or_default().to_owned();
    let text = match delivery.kind {
        "slash_commands" => format!("{} failed with the error \"{why}\"", delivery.what),
        _ => format!("This app did not answer ({}: {why})", delivery.what),
    };
    let now = world.now;
    world.witness.told(&user, &text, now);
}

pub(super) fn record(world: &mut World, delivery: &Delivery, attempt: u32, failure: Option<&str>) {
    let one = Delivered {
        kind: delivery.kind.to_owned(),
        what: delivery.what.clone(),
        id: delivery.id.clone(),
        payload: delivery.payload.clone(),
        attempt,
        at: world.now,
        acked_after: None,
        answer: Value::Null,
        failure: failure.map(str::to_owned),
    };
    world.witness.delivery(one);
}
