//! Prints sessions: the list, one of them, its changes, its link.

use super::super::asks_command;
use super::{ApiClient, of, output, tell};
use gateway_domain::{Doing, GuardState};
use serde_json::{Value, json};

pub(super) async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let mut sessions = api.list("/api/v1/sessions").await?;
    if !as_json && !sessions.is_empty() {
        let cards = cards(api).await?;
        sessions.iter_mut().for_each(|session| say_what_it_does(session, &cards));
    }
    let heading = ["SESSION", "STATUS", "OPEN REQUESTS", "POD", "DIRECTORY", "TITLE"];
    output::list(
        as_json,
        &sessions,
        &heading,
        row,
        "No sessions yet. `gateway sessions create` starts one.",
    )?;
    Ok(())
}

fn row(session: &Value) -> Vec<String> {
    let text = |name| text(session, name);
    vec![
        text("id"),
        status(session),
        session["open_asks"].to_string(),
        text("pod"),
        text("directory"),
        text("title"),
    ]
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

/// Where what a session is doing is put before it is shown.
const DOING: &str = "doing";

/// OpenCode's own picture of a session knows nothing of a pause, of a failure, or of what was closed.
async fn cards(api: &ApiClient) -> anyhow::Result<Vec<Value>> {
    api.list("/api/v1/cards").await
}

fn say_what_it_does(session: &mut Value, cards: &[Value]) {
    let card = cards.iter().find(|card| card["session"] == session["id"]);
    session[DOING] = card.map_or(Value::Null, |card| card["doing"].clone());
}

/// In the words of every surface; one that nobody dealt with so far is as OpenCode tells it.
fn status(session: &Value) -> String {
    let told = serde_json::from_value::<Doing>(session[DOING].clone()).ok();
    let doing = told.unwrap_or_else(|| match session["status"].as_str() {
        _ if session["open_asks"].as_u64().is_some_and(|open| open > 0) => Doing::Waiting,
        Some("busy" | "retrying") => Doing::Working,
        _ => Doing::Idle,
    });
    let offline = if session["online"] == true || doing == Doing::Ended { "" } else { ", agent offline" };
    format!("{}{offline}", doing.word())
}

pub(super) async fn one(api: &ApiClient, as_json: bool, session: &str) -> anyhow::Result<()> {
    let mut view: Value = api.get(&format!("/api/v1/sessions/{session}")).await?;
    let open: Vec<_> =
        api.list("/api/v1/asks").await?.into_iter().filter(|ask| ask["session"] == session).collect();
    if as_json {
        return Ok(output::json(&json!({ "session": view, "asks": open }))?);
    }
    say_what_it_does(&mut view, &cards(api).await?);
    let mut rows = vec![
        ("Title", text(&view, "title")),
        ("Session", text(&view, "id")),
        ("Status", status(&view)),
        ("Pod", text(&view, "pod")),
        ("Directory", text(&view, "directory")),
        ("Agent", text(&view, "agent")),
    ];
    if let Some(provider) = view["model"]["provider"].as_str() {
        rows.push(("Model", format!("{provider}/{}", text(&view["model"], "model"))));
    }
    rows.extend(guard(&view).map(|guard| ("Guard", guard)));
    rows.extend(view["opencode_url"].as_str().map(|url| ("OpenCode", url.to_owned())));
    output::table(&rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect::<Vec<_>>())?;
    if open.is_empty() {
        output::line("\nNo open requests.")?;
    }
    for ask in open {
        output::line("")?;
        asks_command::in_words(&asks_command::shown(ask, None)?)
            .iter()
            .try_for_each(|line| output::line(line))?;
    }
    Ok(())
}

fn guard(view: &Value) -> Option<String> {
    let guard = serde_json::from_value::<GuardState>(view["guard"].clone());
    guard.ok().map(|guard| guard.sentence())
}

pub(super) async fn diff(api: &ApiClient, as_json: bool, session: &str, patch: bool) -> anyhow::Result<()> {
    let diff: Value = api.get(&of(session, "diff")).await?;
    let files = diff["files"].as_array().map(Vec::as_slice).unwrap_or_default();
    let note = diff["note"].as_str().filter(|_| !as_json);
    if as_json || !patch {
        output::list(as_json, files, &["FILE", "ADDED", "REMOVED"], changed, NOTHING_CHANGED)?;
        return Ok(note.iter().try_for_each(|note| output::line(&format!("\nNote: {note}")))?);
    }
    if files.is_empty() {
        output::line(NOTHING_CHANGED)?;
    }
    // Like the console's patch: a line that `patch` and `git apply` skip.
    note.iter().try_for_each(|note| output::line(&format!("# {note}")))?;
    for file in files {
        output::line(&text(file, "path"))?;
        output::line(file["patch"].as_str().unwrap_or("(no text to show)").trim_end())?;
    }
    Ok(())
}

const NOTHING_CHANGED: &str = "This session has changed no files.";

fn changed(file: &Value) -> Vec<String> {
    let count = |name: &str, sign: &str| file[name].as_u64().map_or("-".to_owned(), |n| format!("{sign}{n}"));
    vec![text(file, "path"), count("additions", "+"), count("deletions", "-")]
}

pub(super) async fn link(api: &ApiClient, as_json: bool, session: &str) -> anyhow::Result<()> {
    let view: Value = api.get(&format!("/api/v1/sessions/{session}")).await?;
    let Some(url) = view["opencode_url"].as_str() else {
        anyhow::bail!("No web UI is configured for this pod. Set GATEWAY_OPENCODE_URL or `opencode_ui`.");
    };
    Ok(tell(as_json, &json!({ "opencode_url": url }), url)?)
}
