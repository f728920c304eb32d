//! `gateway sessions watch`: prints a session as it goes on, each piece once, also across restarts of the
//! gateway: what it printed already it knows by part and offset.

use super::{ApiClient, asks_command, output};
use anyhow::Context;
use backon::{ConstantBuilder, Retryable};
use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::time::Duration;

/// Pause before the stream is opened again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Attempts to reach a gateway that is away: one minute of them.
const AGAIN: ConstantBuilder =
    ConstantBuilder::new().with_delay(Duration::from_millis(500)).with_max_times(120);

/// An ask has its card once it is on the gateway's disk: soon after it was told.
const CARD: ConstantBuilder = ConstantBuilder::new().with_delay(Duration::from_millis(50)).with_max_times(40);

pub(super) async fn run(
    api: &ApiClient,
    session: &str,
    as_json: bool,
    until_idle: bool,
) -> anyhow::Result<ExitCode> {
    let mut printer = Printer { api, as_json, until_idle, seen: PrintedSoFar::default() };
    let path = format!("/api/v1/sessions/{session}/events");
    // The first attempt tells at once when the session or the gateway does not exist.
    let mut stream = api.stream(&path).await?;
    while !follow(stream, &mut printer).await? {
        tokio::time::sleep(AGAIN_AFTER).await;
        let open = || api.stream(&path);
        stream =
            open.retry(AGAIN).await.context("Lost the connection to the gateway and could not reconnect")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints until the stream ends (`false`) or there is nothing more to wait for (`true`).
async fn follow(response: reqwest::Response, printer: &mut Printer<'_>) -> anyhow::Result<bool> {
    let mut events = response.bytes_stream().eventsource();
    while let Some(Ok(event)) = events.next().await {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let done = match event.event.as_str() {
            "snapshot" => printer.snapshot(&data).await?,
            "change" => printer.change(&data).await?,
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

struct Printer<'a> {
    api: &'a ApiClient,
    as_json: bool,
    until_idle: bool,
    seen: PrintedSoFar,
}

/// What was printed so far.
#[derive(Default)]
struct PrintedSoFar {
    /// Bytes printed of each part.
    printed: HashMap<String, usize>,
    tools: HashSet<String>,
    asks: HashSet<String>,
    was_busy: bool,
    last_part: String,
}

impl Printer<'_> {
    async fn snapshot(&mut self, data: &Value) -> std::io::Result<bool> {
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
            self.ask(ask).await?;
        }
        self.status(text(&data["session"]["status"]))
    }

    async fn change(&mut self, data: &Value) -> std::io::Result<bool> {
        match text(&data["change"]) {
            "text" if data["kind"] == "text" => {
                let offset = data["offset"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
                self.text(text(&data["part_id"]), &data["role"], offset, text(&data["text"]))?;
            }
            "tool" => self.tool(&data["call"])?,
            "ask" => self.ask(&data["ask"]).await?,
            "milestone" => self.note("milestone", text(&data["description"]), data)?,
            "failed" => self.note("failed", text(&data["message"]), data)?,
            "retrying" => self.note("retrying the model", text(&data["message"]), data)?,
            "status" => return self.status(text(&data["status"])),
            _ => {}
        }
        Ok(false)
    }

    /// Prints what is new of a part's text.
    fn text(&mut self, part: &str, role: &Value, offset: usize, piece: &str) -> std::io::Result<()> {
        let printed = self.seen.printed.get(part).copied().unwrap_or(0);
        let Some(new) = printed.checked_sub(offset).and_then(|known| piece.get(known..)) else {
            return Ok(());
        };
        if new.is_empty() {
            return Ok(());
        }
        self.seen.printed.insert(part.to_owned(), printed + new.len());
        if self.as_json {
            return output::json(&json!({ "text": new, "part": part, "offset": printed, "role": role }));
        }
        if self.seen.last_part != part {
            part.clone_into(&mut self.seen.last_part);
            output::piece(if role == "user" { "\n> " } else { "\n" })?;
        }
        output::piece(new)
    }

    fn tool(&mut self, call: &Value) -> std::io::Result<()> {
        let key = format!("{} {}", text(&call["part_id"]), text(&call["status"]));
        if !self.seen.tools.insert(key) {
            return Ok(());
        }
        let what = call["command"].as_str().or(call["file"].as_str()).unwrap_or_default();
        self.note(&format!("{} {}", text(&call["tool"]), text(&call["status"])), what, call)
    }

    async fn ask(&mut self, ask: &Value) -> std::io::Result<()> {
        let id = ask["id"].as_str().or(ask["hold_id"].as_str()).unwrap_or_default();
        let state = text(&ask["state"]);
        if !self.seen.asks.insert(format!("{id} {state}")) {
            return Ok(());
        }
        if state == "open" && !self.as_json {
            return self.question(id, ask).await;
        }
        self.note(&format!("{} {id}", text(&ask["ask"])), state, ask)
    }

    /// What a person is asked, and how to answer it here.
    async fn question(&mut self, id: &str, ask: &Value) -> std::io::Result<()> {
        let Some(card) = card(self.api, id).await else {
            return self.note(&format!("{} {id}", text(&ask["ask"])), "open; see `gateway asks list`", ask);
        };
        self.seen.last_part.clear();
        let shown = asks_command::shown(card, None).map(|shown| asks_command::in_words(&shown).join("\n"));
        let shown = shown.unwrap_or_else(|error| error.to_string());
        output::piece(&format!("\n[needs your input]\n{shown}\n"))
    }

    fn note(&mut self, what: &str, about: &str, whole: &Value) -> std::io::Result<()> {
        if self.as_json {
            return output::json(&json!({ "note": what, "about": about, "whole": whole }));
        }
        self.seen.last_part.clear();
        output::piece(&format!("\n[{what}] {about}"))
    }

    fn status(&mut self, status: &str) -> std::io::Result<bool> {
        if self.as_json {
            output::json(&json!({ "status": status }))?;
        }
        self.seen.was_busy |= matches!(status, "busy" | "retrying");
        let done = self.until_idle && self.seen.was_busy && status == "idle";
        if done && !self.as_json {
            output::line("")?;
        }
        Ok(done)
    }
}

/// The card of what OpenCode calls by that name: masked, and with the id that answers go to.
async fn card(api: &ApiClient, opencode_id: &str) -> Option<Value> {
    let look = async || {
        let cards = api.list("/api/v1/asks").await?;
        let found = cards.into_iter().find(|card| card["opencode_id"] == opencode_id);
        found.context("there is no card yet")
    };
    look.retry(CARD).await.ok()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
