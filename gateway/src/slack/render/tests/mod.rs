//! Cards in words, as a person would read them, and Slack's limits for whatever is drawn.

mod choices;
mod looked_at;
mod slack_limits;
mod suggestion;

use super::*;
use crate::sessions::ports::{ModelStanding, ModelView, Project, Repository};
use bridge_protocol::FileChange;
use gateway_domain::thread::{Milestone, ThreadItem, ToolLine};
use gateway_domain::{Ask, SessionCard};
use serde_json::{Value, json};
use slack_limits::{holds, holds_view};
use std::sync::Arc;

fn ask(changes: Value) -> Ask {
    let mut ask = json!({
        "id": "ask_12345678000001", "opencode_id": "per_1", "session": "ses_12345678", "directory": "/src/shop",
        "digest": "0123456789abcdef0123456789abcdef", "asked_at": "2026-11-21T10:00:00Z", "state": "open",
        "kind": "permission", "permission": "bash", "patterns": ["npm test"], "always": ["npm test *"],
        "metadata": { "command": "npm test" }, "deadline": "2026-11-21T10:05:00Z",
        "rules": { "on_silence": "deny" },
    });
    for (name, value) in changes.as_object().unwrap() {
        ask[name] = value.clone();
    }
    serde_json::from_value(ask).unwrap()
}

fn by(answer: Value, name: &str) -> Value {
    let mut decision = json!({ "by": { "id": "slack:T1:U1", "name": name }, "at": "2026-11-21T15:04:00Z" });
    for (key, value) in answer.as_object().unwrap() {
        decision[key] = value.clone();
    }
    decision
}

/// What a person reads, line by line; buttons in brackets, a row a line.
fn read(blocks: &[Value]) -> String {
    blocks.iter().map(line_of).collect::<Vec<_>>().join("\n")
}

fn line_of(block: &Value) -> String {
    match block["type"].as_str().unwrap() {
        "section" => {
            let beside = block.get("accessory").map(|button| format!(" {}", button_of(button)));
            format!("{}{}", block["text"]["text"].as_str().unwrap(), beside.unwrap_or_default())
        }
        "context" => format!("~ {}", block["elements"][0]["text"].as_str().unwrap()),
        "markdown" => format!("# {}", block["text"].as_str().unwrap()),
        "header" => format!("== {}", block["text"]["text"].as_str().unwrap()),
        "actions" => {
            block["elements"].as_array().unwrap().iter().map(button_of).collect::<Vec<_>>().join(" ")
        }
        "rich_text" => {
            let parts = block["elements"][0]["elements"].as_array().unwrap();
            let told: String = parts.iter().map(|part| part["text"].as_str().unwrap()).collect();
            match block["elements"][0]["type"].as_str().unwrap() {
                "rich_text_preformatted" => format!("| {}", told.replace('\n', "\n| ")),
                _ => told,
            }
        }
        "input" => format!(
            "{}: {}",
            block["label"]["text"].as_str().unwrap(),
            block["element"]["type"].as_str().unwrap()
        ),
        other => other.to_owned(),
    }
}

fn button_of(button: &Value) -> String {
    let sign = match button["style"].as_str() {
        Some("primary") => "!",
        Some("danger") => "-",
        _ => "",
    };
    let sure = if button.get("confirm").is_some() { "?" } else { "" };
    format!("[{sign}{}{sure}]", button["text"]["text"].as_str().unwrap())
}

fn card(changes: Value) -> String {
    let drawing = ask_card(&ask(changes), CardFor::default());
    holds(&drawing.blocks, 50);
    format!("{}\n----\n{}", drawing.text, read(&drawing.blocks))
}

#[test]
fn a_permission_fits_on_a_phone() {
    // REQ-ASK-01: what will run, at most three buttons in a row, the safe ones without a second question
    assert_eq!(
        card(json!({})),
        "Run `npm test`?\n----\n\
         🔐 Run npm test?\n\
         ~ Denied automatically at <!date^1795255500^{date_short_pretty} {time}|2026-11-21 10:05 UTC> if nobody answers. Anyone in this channel can answer.\n\
         [!Allow once] [-Deny] [Details]\n\
         [Always allow npm test *?] [Deny with a reason…]"
    );
}

