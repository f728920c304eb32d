//! Deliveries as signed HTTP requests, with Slack's headers for redeliveries.

use super::sign::signature;
use super::{Delivery, Tried};
use crate::core::Sim;
use serde_json::{Value, json};
use std::sync::Arc;

/// What goes over the wire: its content type and its text.
pub fn body(delivery: &Delivery) -> (&'static str, String) {
    let form = "application/x-www-form-urlencoded";
    let mut fields = form_urlencoded::Serializer::new(String::new());
    match delivery.kind {
        "events_api" => ("application/json", delivery.payload.to_string()),
        "slash_commands" => {
            for (key, value) in delivery.payload.as_object().into_iter().flatten() {
                fields.append_pair(key, value.as_str().unwrap_or_default());
            }
            (form, fields.finish())
        }
        _ => (form, fields.append_pair("payload", &delivery.payload.to_string()).finish()),
    }
}

pub(super) async fn post(
    sim: &Arc<Sim>,
    url: &str,
    delivery: &Delivery,
    attempt: u32,
    reason: &str,
) -> Tried {
    let (kind, body) = body(delivery);
    let secret = sim.note(|world| {
        super::record(world, delivery, attempt, None);
        world.app.signing_secret.clone()
    });
    let timestamp = sim.clock.now().as_secs();
    let mut request = sim
        .http
        .post(url)
        .header("content-type", kind)
        .header("x-slack-request-timestamp", timestamp.to_string())
        .header("x-slack-signature", signature(&secret, timestamp, &body))
        .body(body);
    if attempt > 0 {
        request =
            request.header("x-slack-retry-num", attempt.to_string()).header("x-slack-retry-reason", reason);
    }
    let began = sim.clock.now();
    let sent = tokio::time::timeout(sim.pace.ack, async {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok::<_, reqwest::Error>((status, headers, response.text().await?))
    });
    match sent.await {
        Err(_) => Err(("http_timeout".to_owned(), true)),
        Ok(Err(_)) => Err(("connection_failed".to_owned(), true)),
        Ok(Ok((status, _, text))) if status.is_success() => {
            Ok((sim.clock.now().saturating_sub(began), answer(&text)))
        }
        Ok(Ok((_, headers, _))) => {
            let again = headers.get("x-slack-no-retry").is_none_or(|value| value != "1");
            Err(("http_error".to_owned(), again))
        }
    }
}

/// JSON, or a plain text that stands for a message.
fn answer(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if text.is_empty() => Value::Null,
        Err(_) => json!({ "text": text }),
    }
}

/// Slack's question whether this address belongs to the app; true if it echoes the challenge.
pub(crate) async fn verify(sim: &Arc<Sim>, url: &str) -> bool {
    let challenge = format!("challenge-{:016x}", sim.quietly(|world| world.chance.number()));
    let payload = json!({ "type": "url_verification", "token": "verification", "challenge": challenge });
    let kind = "events_api";
    let delivery =
        Delivery { kind, what: "url_verification".to_owned(), id: challenge.clone(), payload, accepts: true };
    match post(sim, url, &delivery, 0, "").await {
        Ok((_, answer)) => answer["challenge"] == challenge.as_str() || answer["text"] == challenge.as_str(),
        Err(_) => false,
    }
}
