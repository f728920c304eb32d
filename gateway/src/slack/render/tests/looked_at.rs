//! What a person must not overlook: warnings on a card, and in a list what needs somebody.

use super::slack_limits::{holds, holds_view};
use super::{ask, by, card, read, session};
use crate::slack::render::{CardFor, Ways, allow_form, ask_card, details, home, session_list};
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
    let view = details(&ask(dangerous.clone()), None, false);
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
    let shown = details(&twice, None, false).to_string();
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

/// What the rules ask for, with a reason; the few can override them.
fn demanding(changes: serde_json::Value) -> serde_json::Value {
    let group = json!({ "name": "release", "people": ["anna"] });
    let glass = json!({ "by": [{ "name": "owners", "people": ["dora"] }] });
    let mut demand =
        json!({ "rules": ["shop@1"], "by": [group], "people": 1, "reason": true, "break_glass": glass });
    for (name, value) in changes.as_object().unwrap() {
        demand[name] = value.clone();
    }
    json!({ "rules": { "on_silence": "deny", "demand": demand, "proof": changes.get("proof").unwrap_or(&json!("account")) } })
}

#[test]
fn where_a_reason_is_wanted_the_button_opens_a_form_for_it() {
    // REQ-RULES-02, REQ-ASK-01
    let one = ask(demanding(json!({})));
    let drawing = ask_card(&one, CardFor::default());
    holds(&drawing.blocks, 50);
    let shown = read(&drawing.blocks);
    assert!(shown.contains("[!Allow once…] [-Deny] [Details]"), "{shown}");
    assert!(!shown.contains("Override"), "a card is everybody's: {shown}");
    let form = allow_form(&one, false);
    holds_view(&form);
    assert_eq!(form["submit"]["text"], "Allow");
    assert!(
        read(form["blocks"].as_array().unwrap()).contains("Reason (everyone sees this): plain_text_input")
    );
    assert_eq!(form["blocks"][1]["element"]["max_length"], 2_000);
}

#[test]
fn only_those_who_can_override_the_rules_are_offered_that_and_a_passkey_leads_to_the_console() {
    // REQ-RULES-05, REQ-WHO-03
    let one = ask(demanding(json!({})));
    let read_view = |view: serde_json::Value| {
        holds_view(&view);
        read(view["blocks"].as_array().unwrap())
    };
    assert!(!read_view(details(&one, None, false)).contains("Override"));
    assert!(read_view(details(&one, None, true)).contains("[-Override the rules…]"));
    let form = allow_form(&one, true);
    holds_view(&form);
    assert!(read_view(form).contains("This overrides the rules, for this one request."));
    let glass = json!({ "by": [{ "name": "owners", "people": ["dora"] }], "proof": "passkey" });
    let strict = ask(demanding(json!({ "break_glass": glass, "proof": "fresh" })));
    let shown = read_view(details(&strict, Some("https://gw.test"), true));
    assert!(shown.contains("[Override the rules in the console]"), "{shown}");
    assert!(shown.contains("[Approve in the console]"), "{shown}");
    assert!(!read_view(details(&strict, None, true)).contains("Override the rules"), "there is no way to it");
}
