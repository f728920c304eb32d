//! Slack's limits, and that nothing means more than it says, for whatever is drawn.

use super::{ask, by, model_view, read, session};
use crate::sessions::ports::{ModelStanding, Project, Repository};
use crate::slack::render::{
    CardFor, Draft, Offer, Pick, Shown, ask_card, details, item, own_words_form, session_card, start_form,
};
use gateway_domain::thread::ThreadItem;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashSet;

pub(super) fn holds_view(view: &Value) {
    for (name, most) in [("title", 24), ("submit", 24), ("close", 24)] {
        if let Some(label) = view.get(name) {
            within(&label["text"], most);
        }
    }
    within(&view["callback_id"], 255);
    assert!(view["private_metadata"].as_str().unwrap().len() <= 3_000);
    assert!(view.to_string().len() <= 250_000, "a view weighs at most 250 KB: {}", view.to_string().len());
    holds(view["blocks"].as_array().unwrap(), 100);
}

fn within(text: &Value, most: usize) {
    let text = text.as_str().unwrap();
    assert!((1..=most).contains(&text.chars().count()), "1 to {most}: {text:?}");
}

pub(super) fn holds(blocks: &[Value], most: usize) {
    assert!((1..=most).contains(&blocks.len()), "{} blocks", blocks.len());
    let (mut primary, mut markdown) = (0, 0);
    for block in blocks {
        match block["type"].as_str().unwrap() {
            "section" => {
                verbatim(&block["text"]);
                within(&block["text"]["text"], 3_000);
            }
            "context" => block["elements"].as_array().unwrap().iter().for_each(|text| {
                verbatim(text);
                within(&text["text"], 3_000);
            }),
            "markdown" => markdown += block["text"].as_str().unwrap().chars().count(),
            "header" => within(&block["text"]["text"], 150),
            "actions" => {
                let buttons = block["elements"].as_array().unwrap();
                assert!((1..=3).contains(&buttons.len()), "a phone shows three buttons in a row");
                let ids: HashSet<_> = buttons.iter().map(|button| &button["action_id"]).collect();
                assert_eq!(ids.len(), buttons.len(), "ids differ within a block");
                buttons.iter().for_each(button_holds);
                primary += buttons.iter().filter(|button| button["style"] == "primary").count();
            }
            "rich_text" => {
                for part in block["elements"][0]["elements"].as_array().unwrap() {
                    assert_eq!(part["type"], "text", "nothing but text: {part}");
                    within(&part["text"], 12_000);
                }
            }
            "input" => input_holds(block),
            "divider" => {}
            other => panic!("unexpected {other}"),
        }
        if let Some(button) = block.get("accessory") {
            button_holds(button);
        }
    }
    assert!(primary <= 1, "primary at most once");
    assert!(markdown <= 12_000, "{markdown} characters of markdown");
}

fn verbatim(text: &Value) {
    assert_eq!(text["verbatim"], true, "{text}");
}

fn button_holds(button: &Value) {
    within(&button["text"]["text"], 75);
    within(&button["action_id"], 255);
    if let Some(value) = button.get("value") {
        within(value, 2_000);
    }
    if let Some(confirm) = button.get("confirm") {
        within(&confirm["title"]["text"], 100);
        within(&confirm["text"]["text"], 300);
        within(&confirm["confirm"]["text"], 30);
        within(&confirm["deny"]["text"], 30);
    }
}

fn input_holds(block: &Value) {
    within(&block["label"]["text"], 2_000);
    within(&block["block_id"], 255);
    let Some(options) = block["element"].get("options") else { return };
    let options = options.as_array().unwrap();
    let kind = block["element"]["type"].as_str().unwrap();
    let most = if kind.contains("select") { 100 } else { 10 };
    assert!((1..=most).contains(&options.len()), "{kind}: {} options", options.len());
    for option in options {
        within(&option["text"]["text"], 75);
        within(&option["value"], 75);
    }
}

fn words() -> impl Strategy<Value = String> {
    let wild = "(<!channel>|<@U1>|<http://x\\|y>|`{1,3}|\u{202e}|&lt;|[a-z \n*_<>&|äß😀]){0,40}";
    let long = (1..9_000_usize).prop_map(|n| "long word ".repeat(n / 10));
    prop_oneof![4 => wild, 1 => long, 1 => Just(String::new())]
}

