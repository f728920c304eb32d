//! The Web API: `/api/METHOD`. Token, scope, limits and faults are looked at here; what a method does is in its file.

pub mod answer;
pub mod args;
mod assistant;
pub mod chat;
pub mod content;
mod conversations;
mod files;
mod identity;
pub mod methods;
pub mod reactions;
mod stream;
pub mod views;

use super::core::Sim;
use super::faults::{Fault, Moment};
use super::reset::Line;
use super::witness::Call;
use super::world::World;
use answer::{Failure, fail, success};
use args::{Args, Read};
use axum::Json;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use methods::Method;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) async fn call(
    State(sim): State<Arc<Sim>>,
    Path(name): Path<String>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let bearer = bearer(request.headers());
    let fault = sim.enter(|world| world.faults.draw(&name, &mut world.chance));
    if let Some(response) = before(&sim, &name, fault.as_ref(), &line).await {
        return response;
    }
    let (status, mut body) = match args::read(request).await {
        Ok(read) => answer(&sim, &name, bearer, read),
        Err(failure) => (StatusCode::OK, failure.body()),
    };
    if fault == Some(Fault::Lagging) && body["messages"].is_array() {
        body["messages"] = json!([]);
    }
    if let Some(response) = after(fault.as_ref(), &line).await {
        return response;
    }
    respond(status, body)
}

fn respond(status: StatusCode, body: Value) -> Response {
    match body["retry_after"].as_u64() {
        Some(wait) if status == StatusCode::TOO_MANY_REQUESTS => too_many(wait),
        _ => (status, Json(body)).into_response(),
    }
}

fn too_many(wait: u64) -> Response {
    let body = Json(json!({ "ok": false, "error": "ratelimited" }));
    (StatusCode::TOO_MANY_REQUESTS, [("retry-after", wait.to_string())], body).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("authorization")?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|token| token.trim().to_owned())
}

/// Faults that strike before Slack has taken the call.
async fn before(sim: &Sim, name: &str, fault: Option<&Fault>, line: &Line) -> Option<Response> {
    let fault = fault?;
    if let Fault::Slow(time) = fault {
        // In Slack's time, so that a test can let it pass.
        sim.clock.sleep(*time).await;
        return None;
    }
    if fault.moment() == Moment::After || *fault == Fault::Lagging {
        return None;
    }
    sim.note(|world| {
        let call = Call::failed(name, &format!("fault: {fault:?}"), world.now);
        world.witness.call(call);
    });
    Some(strike(fault, line).await)
}

async fn after(fault: Option<&Fault>, line: &Line) -> Option<Response> {
    let fault = fault.filter(|fault| fault.moment() == Moment::After)?;
    Some(strike(fault, line).await)
}

async fn strike(fault: &Fault, line: &Line) -> Response {
    match fault {
        Fault::RateLimited(wait) => too_many(*wait),
        Fault::Status(code) | Fault::StatusAfter(code) => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "upstream trouble").into_response()
        }
        Fault::Error(code) => Json(fail(code).body()).into_response(),
        Fault::ResetBefore | Fault::ResetAfter => {
            line.cut();
            std::future::pending().await
        }
        Fault::TimeoutBefore | Fault::TimeoutAfter | Fault::Slow(_) | Fault::Lagging => {
            std::future::pending().await
        }
    }
}

fn answer(sim: &Arc<Sim>, name: &str, bearer: Option<String>, read: Read) -> (StatusCode, Value) {
    let token = bearer.or(read.token);
    let args = if methods::find(name).is_some_and(|method| method.form_only && read.was_json) {
        Args::default()
    } else {
        read.args
    };
    sim.enter(|world| {
        let outcome = admit(world, name, token.as_deref(), &args).and_then(|method| {
            if name == "apps.connections.open" {
                return super::deliver::socket::open(world, &args);
            }
            (method.run)(world, &args)
        });
        let (status, body) = match outcome {
            Ok(value) => (StatusCode::OK, success(value)),
            Err(failure) if failure.code == "ratelimited" => (StatusCode::TOO_MANY_REQUESTS, failure.body()),
            Err(failure) => (StatusCode::OK, failure.body()),
        };
        world.witness.call(Call::new(name, &args, &body, status.as_u16(), world.now));
        (status, body)
    })
}

/// Token, method, scope and limits, in the order in which Slack complains.
fn admit(
    world: &mut World,
    name: &str,
    token: Option<&str>,
    args: &Args,
) -> Result<&'static Method, Failure> {
    let method = methods::find(name).ok_or_else(|| fail("unknown_method").with("req_method", json!(name)))?;
    let scopes = authorize(world, method, token)?;
    if !method.scopes.is_empty() && !method.scopes.iter().any(|scope| scopes.iter().any(|own| own == scope)) {
        return Err(missing(method.scopes, &scopes));
    }
    let channel = args.text("channel").filter(|_| name == "chat.postMessage");
    let (now, rate) = (world.now, world.pace.rate);
    match world.rates.take(method.name, method.per_minute, channel.as_deref(), now, rate) {
        Ok(()) => Ok(method),
        Err(wait) => Err(fail("ratelimited").with("retry_after", json!(wait))),
    }
}

fn missing(needed: &[&str], provided: &[String]) -> Failure {
    fail("missing_scope").with("needed", json!(needed.join(","))).with("provided", json!(provided.join(",")))
}

/// Scopes that depend on what kind of conversation is meant.
pub(super) fn need_scope(world: &World, scope: &str) -> Result<(), Failure> {
    let own: Vec<String> = world.app.scopes.iter().cloned().collect();
    if world.app.scopes.contains(scope) { Ok(()) } else { Err(missing(&[scope], &own)) }
}

fn authorize(world: &World, method: &Method, token: Option<&str>) -> Result<Vec<String>, Failure> {
    let app = &world.app;
    if method.name == "api.test" {
        return Ok(Vec::new());
    }
    let token = token.filter(|token| !token.is_empty()).ok_or_else(|| fail("not_authed"))?;
    let (known, scopes) = match token {
        _ if token == app.bot_token => (!method.app_token, &app.scopes),
        _ if token == app.app_token => (method.app_token, &app.app_scopes),
        _ => return Err(fail("invalid_auth")),
    };
    if app.revoked {
        return Err(fail("token_revoked"));
    }
    if known { Ok(scopes.iter().cloned().collect()) } else { Err(fail("not_allowed_token_type")) }
}
