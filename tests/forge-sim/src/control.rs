//! `POST /_control` for tests in other languages: `{"verb": "push", "repository": "acme/shop", …}`.

use crate::core::Sim;
use crate::repo_handle::ForgeRepo;
use crate::rest::answer::{Answer, Refusal};
use anyhow::Context;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use serde_json::{Value, json};
use std::sync::Arc;

const LARGEST: usize = 1024 * 1024;

pub(crate) async fn serve(sim: &Arc<Sim>, request: Request) -> Response<Body> {
    let bytes = axum::body::to_bytes(request.into_body(), LARGEST).await.unwrap_or_default();
    let asked: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let done = act(sim, &asked);
    done.map_or_else(|error| Refusal::new(400, format!("{error:#}")).into_answer(), Answer::ok)
        .into_response()
}

fn act(sim: &Arc<Sim>, asked: &Value) -> anyhow::Result<Value> {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    if text("verb") == "webhook" {
        sim.note(|world| {
            for app in world.apps.values_mut() {
                app.hook.url = Some(text("url").to_owned());
                text("secret").clone_into(&mut app.hook.secret);
            }
        });
        return Ok(json!({}));
    }
    let (owner, name) = text("repository").split_once('/').context("repository: owner/name")?;
    let id = sim.quietly(|world| world.repository(owner, name).map(|found| found.id));
    let repository = ForgeRepo { sim: Arc::clone(sim), id: id.context("no such repository")? };
    in_repository(&repository, asked)
}

fn in_repository(repository: &ForgeRepo, asked: &Value) -> anyhow::Result<Value> {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let (who, number) = (text("who"), asked["number"].as_u64().unwrap_or_default());
    match text("verb") {
        "push" => {
            let files = [(text("path"), asked["text"].as_str())];
            let sha = repository.push(who, text("branch"), &files, "A change\n")?;
            Ok(json!({ "sha": sha }))
        }
        "review" => Ok(json!({ "id": repository.review(who, number, text("state"), text("text"))? })),
        "line-comment" => {
            let line = asked["line"].as_u64().unwrap_or(1);
            Ok(json!({ "id": repository.line_comment(who, number, text("path"), line, text("text"))? }))
        }
        "check-run" => {
            let conclusion = asked["conclusion"].as_str();
            let id = repository.check_run(text("sha"), text("name"), text("status"), conclusion);
            Ok(json!({ "id": id }))
        }
        "status" => {
            repository.status(text("sha"), text("context"), text("state"));
            Ok(json!({}))
        }
        "settle" => {
            repository.ci_settle();
            Ok(json!({}))
        }
        "close" => repository.close(who, number).map(|()| json!({})),
        "merge" => Ok(json!({ "sha": repository.merge(who, number)? })),
        other => anyhow::bail!("no such verb: {other:?}"),
    }
}
