//! Tells administrators of alerts, each once: the ledger of posts knows what was told, also after a restart.

use super::SlackContext;
use crate::slack::formatting::{cut, esc};
use crate::slack::inbound::alert_webhook::{Alert, Status};
use crate::slack::message_keys;
use crate::slack::outbound::Note;
use gateway_domain::thread::Tone;

/// Longest name and sentence that are shown.
const LONGEST: usize = 500;

impl SlackContext {
    /// Whether every administrator has it.
    pub(in crate::slack) async fn alert(&self, alert: &Alert) -> bool {
        let (key, note) = (key(alert), note(alert));
        let mut told = true;
        for user in &self.config.administrators {
            let sent = match self.direct(user).await {
                Ok(channel) => self.outlet.alert(&channel, &key, &note).await,
                Err(error) => {
                    tracing::warn!(user, error, "alert not delivered to an administrator");
                    false
                }
            };
            told &= sent;
        }
        told
    }
}

/// The same for every call about one alert that fires, and another when it is over.
fn key(alert: &Alert) -> String {
    let status = if alert.status == Status::Firing { "firing" } else { "resolved" };
    message_keys::short(&["alert", &alert.fingerprint, &name(alert), &alert.starts_at, status])
}

fn name(alert: &Alert) -> String {
    alert.labels.get("alertname").cloned().unwrap_or_else(|| "An alert".to_owned())
}

fn note(alert: &Alert) -> Note {
    let of = |name: &str| alert.annotations.get(name).map(|text| esc(&cut(text, LONGEST)));
    let what = of("summary").or_else(|| of("description")).unwrap_or_default();
    let name = esc(&cut(&name(alert), LONGEST));
    match alert.status {
        Status::Resolved => Note { tone: Tone::Good, text: format!("*{name}* is resolved. {what}") },
        Status::Firing => {
            let page = alert.labels.get("severity").is_some_and(|severity| severity == "page");
            let tone = if page { Tone::Error } else { Tone::Warning };
            let help = "What to do: run `gateway doctor`, then see docs/operations.md under this name.";
            Note { tone, text: format!("*{name}*: {what}\n{help}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn alert(status: &str) -> Alert {
        serde_json::from_value(json!({
            "status": status, "fingerprint": "f1", "startsAt": "2026-11-28T17:00:00Z", "generatorURL": "http://x",
            "labels": { "alertname": "SlackDeadLetters", "severity": "warning" },
            "annotations": { "summary": "Messages were <!channel> given up." },
        }))
        .unwrap()
    }

    #[test]
    fn an_alert_is_one_message_until_it_is_over() {
        // F8
        let (firing, over) = (alert("firing"), alert("resolved"));
        assert_eq!(key(&firing), key(&alert("firing")));
        assert_ne!(key(&firing), key(&over));
        assert_ne!(key(&firing), key(&Alert { starts_at: "later".into(), ..firing.clone() }));
    }

    #[test]
    fn it_says_what_is_wrong_and_notifies_nobody_else() {
        let told = note(&alert("firing")).text;
        assert!(told.contains("*SlackDeadLetters*") && told.contains("docs/operations.md"), "{told}");
        assert!(!told.contains("<!channel>"), "{told}");
        assert!(note(&alert("resolved")).text.contains("is resolved"));
    }
}
