//! `gateway sessions watch`: prints a session as it goes on, each piece once, also across restarts of the
//! gateway: what it printed already it knows by part and offset.

use super::{ApiClient, output};
use anyhow::bail;
use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::time::Duration;

/// Pause before the stream is opened again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Attempts in a row that may fail before the command gives up: one minute of a gateway being away.
const MAX_FAILURES: u32 = 120;

pub(super) async fn run(
    api: &ApiClient,
    session: &str,
    as_json: bool,
    until_idle: bool,
) -> anyhow::Result<ExitCode> {
    let mut printer = Printer { as_json, until_idle, ..Printer::default() };
    let path = format!("/api/v1/sessions/{session}/events");
    let mut failures = 0;
    // The first attempt tells at once when the session or the gateway does not exist.
    let mut response = Some(api.stream(&path).await?);
    loop {
        if let Some(response) = response.take() {
            failures = 0;
            if follow(response, &mut printer).await? {
                return Ok(ExitCode::SUCCESS);
            }
        }
        tokio::time::sleep(AGAIN_AFTER).await;
        match api.stream(&path).await {
            Ok(open) => response = Some(open),
            Err(_) => failures += 1,
        }
        if failures > MAX_FAILURES {
            bail!("The gateway did not come back.");
        }
    }
}

/// Prints until the stream ends (`false`) or there is nothing more to wait for (`true`).
async fn follow(response: reqwest::Response, printer: &mut Printer) -> anyhow::Result<bool> {
    let mut events = response.bytes_stream().eventsource();
    while let Some(Ok(event)) = events.next().await {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let done = match event.event.as_str() {
            "snapshot" => printer.snapshot(&data)?,
            "change" => printer.change(&data)?,
            // The watcher fell behind: a new snapshot brings it up to date.
            "reload" => return Ok(false),
            _ => false,
        };
        if done {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was printed so far.
#[derive(Default)]
struct Printer {
    as_json: bool,
    until_idle: bool,
    /// Bytes printed of each part.
    printed: HashMap<String, usize>,
    tools: HashSet<String>,
    asks: HashSet<String>,
    was_busy: bool,
    last_part: String,
}

impl Printer {
    fn snapshot(&mut self, data: &Value) -> std::io::Result<bool> {
        for message in list(&data["messages"]) {
            let role = &message["role"];
            for part in list(&message["parts"]) {
                match part["kind"].as_str() {
                    Some("text") => self.text(text(&part["id"]), role, 0, text(&part["text"]))?,
                    Some("tool") => self.tool(part)?,
                    _ => {}
                }
            }
        }
        for ask in list(&data["asks"]) {
            self.ask(ask)?;
        }
        self.status(text(&data["session"]["status"]))
    }

    fn change(&mut self, data: &Value) -> std::io::Result<bool> {
        match text(&data["change"]) {
            "text" if data["kind"] == "text" => {
                let offset = data["offset"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
                self.text(text(&data["part_id"]), &data["role"], offset, text(&data["text"]))?;
            }
            "tool" => self.tool(&data["call"])?,
            "ask" => self.ask(&data["ask"])?,
            "milestone" => self.note("milestone", text(&data["description"]), data)?,
            "failed" => self.note("failed", text(&data["message"]), data)?,
            "retrying" => self.note("the model is tried again", text(&data["message"]), data)?,
            "status" => return self.status(text(&data["status"])),
            _ => {}
        }
        Ok(false)
    }

    /// Prints what is new of a part's text.
    fn text(&mut self, part: &str, role: &Value, offset: usize, piece: &str) -> std::io::Result<()> {
        let printed = self.printed.get(part).copied().unwrap_or(0);
        let Some(new) = printed.checked_sub(offset).and_then(|known| piece.get(known..)) else {
            return Ok(());
        };
        if new.is_empty() {
            return Ok(());
        }
        self.printed.insert(part.to_owned(), printed + new.len());
        if self.as_json {
            return output::json(&json!({ "text": new, "part": part, "offset": printed, "role": role }));
        }
        if self.last_part != part {
            part.clone_into(&mut self.last_part);
            output::piece(if role == "user" { "\n> " } else { "\n" })?;
        }
        output::piece(new)
    }

    fn tool(&mut self, call: &Value) -> std::io::Result<()> {
        let key = format!("{} {}", text(&call["part_id"]), text(&call["status"]));
        if !self.tools.insert(key) {
            return Ok(());
        }
        let what = call["command"].as_str().or(call["file"].as_str()).unwrap_or_default();
        self.note(&format!("{} {}", text(&call["tool"]), text(&call["status"])), what, call)
    }

    fn ask(&mut self, ask: &Value) -> std::io::Result<()> {
        let id = ask["id"].as_str().or(ask["hold_id"].as_str()).unwrap_or_default();
        if !self.asks.insert(format!("{id} {}", text(&ask["state"]))) {
            return Ok(());
        }
        self.note(&format!("{} {id}", text(&ask["ask"])), text(&ask["state"]), ask)
    }

    fn note(&mut self, what: &str, about: &str, whole: &Value) -> std::io::Result<()> {
        if self.as_json {
            return output::json(&json!({ "note": what, "about": about, "whole": whole }));
        }
        self.last_part.clear();
        output::piece(&format!("\n[{what}] {about}"))
    }

    fn status(&mut self, status: &str) -> std::io::Result<bool> {
        if self.as_json {
            output::json(&json!({ "status": status }))?;
        }
        self.was_busy |= matches!(status, "busy" | "retrying");
        let done = self.until_idle && self.was_busy && status == "idle";
        if done && !self.as_json {
            output::line("")?;
        }
        Ok(done)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
