//! Each kind of ask with its subject, its line and its answers; each standing with its sentences.

use super::samples::{ask, samples};
use super::{labels, plain, sample};
use gateway_domain::{Answer, AnswerKey, AskBody, GrantFor, StandingKind, SubjectKind};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A sample, its subject, its heading and its one line.
const SUBJECTS: [(&str, SubjectKind, &str, &str, &str); 17] = [
    ("bash", SubjectKind::Command, "npm test", "The agent wants to run a command", "Run `npm test`?"),
    (
        "dangerous",
        SubjectKind::Command,
        "rm -rf build\necho done",
        "The agent wants to run a command",
        "Run `rm -rf build …`?",
    ),
    (
        "edit",
        SubjectKind::File,
        "/work/shop/x.rs",
        "The agent wants to change a file",
        "Change `/work/shop/x.rs`?",
    ),
    (
        "write",
        SubjectKind::File,
        "/work/shop/new.md",
        "The agent wants to write a file",
        "Write `/work/shop/new.md`?",
    ),
    (
        "webfetch",
        SubjectKind::Url,
        "https://example.org/a",
        "The agent wants to open a web page",
        "Open `https://example.org/a`?",
    ),
    (
        "websearch",
        SubjectKind::Search,
        "rust borrow",
        "The agent wants to search the web",
        "Search the web for `rust borrow`?",
    ),
    (
        "added tool",
        SubjectKind::Tool,
        "github_create_issue",
        "The agent wants to use github_create_issue",
        "Use `github_create_issue`?",
    ),
    ("unknown", SubjectKind::Tool, "release", "The agent wants to use skill", "Use `release`?"),
    ("question", SubjectKind::Question, "Which database?", "The agent has a question", "Which database?"),
    (
        "questions",
        SubjectKind::Question,
        "Which database?",
        "The agent has 3 questions",
        "3 questions: Which database?",
    ),
    ("held command", SubjectKind::Command, "npm ci", "The agent wants to run a command", "Run `npm ci`?"),
    (
        "held change",
        SubjectKind::File,
        "/work/shop/a.rs (leads to /etc/a.rs)",
        "The agent wants to change a file",
        "Change `/work/shop/a.rs (leads to /etc/a.rs)`?",
    ),
    (
        "held read",
        SubjectKind::File,
        "/work/shop/a.rs",
        "The agent wants to read a file",
        "Read `/work/shop/a.rs`?",
    ),
    (
        "held tool",
        SubjectKind::Tool,
        "github_create_issue",
        "The agent wants to use github_create_issue",
        "Use `github_create_issue`?",
    ),
    (
        "gate",
        SubjectKind::Title,
        "It may have run in part. Continue?",
        "It may have run in part. Continue?",
        "It may have run in part. Continue?",
    ),
    (
        "deploy",
        SubjectKind::Command,
        "npm start",
        "Deploy shop-auth to its lab?",
        "Deploy to the lab: `npm start`?",
    ),
    (
        "move to workspace",
        SubjectKind::File,
        "/work/shop/a.rs",
        "Set up this session before it can make changes",
        "Set up this session before it can change `/work/shop/a.rs`",
    ),
];

#[test]
fn every_kind_of_ask_says_what_it_is_about() {
    // REQ-ASK-01, REQ-ASK-02: it was computed six times, and the surfaces disagreed
    for (name, kind, text, title, summary) in SUBJECTS {
        let shown = sample(name);
        assert_eq!((shown.subject.kind, shown.subject.text.as_str()), (kind, text), "{name}");
        assert_eq!((shown.title.as_str(), plain(&shown.summary).as_str()), (title, summary), "{name}");
    }
    let tools: Vec<_> =
        ["bash", "unknown", "held change", "held tool"].map(|name| sample(name).subject.tool).into();
    assert_eq!(tools, [None, Some("skill".into()), None, None]);
    let change = sample("edit").subject.change.unwrap();
    assert_eq!((change.added, change.removed), (2, 1));
}

