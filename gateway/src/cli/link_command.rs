//! `gateway link`: an address that signs a browser in, once.

use super::{ApiClient, Remote, output};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::process::ExitCode;

#[derive(Deserialize)]
struct Invitation {
    path: String,
}

#[derive(Serialize)]
struct Link {
    link: String,
}

pub(super) async fn run(remote: &Remote, name: String) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?.acting_for(name);
    let Invitation { path } = api.post("/api/v1/links", &json!({})).await?;
    let link = format!("{}{path}", remote.url.trim_end_matches('/'));
    if remote.json {
        output::json(&Link { link })?;
    } else {
        output::line(&link)?;
    }
    Ok(ExitCode::SUCCESS)
}