/// No mention, group, broadcast or link in what came from outside; dates and people of ours are no words of theirs.
fn tame(blocks: &[Value], texts: &[&str]) {
    let shown = serde_json::to_string(blocks).unwrap();
    for block in blocks {
        // Rich text, labels and titles are literal wherever they stand; mrkdwn is not.
        let texts = [&block["text"], &block["elements"][0]];
        let mrkdwn = texts.into_iter().filter(|text| text["type"] == "mrkdwn");
        let told: String = mrkdwn.filter_map(|text| text["text"].as_str()).collect();
        for token in ["<!channel", "<!here", "<@U1>", "<http://x"] {
            assert!(!told.contains(token), "{told}");
        }
    }
    assert!(!shown.contains("\u{202e}"), "{texts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_an_agent_asks_the_card_holds(a in words(), b in words(), c in words(), state in 0..4_usize, many in 1..120_usize) {
        // REQ-THREAD-07
        let states = [
            json!({ "state": "open" }),
            json!({ "state": "suspended" }),
            json!({ "state": "withdrawn", "why": c }),
            json!({ "state": "applied", "decision": by(json!({ "answer": "deny", "reason": c }), &b) }),
        ];
        let option = |n| format!("{b}{n}");
        let options: Vec<_> = (0..many).map(option).collect();
        let bodies = [
            json!({ "metadata": { "command": a }, "always": [b, c] }),
            json!({ "permission": a, "patterns": [b], "always": [], "metadata": { "diff": c, "filepath": a } }),
            json!({ "kind": "question", "questions": [{ "question": a, "options": options, "descriptions": [c] }] }),
            json!({ "kind": "question", "questions": [{ "question": a, "options": [b, c], "multiple": true }, { "question": b, "options": [] }] }),
            json!({ "kind": "held", "held": { "tool": "bash", "command": a } }),
            json!({ "kind": "gate", "title": a, "detail": b, "user_message_id": "msg_1" }),
        ];
        for body in bodies {
            let mut whole = body;
            for (name, value) in states[state].as_object().unwrap() {
                whole[name] = value.clone();
            }
            let one = ask(whole);
            let drawing = ask_card(&one, CardFor::default());
            holds(&drawing.blocks, 50);
            prop_assert!(drawing.text.chars().count() <= 4_000);
            tame(&drawing.blocks, &[&a, &b, &c]);
            let view = details(&one, None, false);
            holds_view(&view);
            tame(view["blocks"].as_array().unwrap(), &[&a, &b, &c]);
            holds_view(&own_words_form(&one));
        }
    }

    #[test]
    fn whatever_is_typed_and_configured_the_form_holds(a in words(), b in words(), many in 0..150_usize, state in 0..3_usize) {
        // REQ-START-01, REQ-START-03
        let (a, b) = (format!("a{a}"), format!("b{b}"));
        let state = [ModelStanding::Available, ModelStanding::Unchecked, ModelStanding::Down][state];
        let names: Vec<String> = (0..many).map(|n| format!("{b}{n}")).collect();
        let places: Vec<_> = (0..many).map(|n| gateway_domain::SafeName::parse(&format!("place{n}")).unwrap()).collect();
        let repositories = names.iter().map(|name| Repository { name: name.clone(), directory: a.clone() }).collect();
        let shop = Project { name: a.clone(), title: Some(b.clone()), repositories, workspace_repositories: places, ..Project::default() };
        let others = names.iter().map(|name| Project { name: name.clone(), ..Project::default() });
        let suggestion = serde_json::from_value(json!({ "agent": b, "confidence": 0.5, "because": [a, b],
            "model": { "provider": "local", "model": a, "because": b } })).unwrap();
        let offer = Offer {
            projects: std::iter::once(shop).chain(others).collect(),
            categories: names.clone(),
            agents: names.clone(),
            models: names.iter().map(|name| model_view(name, state)).chain([model_view(&a, state)]).collect(),
            suggestion: Some(suggestion),
        };
        let draft = Draft {
            title: a.clone(), description: b.clone(), project: Some(a.clone()), repositories: names,
            agent: Pick::Named(a.clone()), model: Pick::Named(b.clone()), ..Draft::default()
        };
        for draft in [draft, Draft { title: a.clone(), ..Draft::default() }] {
            let view = start_form(&offer, &draft, Some(&b));
            holds_view(&view);
            let is_told = |block: &&Value| matches!(block["type"].as_str(), Some("context" | "section"));
            let told: Vec<_> = view["blocks"].as_array().unwrap().iter().filter(is_told).cloned().collect();
            tame(&told, &[&a, &b]);
            let ids: HashSet<_> = view["blocks"].as_array().unwrap().iter().filter_map(|block| block["block_id"].as_str()).collect();
            let inputs = view["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == "input");
            prop_assert_eq!(ids.len(), inputs.count(), "every field has a name of its own");
        }
    }

    #[test]
    fn whatever_an_agent_says_the_thread_holds(text in words(), name in words(), complete: bool) {
        // REQ-THREAD-02, REQ-THREAD-07
        let at = "2026-11-21T10:00:00Z";
        let items = [
            json!({ "key": "prt_1", "order": "1", "at": at, "kind": "said", "by": { "who": "person", "name": name },
                "text": text.repeat(3), "complete": complete,
                "files": [{ "id": "prt_1f0", "name": name, "mime": "text/plain" }] }),
            json!({ "key": "prt_2", "order": "1", "at": at, "kind": "tools",
                "lines": vec![json!({ "state": "done", "text": text, "details": [] }); 21] }),
            json!({ "key": "mil_1", "order": "1", "at": at, "kind": "milestones",
                "milestones": vec![json!({ "id": "m", "at": at, "sort": name, "description": text, "details": name }); 60] }),
            json!({ "key": "note_1", "order": "1", "at": at, "kind": "note", "tone": "info", "text": text }),
        ];
        for one in items {
            for piece in item("ses_12345678", &serde_json::from_value::<ThreadItem>(one).unwrap(), CardFor::default()) {
                holds(&piece.drawing.blocks, 50);
                prop_assert!(piece.drawing.text.chars().count() <= 4_000);
                let markdown_is_escaped = |block: &&Value| block["type"] != "divider";
                let blocks: Vec<_> = piece.drawing.blocks.iter().filter(markdown_is_escaped).cloned().collect();
                let shown = read(&blocks);
                for token in ["<!channel", "<@U1>", "<http://x"] {
                    prop_assert!(!shown.contains(token), "{shown}");
                }
            }
        }
        let card = session_card(&session(json!({ "title": text, "project": name, "agent": text })), Shown::default());
        holds(&card.blocks, 50);
        tame(&card.blocks, &[&text]);
    }
}
