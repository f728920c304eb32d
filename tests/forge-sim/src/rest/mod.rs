//! The REST API: the front through which every request goes. What it answers is in the files beside this one.

mod actions;
pub(crate) mod answer;
mod check_runs;
mod commit_statuses;
mod deliveries;
mod installations;
mod issues;
pub(crate) mod merges;
pub(crate) mod pulls;
mod repos;
pub(crate) mod request;
mod reviews;
mod route;

use crate::budget::LIMIT;
use crate::core::Sim;
use crate::faults::{Fault, Moment};
use crate::rights::Who;
use crate::witness::Seen;
use crate::world::{Locked, World};
use answer::{Answer, Refusal, request_id};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use base64::Engine;
use request::Call;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const LARGEST_BODY: usize = 25 * 1024 * 1024;

pub(crate) async fn serve(sim: &Arc<Sim>, request: Request) -> Response<Body> {
    let (call, bytes) = match taken_apart(request).await {
        Ok(taken) => taken,
        Err(answer) => return answer.into_response(),
    };
    let operation = call.operation();
    exchange(
        sim,
        operation,
        "core",
        call,
        |call| read_body(call, &bytes),
        |world, call| route::answer(world, call).unwrap_or_else(Refusal::into_answer),
    )
    .await
}

pub(crate) async fn taken_apart(request: Request) -> Result<(Call, Vec<u8>), Answer> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST_BODY).await;
    let bytes = bytes.map_err(|_| Refusal::new(413, "Payload too large").into_answer())?;
    let query = parts.uri.query().unwrap_or_default();
    Ok((Call::new(parts.method.as_str(), parts.uri.path(), query, parts.headers), bytes.to_vec()))
}

fn read_body(call: &mut Call, bytes: &[u8]) -> Result<(), Refusal> {
    if !bytes.is_empty() {
        let read = serde_json::from_slice(bytes);
        call.body = read.map_err(|_| Refusal::new(400, "Problems parsing JSON"))?;
    }
    Ok(())
}

/// A request with all that may befall it: faults before, the door, the answer, faults after.
pub(crate) async fn exchange(
    sim: &Arc<Sim>,
    operation: String,
    resource: &'static str,
    mut call: Call,
    read: impl FnOnce(&mut Call) -> Result<(), Refusal> + Send,
    work: impl FnOnce(&mut World, &Call) -> Answer + Send,
) -> Response<Body> {
    let fault = sim.quietly(|world| world.faults.draw(&operation));
    if let Some(fault) = fault.as_ref().filter(|fault| fault.moment() == Moment::Before) {
        fault.wait(sim).await;
        if !fault.only_delays() {
            return struck(sim, &operation, resource, &call, fault).into_response();
        }
    }
    let answer = sim.enter(|world| {
        let answer = read(&mut call)
            .and_then(|()| admit(world, &mut call, resource))
            .map_or_else(Refusal::into_answer, |()| work(world, &call));
        finish(world, &operation, resource, &call, answer)
    });
    if let Some(fault) = fault.filter(|fault| fault.moment() == Moment::After) {
        fault.wait(sim).await;
        return Refusal::new(fault.status(), "Server Error").into_answer().into_response();
    }
    answer.into_response()
}