#[test]
fn every_kind_of_ask_says_how_it_can_be_answered() {
    // REQ-ASK-01, REQ-ASK-04: what risk forbids is not offered anywhere
    for (name, expected) in [
        ("bash", &["Allow once", "Deny", "Always allow npm test *"][..]),
        ("edit", &["Allow once", "Deny", "Always allow everything…"]),
        ("write", &["Allow once", "Deny"]),
        ("two approvals", &["Allow once", "Deny"]),
        ("question", &["Answer…"]),
        ("held change", &["Allow once", "Deny"]),
        ("gate", &["Continue", "Deny"]),
        ("deploy", &["Deploy", "Deny"]),
        ("move to workspace", &["Set up…", "Deny"]),
        ("timed out", &["Allow anyway", "Deny"]),
        ("saved", &[]),
        ("denied late", &[]),
    ] {
        assert_eq!(labels(&sample(name)), expected, "{name}");
    }
    let dangerous = sample("dangerous");
    let always = dangerous.answers.last().unwrap();
    assert_eq!(
        always.covers.as_deref(),
        Some(&["rm *".to_owned(), "echo *".to_owned()][..]),
        "what stands out first"
    );
    assert!(dangerous.answers.iter().all(|choice| !choice.primary), "no answer catches the eye");
    let everything = sample("edit").answers.pop().unwrap();
    assert_eq!(everything.covers, None);
    assert_eq!(
        everything.confirm.unwrap(),
        "From now on agents can change any file in this project without asking."
    );
    let options = sample("question").questions.remove(0).options;
    let options: Vec<_> =
        options.iter().map(|one| (one.value.as_str(), one.label.as_str(), one.recommended)).collect();
    assert_eq!(options, [("Postgres (Recommended)", "Postgres", true), ("SQLite", "SQLite", false)]);
}

/// One answer of each kind, which fits where that kind does.
fn answers(body: &AskBody) -> Vec<Answer> {
    let parts = match body {
        AskBody::Question { questions } => questions.len(),
        _ => 1,
    };
    let values = ["project", "workspace"].map(|name| (name.to_owned(), "shop".to_owned()));
    vec![
        Answer::Once,
        Answer::Always,
        Answer::Grant { lasts: GrantFor::Session, pattern: None },
        Answer::Deny { reason: None },
        Answer::Answers { answers: vec![vec!["a".to_owned()]; parts] },
        Answer::Configured { values: BTreeMap::from(values) },
    ]
}

#[test]
fn what_is_offered_is_taken_and_nothing_else() {
    // REQ-ASK-01: a button that is refused, or an answer that only one surface knows
    for sample in samples() {
        let shown: BTreeSet<_> =
            sample.ask.display.answers.iter().map(|choice| format!("{:?}", choice.key)).collect();
        let late = sample.ask.display.standing.kind == StandingKind::TimedOut;
        if !sample.ask.ask.is_answerable() && !late {
            assert!(shown.is_empty(), "{}", sample.name);
            continue;
        }
        let takes = answers(&sample.ask.ask.body).into_iter().filter(|answer| sample.ask.ask.takes(answer));
        let covered = |key: &AnswerKey| {
            !(*key == AnswerKey::Always && (late || shows_nothing_to_cover(&sample.ask.ask.body)))
        };
        let takes: BTreeSet<_> =
            takes.map(|answer| answer.key()).filter(covered).map(|key| format!("{key:?}")).collect();
        assert_eq!(shown, takes, "{}", sample.name);
    }
}

/// OpenCode named no pattern: "always" would be "once", so no button says it.
fn shows_nothing_to_cover(body: &AskBody) -> bool {
    matches!(body, AskBody::Permission { always, .. } if always.is_empty())
}

