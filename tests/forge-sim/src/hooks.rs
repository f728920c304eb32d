//! Webhooks: signed, delivered once, and again only when asked. Order isn't promised, and faults see to it.

use crate::clock::written;
use crate::core::Sim;
use crate::faults::Mishap;
use crate::witness;
use crate::world::World;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// What an app can listen to.
pub(crate) const EVENTS: &[&str] = &[
    "check_run",
    "check_suite",
    "issue_comment",
    "merge_group",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
    "status",
    "workflow_run",
];
/// How long GitHub waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Outbox {
    pub(crate) sent: Vec<Delivery>,
    waiting: VecDeque<u64>,
    /// To be overtaken by the next one.
    held: Option<u64>,
}

#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) id: u64,
    /// The same when it is sent again.
    pub(crate) guid: String,
    pub(crate) app: u64,
    pub(crate) event: &'static str,
    pub(crate) installation: Option<u64>,
    pub(crate) repository: Option<u64>,
    pub(crate) payload: Arc<str>,
    pub(crate) at: Timestamp,
    pub(crate) redelivery: bool,
    /// What the receiver answered; 0 while nobody has.
    pub(crate) code: u16,
    pub(crate) status: String,
}

struct Letter {
    id: u64,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl World {
    pub(crate) fn post_hook(
        &mut self,
        app: u64,
        event: &'static str,
        of: Option<(u64, u64)>,
        payload: Value,
    ) {
        if self.apps.get(&app).is_none_or(|app| app.hook.url.is_none()) {
            return;
        }
        let (id, guid, at) = (self.next_id(), self.chance.guid(), self.now);
        let mishap = self.faults.draw_mishap();
        let status = if mishap == Some(Mishap::Lost) { "timed out" } else { "" }.to_owned();
        witness::keep(
            &mut self.outbox.sent,
            Delivery {
                id,
                guid,
                app,
                event,
                installation: of.map(|(installation, _)| installation),
                repository: of.map(|(_, repository)| repository),
                payload: payload.to_string().into(),
                at,
                redelivery: false,
                code: 0,
                status,
            },
        );
        match mishap {
            Some(Mishap::Lost) => {}
            Some(Mishap::Overtaken) => {
                let earlier = self.outbox.held.replace(id);
                self.outbox.waiting.extend(earlier);
            }
            Some(Mishap::Doubled) => self.outbox.queue(&[id, id]),
            None => self.outbox.queue(&[id]),
        }
    }

    pub(crate) fn send_again(&mut self, again: Delivery) {
        let (id, at) = (self.next_id(), self.now);
        let again = Delivery { id, at, redelivery: true, code: 0, status: String::new(), ..again };
        witness::keep(&mut self.outbox.sent, again);
        self.outbox.queue(&[id]);
    }

    fn next_letter(&mut self) -> Option<Letter> {
        loop {
            let id = self.outbox.waiting.pop_front()?;
            let Some(delivery) = self.outbox.sent.iter().rev().find(|one| one.id == id) else { continue };
            let Some(app) = self.apps.get(&delivery.app) else { continue };
            let Some(url) = app.hook.url.clone() else { continue };
            let headers = vec![
                ("content-type", "application/json".to_owned()),
                ("user-agent", "GitHub-Hookshot/5ce7d4f".to_owned()),
                ("x-github-event", delivery.event.to_owned()),
                ("x-github-delivery", delivery.guid.clone()),
                ("x-github-hook-id", delivery.app.to_string()),
                ("x-github-hook-installation-target-type", "integration".to_owned()),
                ("x-github-hook-installation-target-id", delivery.app.to_string()),
                ("x-hub-signature-256", signature(&app.hook.secret, delivery.payload.as_bytes())),
            ];
            return Some(Letter { id, url, headers, body: delivery.payload.to_string() });
        }
    }

    fn answered(&mut self, id: u64, code: u16, status: &str) {
        if let Some(delivery) = self.outbox.sent.iter_mut().rev().find(|one| one.id == id) {
            delivery.code = code;
            status.clone_into(&mut delivery.status);
        }
    }
}

impl Outbox {
    fn queue(&mut self, ids: &[u64]) {
        self.waiting.extend(ids);
        self.waiting.extend(self.held.take());
    }
}

impl Delivery {
    pub(crate) fn short(&self) -> Value {
        let payload: Value = serde_json::from_str(&self.payload).unwrap_or_default();
        json!({
            "id": self.id, "guid": self.guid, "delivered_at": written(self.at), "redelivery": self.redelivery,
            "duration": 0.1, "status": self.status, "status_code": self.code, "event": self.event,
            "action": payload["action"], "installation_id": self.installation, "repository_id": self.repository,
            "throttled_at": null,
        })
    }

    pub(crate) fn full(&self) -> Value {
        let mut body = self.short();
        let payload: Value = serde_json::from_str(&self.payload).unwrap_or_default();
        body["request"] = json!({ "headers": { "X-GitHub-Delivery": self.guid, "X-GitHub-Event": self.event }, "payload": payload });
        body["response"] = json!({ "headers": {}, "payload": null });
        body
    }
}

/// As `x-hub-signature-256` has it.
pub(crate) fn signature(secret: &str, body: &[u8]) -> String {
    let made = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    });
    format!("sha256={}", made.unwrap_or_default())
}

/// One after the other, as long as the forge runs.
pub(crate) async fn deliver_all(sim: Arc<Sim>) {
    let client = reqwest::Client::new();
    let mut changes = sim.changes();
    loop {
        changes.borrow_and_update();
        while let Some(letter) = sim.quietly(World::next_letter) {
            let (code, status) = post(&client, &letter).await;
            sim.note(|world| world.answered(letter.id, code, status));
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

async fn post(client: &reqwest::Client, letter: &Letter) -> (u16, &'static str) {
    let mut request = client.post(&letter.url).timeout(PATIENCE).body(letter.body.clone());
    for (name, value) in &letter.headers {
        request = request.header(*name, value);
    }
    match request.send().await {
        Ok(response) if response.status().is_success() => (response.status().as_u16(), "OK"),
        Ok(response) => (response.status().as_u16(), "Invalid HTTP Response"),
        Err(error) if error.is_timeout() => (504, "timed out"),
        Err(_) => (502, "failed to connect to host"),
    }
}

#[cfg(test)]
mod tests {
    /// The example in GitHub's own documentation.
    #[test]
    fn signatures_are_as_documented() {
        let digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let made = super::signature("It's a Secret to Everybody", b"Hello, World!");
        assert_eq!(made, format!("sha256={digest}"));
    }
}