#[test]
fn a_change_of_a_file_shows_its_first_lines() {
    // REQ-ASK-01
    let diff = format!("--- a/x.rs\n+++ b/x.rs\n@@ -1,2 +1,2 @@\n-old\n+new\n{}", " same\n".repeat(30));
    let shown = card(json!({
        "permission": "edit", "always": ["*"], "metadata": { "filepath": "/src/shop/x.rs", "diff": diff },
    }));
    assert!(shown.contains("🔐 Change /src/shop/x.rs?\n| @@ -1,2 +1,2 @@\n| -old\n| +new"), "{shown}");
    assert!(shown.contains("… 25 more lines (see Details)"), "{shown}");
    assert!(shown.contains("[Always allow everything…?]"), "{shown}");
}

#[test]
fn after_the_decision_the_buttons_are_gone() {
    // REQ-ASK-10: who, when, what
    assert_eq!(
        card(json!({ "state": "applied", "decision": by(json!({ "answer": "once" }), "Anna") })),
        "Allowed once: `npm test`\n----\n\
         ✅ Allowed once: npm test\n\
         ~ By Anna, <!date^1795273440^{time}|15:04 UTC>.\n\
         [Details]"
    );
    let reason = by(json!({ "answer": "deny", "reason": "Use <the> other one" }), "Ben");
    let shown = card(json!({ "state": "decided", "decision": reason }));
    assert!(shown.contains("⛔ Denied: npm test"), "{shown}");
    assert!(
        shown
            .contains("“Use &lt;the&gt; other one” Saved. It takes effect as soon as the agent receives it."),
        "{shown}"
    );
}

#[test]
fn every_other_end_is_told() {
    // REQ-ASK-05, REQ-ASK-07, REQ-ASK-08
    let once = || by(json!({ "answer": "once" }), "Anna");
    for (state, told) in [
        (
            json!({ "state": "timed_out" }),
            "⌛ Nobody answered in time: npm test\n~ Denied automatically. You can still answer, and the agent will be told.\n[Allow anyway] [Tell the agent why not…] [Details]",
        ),
        (
            json!({ "state": "timed_out", "decision": once() }),
            "🕰️ Allowed once, late: npm test\n~ Nobody answered in time. By Anna,",
        ),
        (
            // Issue 12: it read like a denial that came in time.
            json!({ "state": "applied", "late": true, "decision": by(json!({ "answer": "deny", "reason": "no" }), "Anna") }),
            "🕰️ Denied, late: npm test\n~ Nobody answered in time. By Anna,",
        ),
        (
            json!({ "state": "allowed_late", "decision": once() }),
            "🕰️ Allowed late: npm test\n~ Nobody answered in time. By Anna,",
        ),
        (
            json!({ "state": "answered_elsewhere", "answer": "once" }),
            "↪️ Answered in OpenCode: npm test\n~ Allowed once.\n[Details]",
        ),
        (
            json!({ "state": "withdrawn", "why": "the session was stopped" }),
            "🚫 Withdrawn: npm test\n~ the session was stopped\n[Details]",
        ),
        (json!({ "state": "superseded" }), "🚫 No longer needed: npm test\n~ The agent moved on"),
    ] {
        let shown = card(state);
        assert!(shown.contains(told), "{shown}\nhas not\n{told}");
        assert!(!shown.contains("[!"), "{shown}");
    }
}

#[test]
fn what_a_person_must_know_first_stands_on_the_card() {
    // REQ-ASK-08, REQ-ASK-10
    let shown = card(json!({
        "state": "suspended", "deadline": null, "may_have_run": true,
        "rules": { "on_silence": "deny", "risk": "It deletes files", "may_answer": ["slack:T1:U7"], "reminders": 2 },
        "first_approval": by(json!({ "answer": "once" }), "Anna"),
    }));
    assert!(shown.contains("your answer is applied when it's back"), "{shown}");
    assert!(shown.contains("This may already have run in part."), "{shown}");
    assert!(shown.contains("Needs two approvals:* It deletes files. Approved by Anna,"), "{shown}");
    assert!(
        shown.contains(
            "~ The timer is paused while the agent is offline. <@U7> can answer. Reminded 2 times."
        ),
        "{shown}"
    );
    assert!(shown.contains("[!Allow once?] [-Deny] [Details]\n[Deny with a reason…]"), "no always: {shown}");
}