#[test]
fn every_standing_has_its_sentences() {
    // REQ-ASK-05, REQ-ASK-07, REQ-ASK-08, REQ-ASK-10
    for (name, kind, sentence) in [
        ("bash", StandingKind::Open, "Needs an answer."),
        (
            "offline",
            StandingKind::Offline,
            "The agent is restarting or offline. You can answer now; your answer is applied when it's back.",
        ),
        (
            "approved by one",
            StandingKind::NeedsSecond,
            "Approved by Anna, 10:03. One more approval is needed.",
        ),
        ("saved", StandingKind::Saved, "Saved. It takes effect as soon as the agent receives it."),
        ("timed out", StandingKind::TimedOut, "You can still answer, and the agent will be told."),
        ("allowed late", StandingKind::Closed, "This request is closed."),
        ("withdrawn", StandingKind::Closed, "This request is closed."),
    ] {
        let standing = sample(name).standing;
        assert_eq!((standing.kind, plain(&standing.sentence).as_str()), (kind, sentence), "{name}");
    }
    for (name, label, sentence) in [
        ("saved", "Allowed once", "By Anna, 10:03. Saved. It takes effect as soon as the agent receives it."),
        ("allowed", "Allowed once", "By Anna, 10:03."),
        ("allowed by two", "Allowed once", "By Ben, 10:03. First approved by Anna, 10:03."),
        ("denied", "Denied", "By Ben, 10:03. “Use the other one”"),
        ("timed out", "Nobody answered in time", "Denied automatically."),
        (
            "allowed late",
            "Allowed late",
            "Nobody answered in time. By Anna, 10:03. It applies if the agent asks for exactly this again.",
        ),
        (
            "denied late",
            "Denied, late",
            "Nobody answered in time. By Ben, 10:03. “Use the other one” The agent has been told.",
        ),
        ("answered in OpenCode", "Answered in OpenCode", "Allowed once."),
        ("withdrawn", "Withdrawn", "the session was stopped"),
        ("superseded", "No longer needed", "The agent moved on before the answer could be applied."),
    ] {
        let outcome = sample(name).outcome.unwrap();
        assert_eq!((outcome.label.as_str(), plain(&outcome.sentence).as_str()), (label, sentence), "{name}");
        assert!(plain(&sample(name).summary).starts_with(&format!("{label}: ")), "{name}");
    }
}

#[test]
fn terms_say_who_decides_and_what_silence_means() {
    // REQ-ASK-05, REQ-ASK-06
    let terms = |name: &str| sample(name).terms;
    assert_eq!(plain(&terms("bash").who), "Anyone can answer.");
    let with_passkey = ask(json!({ "rules": { "on_silence": "deny", "proof": "passkey" } })).display().terms;
    assert_eq!(plain(&with_passkey.who), "Anyone can answer. Allowing it takes a passkey.");
    assert_eq!(plain(&terms("two approvals").who), "anna, T1:U1 can answer.");
    assert_eq!(plain(&terms("bash").silence), "Denied automatically at 10:05 if nobody answers.");
    assert_eq!(plain(&terms("question").silence), "Reminder at 12:00; it stays open.");
    assert_eq!(plain(&terms("offline").silence), "The timer is paused while the agent is offline.");
    assert_eq!(plain(&terms("gate").silence), "No time limit.");
    let backup = json!({ "from": "2026-11-21T10:02:00Z", "people": ["web:carl"] });
    let rules =
        json!({ "on_silence": "take_recommended", "may_answer": [], "backup": backup, "reminders": 2 });
    let terms = ask(json!({ "rules": rules })).display().terms;
    assert_eq!(plain(&terms.who), "Nobody can answer; from 10:02, carl can answer too.");
    assert_eq!(
        plain(&terms.silence),
        "The agent continues with the recommended option at 10:05 if nobody answers."
    );
    assert_eq!(terms.reminded.unwrap(), "Reminded 2 times.");
}

#[test]
fn nothing_hidden_is_left_in_what_people_read() {
    // UX B10
    let evil = "user\u{202e}gpj.exe\u{200b}";
    let asked = ask(
        json!({ "metadata": { "command": evil }, "always": [evil], "rules": { "on_silence": "deny", "risk": evil } }),
    );
    let served = serde_json::to_string(&asked.display()).unwrap();
    assert!(!served.contains(['\u{202e}', '\u{200b}']) && served.contains("⟨U+202E⟩"), "{served}");
}