fn struck(sim: &Arc<Sim>, operation: &str, resource: &'static str, call: &Call, fault: &Fault) -> Answer {
    sim.note(|world| {
        let who = who(world, &call.headers).unwrap_or(Who::Nobody);
        let refusal = match fault {
            Fault::RetryAfter(seconds) => Refusal {
                headers: vec![("retry-after".to_owned(), seconds.to_string())],
                ..Refusal::new(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
            },
            Fault::Exhausted => {
                let now = world.now;
                world.budgets.of(&who.label(), resource, now).used = LIMIT;
                exhausted(&who)
            }
            other => Refusal::new(other.status(), "Server Error"),
        };
        let answer = as_resource_says(resource, fault, refusal);
        let call = Call { who, headers: HeaderMap::new(), ..Call::new(&call.method, &call.path, "", HeaderMap::new()) };
        finish(world, operation, resource, &call, answer)
    })
}

/// GraphQL says with status 200 that a limit is reached.
fn as_resource_says(resource: &str, fault: &Fault, refusal: Refusal) -> Answer {
    let graphql = resource == "graphql";
    match fault {
        Fault::GraphQl(message) if graphql => crate::graphql::refused("UNPROCESSABLE", message),
        Fault::Exhausted if graphql => crate::graphql::refused("RATE_LIMITED", &refusal.message),
        _ => refusal.into_answer(),
    }
}

fn exhausted(who: &Who) -> Refusal {
    Refusal::new(403, format!("API rate limit exceeded for {}.", who.label()))
}

/// The door: a user agent, a token that is good, and something left of the hour's requests.
fn admit(world: &mut World, call: &mut Call, resource: &'static str) -> Result<(), Refusal> {
    if call.header("user-agent").is_none_or(str::is_empty) {
        return Err(Refusal::new(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
        ));
    }
    call.who = who(world, &call.headers)?;
    let now = world.now;
    if world.budgets.of(&call.who.label(), resource, now).remaining() == 0 {
        return Err(exhausted(&call.who));
    }
    Ok(())
}

fn who(world: &World, headers: &HeaderMap) -> Result<Who, Refusal> {
    let Some(header) = headers.get("authorization") else { return Ok(Who::Nobody) };
    let header = header.to_str().unwrap_or_default();
    let Some((scheme, token)) = header.split_once(' ') else { return Err(Refusal::bad_credentials()) };
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => token.trim().to_owned(),
        "basic" => password(token).ok_or_else(Refusal::bad_credentials)?,
        _ => return Err(Refusal::bad_credentials()),
    };
    if token.starts_with("eyJ") {
        return app(world, &token).map(Who::App);
    }
    world.who(&token).map_err(|locked| match locked {
        Locked::Unknown => Refusal::bad_credentials(),
        Locked::Suspended => Refusal::new(403, "This installation has been suspended"),
    })
}

fn password(pair: &str) -> Option<String> {
    let pair = base64::engine::general_purpose::STANDARD.decode(pair.trim()).ok()?;
    Some(std::str::from_utf8(&pair).ok()?.split_once(':')?.1.to_owned())
}

fn app(world: &World, jwt: &str) -> Result<u64, Refusal> {
    let issuer = crate::app::issuer(jwt).and_then(|id| world.apps.get(&id));
    let app = issuer.ok_or_else(|| Refusal::new(401, "A JSON web token could not be decoded"))?;
    app.verify(jwt, world.now).map_err(|why| Refusal::new(401, why))?;
    Ok(app.id)
}

/// What every answer carries: a tag, the limits, an id. What was asked goes into the log.
fn finish(world: &mut World, operation: &str, resource: &'static str, call: &Call, answer: Answer) -> Answer {
    let mut answer = tagged(call, answer);
    let counted = !matches!(answer.status, 304 | 401) && call.path != "/rate_limit";
    let now = world.now;
    let budget = world.budgets.of(&call.who.label(), resource, now);
    if counted && budget.remaining() > 0 {
        budget.used += 1;
    }
    let limits = [
        ("x-ratelimit-limit", LIMIT.to_string()),
        ("x-ratelimit-remaining", budget.remaining().to_string()),
        ("x-ratelimit-used", budget.used.to_string()),
        ("x-ratelimit-reset", budget.resets.as_second().to_string()),
        ("x-ratelimit-resource", resource.to_owned()),
    ];
    answer.headers.extend(limits.map(|(name, value)| (name.to_owned(), value)));
    let id = request_id(world.chance.number());
    answer.headers.push(("x-github-request-id".to_owned(), id));
    answer.headers.push(("x-github-media-type".to_owned(), "github.v3; format=json".to_owned()));
    let query = call.query.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
    let who = call.who.label();
    world.saw(Seen { query, body: call.body.clone(), counted, who, ..Seen::of(operation, answer.status) });
    answer
}

fn tagged(call: &Call, answer: Answer) -> Answer {
    if call.method != "GET" || answer.status != 200 {
        return answer;
    }
    let mut hash = Sha256::new();
    hash.update(call.who.label());
    hash.update(answer.bytes());
    let tag = format!("W/\"{}\"", hex::encode(hash.finalize()));
    if call.header("if-none-match") == Some(tag.as_str()) {
        return Answer::with(304, Value::Null).header("etag", tag);
    }
    answer.header("etag", tag).header("cache-control", "private, max-age=60, s-maxage=60")
}