fn question(changes: Value) -> Value {
    let mut question =
        json!({ "question": "Which database?", "options": ["Postgres (Recommended)", "SQLite"] });
    for (name, value) in changes.as_object().unwrap() {
        question[name] = value.clone();
    }
    json!({ "kind": "question", "questions": [question], "deadline": null, "rules": { "on_silence": "wait" } })
}

#[test]
fn a_questions_options_are_buttons() {
    // REQ-ASK-02
    assert_eq!(
        card(question(json!({}))),
        "Which database?\n----\n\
         ❓ Which database?\n\
         ~ No time limit. Anyone in this channel can answer.\n\
         [!★ Postgres] [SQLite] [Write your own…]\n\
         [Details] [Discuss in a thread]"
    );
    let shown = card(question(json!({ "multiple": true, "descriptions": ["Grows", "Small"] })));
    assert!(shown.contains("• *Postgres* ★ _recommended_ – Grows\n• *SQLite* – Small"), "{shown}");
    assert!(shown.contains("[!Answer…] [Details] [Discuss in a thread]"), "{shown}");
}

#[test]
fn held_calls_gates_and_configurations_have_cards() {
    let held = json!({ "kind": "held", "held": { "tool": "write", "file": "src/a.rs" } });
    assert!(card(held).contains("✋ Change src/a.rs?"));
    let gate = json!({ "kind": "gate", "title": "Go on?", "detail": "It may have half run.", "user_message_id": "msg_1" });
    assert!(card(gate).contains("🚦 Go on?\nIt may have half run.\n"));
    let fields = json!([{ "name": "project", "label": "Project", "required": true, "options": ["shop", "blog"], "suggestion": "blog" },
        { "name": "name", "label": "Name", "required": false }]);
    let configuration =
        json!({ "kind": "configuration", "fields": fields, "held": { "tool": "bash", "command": "npm ci" } });
    let shown = card(configuration.clone());
    assert!(shown.contains("[!Set up…] [-Deny] [Details]"), "{shown}");
    let form = own_words_form(&ask(configuration));
    holds_view(&form);
    assert_eq!(form["blocks"][1]["element"]["initial_option"]["text"]["text"], "blog");
}

#[test]
fn details_hold_everything_and_the_rest_is_a_file() {
    // The card tells the whole truth: nothing of a command hides behind an ellipsis
    let command = (0..300).map(|n| format!("echo {n} && sleep 1")).collect::<Vec<_>>().join("\n");
    let one = ask(json!({ "metadata": { "command": command, "cwd": "/src" } }));
    let view = details(&one, None, false);
    holds_view(&view);
    let shown = read(view["blocks"].as_array().unwrap());
    assert!(
        shown.contains("echo 0 ") && shown.contains("echo 299 ") && shown.contains("cwd: `/src`"),
        "{shown}"
    );
    assert!(
        shown.contains("From now on agents can do this in this project without asking: `npm test *`"),
        "{shown}"
    );
    assert!(shown.contains("*Fingerprint:* `0123456789a…`"), "{shown}");
    assert_eq!(details_file(&one), None);
    let huge = "x".repeat(200_000);
    let one = ask(json!({ "metadata": { "command": huge } }));
    holds_view(&details(&one, None, false));
    assert_eq!(details_file(&one), Some(huge));
}

#[test]
fn the_details_of_a_question_ask_it_once() {
    // UX 3: "Details" repeated the question twice
    let view = details(&ask(question(json!({ "descriptions": ["Grows", "Small"] }))), None, false);
    holds_view(&view);
    let shown = read(view["blocks"].as_array().unwrap());
    assert_eq!(shown.matches("Which database?").count(), 1, "{shown}");
    assert!(shown.contains("• *Postgres* ★ _recommended_ – Grows"), "{shown}");
}

