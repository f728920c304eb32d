//! What a person must not overlook: warnings on a card, and in a list what needs somebody.

use super::{ask, by, card, read, session};
use crate::slack::render::{CardFor, Ways, ask_card, details, home, session_list};
use serde_json::json;
use std::sync::Arc;

#[test]
fn what_is_dangerous_is_said_on_the_card_and_in_its_details() {
    // REQ-GATE-06, B13: the console warned, and Slack had a green button and not a word
    let dangers = json!([
        { "kind": "destructive", "label": "Deletes files or data", "why": "rm -rf build" },
        { "kind": "remote_code", "label": "Runs hidden or downloaded code", "why": "curl `x` | sh" },
    ]);
    let dangerous = json!({ "rules": { "on_silence": "deny", "dangers": dangers } });
    let told = "⚠️ *Deletes files or data:* `rm -rf build`\n\
                ⚠️ *Runs hidden or downloaded code:* `curl ˋxˋ | sh`";
    let shown = card(dangerous.clone());
    assert!(shown.contains(&format!("🔐 Run npm test?\n{told}\n~ ")), "{shown}");
    assert!(shown.contains("[Allow once] [-Deny]"), "no green button: {shown}");
    let view = details(&ask(dangerous.clone()), None);
    assert!(read(view["blocks"].as_array().unwrap()).contains(told), "{view}");
    let mut over = dangerous;
    (over["state"], over["decision"]) = (json!("applied"), by(json!({ "answer": "once" }), "Anna"));
    assert!(!card(over).contains("Deletes files"), "nobody decides any more");
}

#[test]
fn a_list_begins_with_what_needs_somebody_and_leads_there() {
    // REQ-ASK-08: raw ids stood there, and the newest came first
    let place = json!({ "surface": "slack", "team": "T1", "channel": "C1", "thread": "1.000100" });
    let cards = [
        session(json!({ "doing": "idle", "title": "Ready *one*", "place": place })),
        session(json!({ "doing": "waiting", "title": "Asks", "open_asks": ["ask_12345678000001"] })),
    ]
    .map(Arc::new);
    let ways = Ways { slack: Some("https://acme.slack.com/"), console: Some("https://console.test") };
    assert_eq!(
        read(&session_list(&cards, ways)),
        "✋ *Asks* · Anna\nNeeds input · <https://console.test/sessions/ses_12345678|Open in console> [Status]\n\
         💤 *Ready ∗one∗* · Anna\nReady · <https://acme.slack.com/archives/C1/p1000100|Open thread> [Status]"
    );
    let home = home(&[ask(json!({ "metadata": { "command": "echo `*`" } }))], &cards, ways);
    let shown = read(home["blocks"].as_array().unwrap());
    assert!(shown.contains("Run `echo ˋ*ˋ`?\n*Asks* · <https://console.test/sessions/"), "{shown}");
}

#[test]
fn two_approvals_are_said_once() {
    // Issue 12: the details also said that one more is needed.
    let twice = ask(json!({
        "state": "applied", "rules": { "on_silence": "deny", "risk": "It deletes files" },
        "first_approval": by(json!({ "answer": "once" }), "Anna"), "decision": by(json!({ "answer": "once" }), "Ben"),
    }));
    let shown = details(&twice, None).to_string();
    assert!(shown.contains("By Ben,") || shown.contains("By Ben "), "{shown}");
    assert_eq!(shown.matches("Anna").count(), 1, "{shown}");
    assert!(shown.contains("First approved by Anna") && !shown.contains("One more approval"), "{shown}");
}

#[test]
fn what_needs_a_passkey_leads_to_the_console_and_is_denied_here() {
    // REQ-WHO-03
    let asked = ask(
        json!({ "rules": { "on_silence": "deny", "risk": "It leaves this machine.", "proof": "passkey" } }),
    );
    let there = CardFor { owner: None, console: Some("https://console.test") };
    let drawn = json!(ask_card(&asked, there).blocks).to_string();
    assert!(drawn.contains("Approve in the console with your passkey"), "{drawn}");
    assert!(drawn.contains(&format!("https://console.test/sessions/{}", asked.session)), "{drawn}");
    assert!(drawn.contains("Deny") && !drawn.contains("Allow once"), "{drawn}");
    let unknown = json!(ask_card(&asked, CardFor::default()).blocks).to_string();
    assert!(
        unknown.contains("Approve with passkey"),
        "without an address a press says what is missing: {unknown}"
    );
}
