//! Webhooks that were sent, and sending one again.

use super::answer::{Answer, Outcome, Refusal};
use super::installations::by_jwt;
use super::request::Call;
use crate::hooks::Delivery;
use crate::world::World;
use serde_json::json;

pub(super) fn list(world: &mut World, call: &Call) -> Outcome {
    let app = by_jwt(world, call)?.id;
    let of = world.outbox.sent.iter().rev().filter(|one| one.app == app);
    let shown = of.map(Delivery::short).collect();
    Ok(call.page(&world.base, shown))
}

fn found<'a>(world: &'a World, call: &Call, id: &str) -> Result<&'a Delivery, Refusal> {
    let app = by_jwt(world, call)?.id;
    let id: u64 = id.parse().map_err(|_| Refusal::not_found())?;
    world.outbox.sent.iter().find(|one| one.id == id && one.app == app).ok_or_else(Refusal::not_found)
}

pub(super) fn one(world: &mut World, call: &Call, id: &str) -> Outcome {
    Ok(Answer::ok(found(world, call, id)?.full()))
}

pub(super) fn attempt(world: &mut World, call: &Call, id: &str) -> Outcome {
    let again = found(world, call, id)?.clone();
    world.send_again(again);
    Ok(Answer::with(202, json!({})))
}

pub(super) fn config(world: &mut World, call: &Call) -> Outcome {
    let app = by_jwt(world, call)?;
    let mut shown = json!({ "content_type": "json", "insecure_ssl": "0" });
    if let Some(url) = &app.hook.url {
        shown["url"] = url.as_str().into();
        shown["secret"] = "********".into();
    }
    Ok(Answer::ok(shown))
}