#[test]
fn nothing_that_hides_or_turns_letters_is_drawn_as_it_is() {
    // UX B10
    let evil = "user\u{202e}gpj.exe\u{200b}\u{2066}";
    let hides = |shown: &str| shown.contains(['\u{202e}', '\u{200b}', '\u{2066}']);
    let lines = json!([{ "state": "done", "text": evil, "details": [{ "tool": evil, "subject": evil, "output": evil }] }]);
    let bodies = [
        json!({ "kind": "said", "by": { "who": "agent" }, "text": evil, "complete": true, "files": [{ "id": "prt_1f0", "name": evil, "mime": evil }] }),
        json!({ "kind": "said", "by": { "who": "person", "name": evil }, "text": evil, "complete": false }),
        json!({ "kind": "tools", "lines": lines }),
        json!({ "kind": "note", "tone": "error", "text": evil }),
    ];
    for mut body in bodies {
        (body["key"], body["order"], body["at"]) = (json!("k"), json!("1"), json!("2026-11-21T10:00:00Z"));
        for piece in
            item("ses_12345678", &serde_json::from_value::<ThreadItem>(body).unwrap(), CardFor::default())
        {
            let shown = format!("{} {}", piece.drawing.text, json!(piece.drawing.blocks));
            assert!(!hides(&shown) && shown.contains("⟨U+202E⟩"), "{shown}");
        }
    }
    let lines: Vec<ToolLine> = serde_json::from_value(lines).unwrap();
    let asked = ask(json!({ "metadata": { "command": evil }, "always": [evil] }));
    let shown = [
        json!(ask_card(&asked, CardFor::default()).blocks).to_string(),
        details(&asked, None, false).to_string(),
        tool_details("ses_12345678", "prt_1", &lines, None).to_string(),
        tool_file(&lines),
        json!(session_card(&session(json!({ "title": evil, "milestone": evil })), Shown::default()).blocks)
            .to_string(),
    ];
    for shown in shown {
        assert!(!hides(&shown), "{shown}");
    }
}

#[test]
fn what_is_too_long_for_a_window_is_offered_as_a_file() {
    // REQ-THREAD-03
    let lines = |output: &str, calls: usize| -> Vec<ToolLine> {
        let detail = json!({ "tool": "bash", "subject": "npm test", "output": output, "diff": "+a" });
        let details = vec![detail; calls];
        let line = json!({ "state": "done", "text": "⚙️ Ran: npm test", "details": details });
        vec![serde_json::from_value(line).unwrap()]
    };
    let shown = |lines: &[ToolLine], became: Option<&str>| {
        let view = tool_details("ses_12345678", "prt_1", lines, became);
        holds_view(&view);
        read(view["blocks"].as_array().unwrap())
    };
    assert!(!shown(&lines("short", 3), None).contains("as a file"), "all of it is in the window");
    let long = format!("{}the end", "Ω\n".repeat(9_000));
    for long in [lines(&long, 1), lines(&long, 20), lines("short", 20)] {
        assert!(shown(&long, None).contains("[Get full output as a file]"));
        let after = shown(&long, Some("It is <there>."));
        assert!(
            after.contains("📎 It is &lt;there&gt;.") && !after.contains("[Get full output"),
            "{after:.200}"
        );
    }
    let file = tool_file(&lines(&long, 2));
    assert_eq!(file.matches("== bash: npm test\n-- change\n+a\n-- output\nΩ\n").count(), 2, "{file:.200}");
    assert_eq!(file.matches("the end\n").count(), 2);
}

#[test]
fn a_patch_is_whole_and_without_secrets() {
    // REQ-THREAD-06
    let change = |path: &str, patch: Option<&str>| FileChange {
        path: path.into(),
        additions: Some(1),
        deletions: None,
        patch: patch.map(str::to_owned),
    };
    assert_eq!(patch_file(&[change("a", None), change("b", Some(" "))]), None);
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let files = [
        change("a", Some(&format!("@@ -0,0 +1 @@\n+token = \"{token}\""))),
        change("b", Some("--- b\n+++ b\n@@ -1 +1 @@\n+b\n")),
    ];
    let patch = patch_file(&files).unwrap();
    assert!(patch.starts_with("# a\n@@ -0,0 +1 @@\n") && patch.contains("\n--- b\n+++ b\n"), "{patch}");
    assert!(!patch.contains(&token), "{patch}");
    holds(&changes("ses_12345678", &"• `a` +1\n".repeat(900), &files), 50);
    assert_eq!(changes("ses_12345678", "Nothing", &[]).len(), 1);
}

#[test]
fn long_prose_is_numbered_and_thinking_is_shown_until_it_is_complete() {
    // REQ-THREAD-02
    let said = |text: &str, complete: bool| -> Vec<Piece> {
        let one = json!({ "key": "prt_1", "order": "1", "at": "2026-11-21T10:00:00Z", "kind": "said",
            "by": { "who": "agent" }, "text": text, "complete": complete });
        item("ses_12345678", &serde_json::from_value::<ThreadItem>(one).unwrap(), CardFor::default())
    };
    let [live] = &said("Looking at <it>", false)[..] else { panic!("one piece") };
    assert_eq!(read(&live.drawing.blocks), "# Looking at &lt;it&gt;\n~ 💭 Thinking…");
    assert!(live.drawing.live);
    let long = "A paragraph of some words.\n\n".repeat(700);
    let pieces = said(&long, true);
    let keys: Vec<_> = pieces.iter().map(|piece| piece.key.as_str()).collect();
    assert_eq!(keys, ["prt_1", "prt_1~2", "prt_1~3"]);
    assert!(read(&pieces[1].drawing.blocks).ends_with("~ (2/3)"));
}

#[test]
fn a_note_has_one_sign() {
    // REQ-CHECK-02, REQ-LAB-04
    use gateway_domain::thread::Tone;
    for (tone, text) in [
        (Tone::Error, "❌ Unit Tests: 1 of 2 failed"),
        (Tone::Good, "✅ Unit Tests: 45/45 passing"),
        (Tone::Info, "🧪 Running unit tests: npm test"),
        (Tone::Info, "🚀 Deploying shop"),
        (Tone::Warning, "⏰ The lab ends soon"),
    ] {
        assert_eq!(note(tone, text).text, text);
    }
    assert_eq!(note(Tone::Good, "Deployment ready").text, "✅ Deployment ready");
}

#[test]
fn tools_milestones_and_notes_are_lines() {
    // REQ-THREAD-03, REQ-THREAD-04
    let one = json!({ "key": "prt_2", "order": "1", "at": "2026-11-21T10:00:00Z", "kind": "tools", "lines": [
        { "state": "done", "text": "📖 Read 5 files", "details": [] },
        { "state": "running", "text": "🧪 Running tests: npm test", "details": [] }] });
    let drawn = item("ses_12345678", &serde_json::from_value::<ThreadItem>(one).unwrap(), CardFor::default());
    assert_eq!(read(&drawn[0].drawing.blocks), "📖 Read 5 files\n🧪 Running tests: npm test … [Details]");
    let milestone = Milestone {
        id: "m1".into(),
        at: "2026-11-21T10:00:00Z".parse().unwrap(),
        sort: "tests".into(),
        description: "All green".into(),
        details: "**12** passed".into(),
    };
    let one = json!({ "key": "mil_1", "order": "1", "at": "2026-11-21T10:00:00Z", "kind": "milestones", "milestones": [milestone] });
    let drawn = item("ses_12345678", &serde_json::from_value::<ThreadItem>(one).unwrap(), CardFor::default());
    assert_eq!(
        read(&drawn[0].drawing.blocks),
        "🧪 *All green*  <!date^1795255200^{time}|10:00 UTC>\n*12* passed"
    );
    let drawn = note(gateway_domain::thread::Tone::Warning, "The <model> does not answer");
    assert_eq!(read(&drawn.blocks), "⚠️ The &lt;model&gt; does not answer");
}

fn session(changes: Value) -> SessionCard {
    let mut card = json!({ "session": "ses_12345678", "pod": "pod-a", "title": "Fix <login>", "project": "shop",
        "directory": "/src/shop", "owner": { "id": "slack:T1:U1", "name": "Anna" }, "agent": "build", "model": "anthropic/claude",
        "doing": "working", "online": true, "queued": 0, "open_asks": [] });
    for (name, value) in changes.as_object().unwrap() {
        card[name] = value.clone();
    }
    serde_json::from_value(card).unwrap()
}

#[test]
fn the_first_card_says_what_the_session_is_and_steers_it() {
    // REQ-THREAD-01, REQ-START-06
    let drawing =
        session_card(&session(json!({})), Shown { console: Some("https://console.test"), project: None });
    holds(&drawing.blocks, 50);
    assert_eq!(
        format!("{}\n----\n{}", drawing.text, read(&drawing.blocks)),
        "⚙️ Fix &lt;login&gt; – Working\n----\n⚙️ Fix <login>\n\
         *Status:* Working\n*Session:* `ses_12345678`\n*Project:* shop\n*Directory:* `/src/shop`\n*Agent:* build\n*Model:* anthropic/claude\n*By:* Anna\n\
         [Pause] [Stop] [Changes]\n[Run tests] [Open console]"
    );
    let paused = session_card(&session(json!({ "doing": "paused", "queued": 2 })), Shown::default());
    assert!(read(&paused.blocks).contains("⏳ 2 messages queued.\n[Resume] [Changes] [Run tests]"));
    // REQ-GATE-05: how its agent is guarded is one short row, once its pod said so.
    for (level, word) in [("guarded", "guarded"), ("partly", "partly guarded"), ("unguarded", "UNGUARDED")] {
        let card = session(json!({ "guard": { "level": level, "gaps": ["sockets"] } }));
        let told = read(&session_card(&card, Shown::default()).blocks);
        assert!(told.contains(&format!("\n*Guard:* {word}\n")), "{told}");
    }
}

#[test]
fn forms_keep_what_was_typed() {
    // REQ-START-01
    let repositories = vec![Repository { name: "web".into(), directory: "/src/web".into() }];
    let projects = vec![Project { name: "shop".into(), repositories, ..Project::default() }];
    let offer = Offer { projects, ..Offer::default() };
    let draft = Draft {
        project: Some("shop".into()),
        repositories: vec!["web".into()],
        title: "Fix it".into(),
        description: "All of it".into(),
        priority: Some("high".into()),
        ..Draft::default()
    };
    let view = start_form(&offer, &draft, Some("The pod is away."));
    holds_view(&view);
    let text = view.to_string();
    assert!(text.contains("⚠️ The pod is away.") && text.contains(r#""initial_value":"Fix it""#), "{text}");
    assert_eq!(view["blocks"][3]["element"]["initial_option"]["value"], "shop");
    assert_eq!(view["blocks"][4]["element"]["initial_options"][0]["value"], "web");
    holds_view(&start_form(&Offer::default(), &Draft::default(), None));
    holds_view(&reason_form(&ask(json!({}))));
    let cards: Vec<_> =
        (0..80).map(|n| Arc::new(session(json!({ "session": format!("ses_{n:08}") })))).collect();
    holds(&session_list(&cards, Ways::default()), 50);
    let lines: Vec<_> =
        (0..40).map(|n| (format!("word{n} [id]"), "does something useful to a session")).collect();
    holds(&help("/opencode", &lines), 50);
    let asks: Vec<_> = (0..80).map(|n| ask(json!({ "id": format!("ask_{n:08}") }))).collect();
    holds(home(&asks, &cards, Ways::default())["blocks"].as_array().unwrap(), 100);
}

fn model_view(name: &str, state: ModelStanding) -> ModelView {
    let why = (state == ModelStanding::Down).then(|| "it answers 503".to_owned());
    ModelView {
        provider: "local".into(),
        model: name.into(),
        purpose: String::new(),
        cost: String::new(),
        state,
        why,
    }
}
