//! The gate: what is said of a call before it runs, and what becomes of it, whoever dies.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use gateway_domain::gate::{CallRule, GatePolicy};
use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, Approvers, Ask, AskBody, AskPolicy, AskState,
    AskTool, Asked, AuditEntry, ClockInput, DangerKind, Effect, Held, HeldCall, Input, OnSilence, Order,
    Outcome, Person, PersonInput, Question, Reconnected, Risk, Session, SessionRecord, Turn,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

const SESSION: &str = "ses_12345678";

struct Story {
    session: Session,
    policy: AskPolicy,
    now: i64,
    last: Vec<Effect>,
}

impl Story {
    fn begin() -> Self {
        Self::with(AskPolicy::default())
    }

    fn with(policy: AskPolicy) -> Self {
        let mut story =
            Self { session: Session::new(SESSION, "pod-a", policy.clone()), policy, now: 0, last: vec![] };
        story.then(AgentInput::TurnBegan);
        story
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.now += 1;
        self.last = self.session.handle(input, at(self.now));
        self
    }

    fn answered(&mut self, ask: &str, answer: Answer) -> &mut Self {
        let by = Person { id: "web:anna".into(), name: "anna".into() };
        self.then(PersonInput::Answer(AnswerGiven { ask: ask.into(), digest: None, by, answer }))
    }

    fn outcome(&mut self, outcome: AgentOutcome) -> &mut Self {
        let request_id = self.session.record().outbox[0].request_id.clone();
        self.then(Input::Outcome { request_id, outcome: outcome.into() })
    }

    fn gateway_restarts(&mut self) -> &mut Self {
        let text = serde_json::to_string(self.session.record()).unwrap();
        let record: SessionRecord = serde_json::from_str(&text).unwrap();
        (self.session, self.last) = Session::restore(record, self.policy.clone(), at(self.now));
        self
    }

    fn opencode_restarts(&mut self) -> &mut Self {
        let turn = Some(Turn { user_message_id: "msg_gwuser".into(), finished: false });
        self.then(AgentInput::PodLost).then(AgentInput::PodBack(Reconnected { open: vec![], turn }))
    }

    /// What rules let go or refused, and what people's answers did.
    fn released(&self) -> Vec<String> {
        let told = |order: &AgentOrder| match order {
            AgentOrder::Release { hold_id, refuse: None, .. } => Some(format!("through {hold_id}")),
            AgentOrder::Release { hold_id, refuse: Some(why), .. } => {
                Some(format!("refuse {hold_id}: {why}"))
            }
            _ => None,
        };
        let of = |effect: &Effect| match effect {
            Effect::Judged { release: Some(order), .. } => told(order),
            Effect::Order { order: Order::Agent(order), .. } => told(order),
            _ => None,
        };
        self.last.iter().filter_map(of).collect()
    }

    fn audited(&self) -> Vec<&AuditEntry> {
        let of = |effect| if let &Effect::Audit(ref entry) = effect { Some(entry) } else { None };
        self.last.iter().filter_map(of).collect()
    }

    fn verdict(&self) -> &'static str {
        let of =
            |effect: &Effect| if let Effect::Judged { verdict, .. } = effect { Some(*verdict) } else { None };
        self.last.iter().find_map(of).unwrap()
    }

    fn ask(&self, id: &str) -> &Ask {
        self.session.record().asks.iter().find(|ask| ask.id == id).unwrap()
    }

    fn resumes(&self) -> bool {
        let resume = |effect: &Effect| {
            matches!(effect, Effect::Order { order: Order::Agent(AgentOrder::Resume { .. }), .. })
        };
        self.last.iter().any(resume)
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

/// A call as the plugin tells of it.
fn held(hold_id: &str, tool: &str, arguments: Value) -> Held {
    let arguments: Map<String, Value> = arguments.as_object().unwrap().clone();
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let (file, command) = (text("filePath").or_else(|| text("path")), text("command"));
    let call =
        HeldCall { tool: tool.into(), file, command, arguments: Some(arguments), ..HeldCall::default() };
    let tool = Some(AskTool { message_id: "msg_1".into(), call_id: format!("call_{hold_id}") });
    let (session, directory) = (SESSION.to_owned(), "/work/shop".to_owned());
    Held { hold_id: hold_id.into(), session, directory, tool, call, judge: true, denied_by: None }
}

fn bash(hold_id: &str, command: &str) -> AgentInput {
    AgentInput::Held(held(hold_id, "bash", json!({ "command": command, "description": "x" })))
}

fn read(hold_id: &str, file: &str) -> AgentInput {
    AgentInput::Held(held(hold_id, "read", json!({ "filePath": file })))
}

/// The verdict on one call, by its name.
fn verdict(policy: AskPolicy, held: Held) -> &'static str {
    Story::with(policy).then(AgentInput::Held(held)).verdict()
}

fn rule(tool: &str, pattern: &str) -> CallRule {
    CallRule { tool: tool.into(), pattern: pattern.into(), why: String::new() }
}

fn allowing(rules: &[(&str, &str)]) -> AskPolicy {
    let allow = rules.iter().map(|(tool, pattern)| rule(tool, pattern)).collect();
    AskPolicy { gate: GatePolicy { allow, deny: vec![] }, ..AskPolicy::default() }
}

#[test]
fn what_only_looks_runs_and_all_else_is_asked() {
    // REQ-GATE-01
    let table: &[(&str, Value, &str)] = &[
        ("read", json!({ "filePath": "README.md" }), "allow"),
        ("read", json!({ "filePath": "/work/shop/src/a.ts", "offset": 10 }), "allow"),
        ("glob", json!({ "pattern": "**/*.ts" }), "allow"),
        ("grep", json!({ "pattern": "fn main", "path": "src", "include": "*.rs" }), "allow"),
        ("list", json!({ "path": "" }), "allow"),
        ("todowrite", json!({ "todos": [] }), "allow"),
        ("question", json!({ "questions": [] }), "allow"),
        ("skill", json!({ "name": "review" }), "allow"),
        ("milestone", json!({ "kind": "plan" }), "allow"),
        ("task", json!({ "subagent_type": "general" }), "allow"),
        ("invalid", json!({ "tool": "x", "error": "y" }), "allow"),
        // Elsewhere, secret, or of a shape that nobody knows.
        ("read", json!({ "filePath": "/etc/passwd" }), "ask"),
        ("read", json!({ "filePath": "../other/a" }), "ask"),
        ("read", json!({ "filePath": "/work/shop2/a" }), "ask"),
        ("read", json!({ "filePath": ".env" }), "ask"),
        ("read", json!({ "filePath": 7 }), "ask"),
        ("read", json!({}), "ask"),
        ("glob", json!({ "pattern": "../../**/*.pem" }), "ask"),
        ("glob", json!({ "pattern": "/etc/*" }), "ask"),
        ("grep", json!({ "pattern": "x", "path": "/home" }), "ask"),
        ("grep", json!({ "pattern": "x", "path": ["src"] }), "ask"),
        // What changes or runs something, or nobody knows.
        ("write", json!({ "filePath": "a.txt", "content": "" }), "ask"),
        ("edit", json!({ "filePath": "a.txt", "oldString": "a", "newString": "b" }), "ask"),
        ("apply_patch", json!({ "patchText": "*** Begin Patch" }), "ask"),
        ("bash", json!({ "command": "make" }), "ask"),
        ("bash", json!({ "nocommand": 1 }), "ask"),
        ("webfetch", json!({ "url": "https://docs.rs/" }), "ask"),
        ("read_mcp_resource", json!({ "server": "x", "uri": "y" }), "ask"),
        ("github_create_pull_request", json!({ "title": "x" }), "ask"),
        ("Read", json!({ "filePath": "README.md" }), "ask"),
        ("", json!({}), "ask"),
    ];
    for (tool, arguments, expected) in table {
        assert_eq!(
            verdict(AskPolicy::default(), held("h", tool, arguments.clone())),
            *expected,
            "{tool} {arguments}"
        );
    }
}

#[test]
fn a_link_counts_for_where_it_leads() {
    // REQ-GATE-01
    let mut call = held("h", "read", json!({ "filePath": "notes.txt" }));
    call.call.real_file = Some("/work/shop/docs/notes.txt".into());
    assert_eq!(verdict(AskPolicy::default(), call.clone()), "allow");
    call.call.real_file = Some("/home/opencode/.ssh/id_rsa".into());
    assert_eq!(verdict(AskPolicy::default(), call.clone()), "ask");
    let unknown =
        Held { directory: String::new(), ..held("h", "read", json!({ "filePath": "/etc/passwd" })) };
    assert_eq!(verdict(AskPolicy::default(), unknown), "ask", "nobody knows where the session works");
}

#[test]
fn rules_of_a_project_allow_what_they_name_and_never_more() {
    // REQ-GATE-01, REQ-GATE-06
    let policy = allowing(&[
        ("bash", "npm test*"),
        ("edit", "docs/*"),
        ("webfetch", "https://docs.rs/*"),
        ("linear_*", "*"),
    ]);
    let table: &[(&str, Value, &str)] = &[
        ("bash", json!({ "command": "npm test -- --watch=false" }), "allow"),
        ("bash", json!({ "command": "npm test; rm -rf ." }), "ask"),
        ("bash", json!({ "command": "npm test $(rm x)" }), "ask"),
        ("bash", json!({ "command": "npm test\nrm x" }), "ask"),
        ("bash", json!({ "command": "npm test", "workdir": "web" }), "allow"),
        ("bash", json!({ "command": "npm test", "workdir": "/tmp/evil" }), "ask"),
        ("bash", json!({ "command": "npm test", "workdir": "../evil" }), "ask"),
        ("edit", json!({ "filePath": "docs/a.md" }), "allow"),
        ("edit", json!({ "filePath": "/work/shop/docs/a.md" }), "allow"),
        ("edit", json!({ "filePath": "docs/../src/a.rs" }), "ask"),
        ("edit", json!({ "filePath": "docs/.git/hooks/x" }), "ask"),
        ("edit", json!({ "filePath": "docs/package.json" }), "ask"),
        ("webfetch", json!({ "url": "https://docs.rs/serde" }), "allow"),
        ("webfetch", json!({ "url": "https://docs.rs.evil.test/" }), "ask"),
        ("linear_create_issue", json!({ "title": "x" }), "allow"),
        ("github_create_issue", json!({ "title": "x" }), "ask"),
    ];
    for (tool, arguments, expected) in table {
        assert_eq!(
            verdict(policy.clone(), held("h", tool, arguments.clone())),
            *expected,
            "{tool} {arguments}"
        );
    }
    for (pattern, expected) in [("*", "ask"), ("/etc/*", "allow"), ("docs/*", "ask")] {
        let outside =
            held("h", "edit", json!({ "filePath": "/etc/hosts", "oldString": "a", "newString": "b" }));
        assert_eq!(verdict(allowing(&[("edit", pattern)]), outside), expected, "{pattern}");
    }
    let mut link = held("h", "edit", json!({ "filePath": "docs/a.md" }));
    link.call.real_file = Some("/work/shop/src/a.rs".into());
    assert_eq!(verdict(policy.clone(), link), "ask", "a link out of what is allowed");
    let mut story = Story::with(policy);
    let by = Person { id: "web:anna".into(), name: "anna".into() };
    story.then(PersonInput::HoldsWrites { by, wanted: true });
    story.then(AgentInput::Held(held("h", "edit", json!({ "filePath": "docs/a.md" }))));
    assert_eq!(story.verdict(), "ask", "somebody wants to see each write");
}

#[test]
fn a_patch_is_judged_by_all_of_its_files() {
    // REQ-GATE-01, REQ-GATE-05
    let patch = |files: &[&str]| {
        let heads =
            files.iter().map(|file| format!("*** Update File: {file}\n@@\n-a\n+b\n")).collect::<String>();
        held("h", "apply_patch", json!({ "patchText": format!("*** Begin Patch\n{heads}*** End Patch\n") }))
    };
    let policy = allowing(&[("apply_patch", "docs/*")]);
    assert_eq!(verdict(policy.clone(), patch(&["docs/a.md", "docs/b.md"])), "allow");
    assert_eq!(verdict(policy.clone(), patch(&["docs/a.md", "src/b.rs"])), "ask");
    assert_eq!(verdict(policy, patch(&["docs/a.md", "docs/AGENTS.md"])), "ask");
}

#[test]
fn what_is_risky_needs_two_whatever_allows_it_and_a_mask_hides_nothing_from_rules() {
    // REQ-GATE-06, REQ-ASK-10
    let risks =
        vec![Risk { pattern: "*kubectl delete secret production*".into(), why: "it is production".into() }];
    let policy = AskPolicy { risks, ..allowing(&[("bash", "kubectl *")]) };
    let mut story = Story::with(policy);
    story.then(bash("h", "kubectl delete secret production-database"));
    assert_eq!(story.verdict(), "ask_two");
    assert_eq!(story.ask("h").rules.risk.as_deref(), Some("it is production"));
}

#[test]
fn files_that_decide_what_runs_are_asked_about_with_the_reason() {
    // REQ-GATE-05
    for file in [
        ".opencode/plugin/x.ts",
        "opencode.json",
        "AGENTS.md",
        ".git/hooks/pre-commit",
        ".github/workflows/ci.yml",
    ] {
        let mut story = Story::with(allowing(&[("write", "*")]));
        story.then(AgentInput::Held(held("h", "write", json!({ "filePath": file, "content": "x" }))));
        assert_eq!(story.verdict(), "ask", "{file}");
        let kinds: Vec<_> = story.ask("h").rules.dangers.iter().map(|danger| danger.kind).collect();
        assert!(kinds.contains(&DangerKind::DecidesWhatRuns), "{file}: {kinds:?}");
    }
}

#[test]
fn a_denial_is_a_sentence_and_the_turn_goes_on() {
    // REQ-GATE-01, REQ-GATE-04, CHAOS F1
    let deny = vec![CallRule { why: "No network here.".into(), ..rule("webfetch", "*") }];
    let mut story =
        Story::with(AskPolicy { gate: GatePolicy { allow: vec![], deny }, ..AskPolicy::default() });
    story.then(AgentInput::Held(held("h_1", "webfetch", json!({ "url": "https://x.test" }))));
    assert_eq!(
        story.released(),
        ["refuse h_1: The rules of this project do not allow this: No network here."]
    );
    assert_eq!(
        (story.audited()[0].what.as_str(), story.audited()[0].ask.as_str()),
        ("denied by rule", "h_1")
    );
    assert!(story.session.record().asks.is_empty());
    let below = Held {
        denied_by: Some("plan".into()),
        ..held("h_2", "write", json!({ "filePath": "a", "content": "" }))
    };
    story.then(AgentInput::Held(below));
    assert!(
        story.released()[0].starts_with("refuse h_2: The agent plan may not do this"),
        "{:?}",
        story.released()
    );
}

#[test]
fn what_a_rule_lets_run_is_in_the_audit_log_before_it_runs() {
    // REQ-GATE-01, REQ-PROOF-01
    let mut story = Story::with(allowing(&[("bash", "npm test*")]));
    story.then(bash("h_1", "npm test"));
    let audit = story.last.iter().position(|effect| matches!(effect, Effect::Audit(_))).unwrap();
    let runs = story.last.iter().position(|effect| matches!(effect, Effect::Judged { .. })).unwrap();
    assert!(audit < runs, "{:#?}", story.last);
    let entry = story.audited()[0];
    assert_eq!((entry.who.as_str(), entry.what.as_str()), ("gateway", "allowed by rule"));
    assert_eq!(entry.told.subject, "bash: npm test");
    assert!(entry.answer.contains("bash npm test*") && entry.digest.len() == 64, "{entry:?}");
    assert!(
        !story.last.contains(&Effect::Persist),
        "the record stays as it is: a lost call is told of again"
    );
    story.then(bash("h_2", "npm test"));
    assert_eq!(story.audited().len(), 1, "each of them, since it runs something");
}

#[test]
fn what_only_looks_is_told_once_a_turn_and_counted() {
    // REQ-PROOF-01
    let mut story = Story::begin();
    let mut digests = vec![];
    for n in 0..5 {
        story.then(read(&format!("h_{n}"), &format!("src/{n}.ts")));
        assert_eq!(story.released(), [format!("through h_{n}")]);
        digests.extend(story.audited().into_iter().map(|entry| entry.digest.clone()));
    }
    assert_eq!(digests.len(), 1, "the first of them");
    story.then(AgentInput::TurnEnded);
    let last = story.audited();
    assert!(last.len() == 1 && last[0].answer.contains("\"calls\":5"), "{last:?}");
    assert_ne!(last[0].digest, digests[0]);
    story.then(AgentInput::TurnBegan).then(read("h_9", "a.ts"));
    assert_eq!(story.audited().len(), 1, "and anew in the next turn");
    assert!(story.then(AgentInput::TurnEnded).audited().is_empty(), "which says all of one call");
}

#[test]
fn the_card_shows_what_runs_and_the_answer_is_bound_to_all_of_it() {
    // REQ-GATE-06
    let mut story = Story::begin();
    let mut call = held("h_1", "write", json!({ "filePath": "a.txt", "content": "two\n" }));
    call.call.diff = Some("--- a.txt\n+++ a.txt\n@@ -1,0 +1,1 @@\n+two\n".into());
    story.then(AgentInput::Held(call.clone()));
    let AskBody::Held { held: shown } = &story.ask("h_1").body else { panic!() };
    assert_eq!((shown.about(), shown.more()), ("a.txt".into(), call.call.diff.clone().unwrap()));
    let mut other = call.clone();
    (other.hold_id, other.call.diff) = ("h_2".into(), None);
    other.call.arguments.as_mut().unwrap().insert("content".into(), json!("three\n"));
    story.then(AgentInput::Held(other));
    assert_ne!(story.ask("h_1").digest, story.ask("h_2").digest);
    assert!(story.ask("h_2").body.subject().contains("a.txt"));
    story.then(AgentInput::Held(held(
        "h_3",
        "github_create_issue",
        json!({ "title": "Hello", "labels": ["a"] }),
    )));
    let AskBody::Held { held: shown } = &story.ask("h_3").body else { panic!() };
    assert_eq!(shown.about(), "github_create_issue");
    assert!(
        shown.more().contains("\"title\": \"Hello\"") && shown.more().contains("labels"),
        "{}",
        shown.more()
    );
    story.then(AgentInput::Held(held(
        "h_4",
        "bash",
        json!({ "command": "make", "description": "Builds", "workdir": "/tmp" }),
    )));
    let AskBody::Held { held: shown } = &story.ask("h_4").body else { panic!() };
    assert!(shown.more().contains("/tmp") && !shown.more().contains("Builds"), "{}", shown.more());
}

#[test]
fn one_of_two_parallel_calls_is_denied_and_the_other_runs() {
    // CHAOS F1
    for denied_first in [true, false] {
        let mut story = Story::begin();
        story.then(bash("h_1", "echo one")).then(bash("h_2", "echo two"));
        let deny = |story: &mut Story| {
            story.answered("h_2", Answer::Deny { reason: Some("Not that.".into()) });
            assert_eq!(story.released(), ["refuse h_2: A person denied this: Not that."]);
        };
        if denied_first {
            deny(&mut story);
        }
        story.answered("h_1", Answer::Once);
        assert_eq!(story.released(), ["through h_1"]);
        if !denied_first {
            deny(&mut story);
        }
        while !story.session.record().outbox.is_empty() {
            story.outcome(AgentOutcome::Applied);
        }
        assert_eq!(
            (&story.ask("h_1").state, &story.ask("h_2").state),
            (&AskState::Applied, &AskState::Applied)
        );
    }
}

#[test]
fn the_same_call_beside_one_that_was_allowed_is_another_ask() {
    // REQ-ASK-03
    let mut story = Story::begin();
    story.then(bash("h_1", "echo a >> f")).answered("h_1", Answer::Once);
    story.then(bash("h_2", "echo a >> f"));
    assert!(story.released().is_empty(), "the answer was for one of them, and is on its way");
    story.outcome(AgentOutcome::Applied).then(bash("h_3", "echo a >> f"));
    assert!(story.released().is_empty());
    assert_eq!((&story.ask("h_2").state, &story.ask("h_3").state), (&AskState::Open, &AskState::Open));
}

#[test]
fn silence_denies_with_an_honest_sentence() {
    // REQ-ASK-05, REQ-RULES-03
    let mut story = Story::begin();
    story.then(bash("h_1", "make"));
    story.now += 300;
    story.then(ClockInput::Tick);
    assert!(
        story.released()[0].starts_with("refuse h_1: Nobody answered within 5 minutes"),
        "{:?}",
        story.released()
    );
    story.outcome(AgentOutcome::Applied).answered("h_1", Answer::Once);
    story.then(bash("h_2", "make"));
    assert_eq!(story.released(), ["through h_2"], "allowed late, it counts for the very same once");
    story.outcome(AgentOutcome::Applied).then(bash("h_3", "make"));
    assert!(story.released().is_empty());
}

#[test]
fn a_stored_decision_is_applied_once_to_the_same_call_whatever_it_is_called() {
    // REQ-GATE-03, REQ-ASK-08
    for gateway_dies in [false, true] {
        let mut story = Story::begin();
        story.then(bash("h_1", "echo ran >> x"));
        story.then(AgentInput::PodLost);
        assert_eq!(story.ask("h_1").state, AskState::Suspended);
        story.answered("h_1", Answer::Once);
        assert!(story.released().is_empty(), "kept until OpenCode is back");
        if gateway_dies {
            story.gateway_restarts();
        }
        story.opencode_restarts();
        assert!(story.resumes(), "{:#?}", story.last);
        story.outcome(AgentOutcome::Done);
        // Another call id, another sub-agent: the same thing.
        let again = Held {
            session: "ses_child567".into(),
            ..held("h_9", "bash", json!({ "command": "echo ran >> x", "description": "x" }))
        };
        story.then(AgentInput::Held(again));
        assert_eq!(story.released(), ["through h_9"], "gateway_dies: {gateway_dies}");
        story.outcome(AgentOutcome::Applied).then(bash("h_10", "echo ran >> x"));
        assert!(story.released().is_empty(), "once");
        assert!(story.ask("h_10").ran_before.is_some(), "and the card says that it ran");
        let other = bash("h_11", "echo ran >> y");
        assert!(story.then(other).released().is_empty());
    }
}

#[test]
fn an_answer_whose_call_did_not_begin_before_opencode_died_counts_when_it_comes_again() {
    // REQ-GATE-03, REQ-ASK-08
    let cut = |ran| AgentOutcome::NotPending { ran, interrupted: true };
    let mut story = Story::begin();
    story.then(bash("h_1", "make")).answered("h_1", Answer::Once).outcome(AgentOutcome::Applied);
    story.opencode_restarts().outcome(cut(false));
    assert!(story.resumes());
    story.outcome(AgentOutcome::Done).then(bash("h_2", "make"));
    assert_eq!(story.released(), ["through h_2"], "nobody is asked twice");

    let mut story = Story::begin();
    story.then(bash("h_1", "make")).answered("h_1", Answer::Once).outcome(AgentOutcome::Applied);
    story.opencode_restarts().outcome(cut(true)).outcome(AgentOutcome::Done).then(bash("h_2", "make"));
    assert!(story.released().is_empty());
    assert!(story.ask("h_2").may_have_run, "it may have half run");

    // Of another tool OpenCode does not show when it begins.
    let issue =
        |hold_id: &str| AgentInput::Held(held(hold_id, "github_create_issue", json!({ "title": "x" })));
    let mut story = Story::begin();
    story.then(issue("h_1")).answered("h_1", Answer::Once).outcome(AgentOutcome::Applied);
    story.opencode_restarts().outcome(cut(false)).outcome(AgentOutcome::Done).then(issue("h_2"));
    assert!(story.released().is_empty() && story.ask("h_2").may_have_run);
}

#[test]
fn a_gateway_that_comes_back_judges_what_is_still_held() {
    // REQ-GATE-03
    let mut story = Story::begin();
    story.then(bash("h_1", "make")).gateway_restarts();
    // The hello tells of both again: one was asked about, one nobody had heard of.
    story.then(bash("h_1", "make"));
    assert!(story.released().is_empty());
    story.then(read("h_2", "a.ts"));
    assert_eq!(story.released(), ["through h_2"]);
    let open = vec!["h_1".to_owned(), "h_2".to_owned()];
    story.then(AgentInput::PodBack(Reconnected { open, turn: None }));
    assert_eq!(story.ask("h_1").state, AskState::Open);
    assert_eq!(story.session.record().asks.len(), 1);
    story.answered("h_1", Answer::Once);
    assert_eq!(story.released(), ["through h_1"]);
}

#[test]
fn a_stopped_turn_lets_nothing_run() {
    // REQ-GATE-01
    let mut story = Story::begin();
    story.then(bash("h_1", "make")).then(AgentInput::Aborted);
    assert!(matches!(story.ask("h_1").state, AskState::Withdrawn { .. }));
    assert!(story.answered("h_1", Answer::Once).released().is_empty());
}

#[test]
fn too_many_calls_that_wait_are_refused_with_a_sentence() {
    // REQ-GATE-01
    let mut story = Story::begin();
    for n in 0..256 {
        story.then(bash(&format!("h_{n}"), &format!("echo {n}")));
        assert_eq!(story.verdict(), "ask");
    }
    story.then(bash("h_256", "echo 256"));
    assert!(story.released()[0].starts_with("refuse h_256: Too many calls"), "{:?}", story.released());
    story.then(read("h_257", "a.ts"));
    assert_eq!(story.verdict(), "allow", "what needs nobody goes on");
}

#[test]
fn an_answer_past_the_gate_is_an_alarm_and_decides_nothing() {
    // REQ-GATE-02
    let mut story = Story::begin();
    story.then(bash("h_1", "make"));
    let text = "Somebody answered in OpenCode past the gateway: per_1 was answered with once.".to_owned();
    story.then(AgentInput::Alarmed { alarm: "foreign_reply", text: text.clone() });
    assert!(story.released().is_empty());
    assert_eq!(story.ask("h_1").state, AskState::Open);
    assert_eq!(story.audited()[0].what, "alarm");
    assert!(story.last.contains(&Effect::Alarmed { alarm: "foreign_reply" }));
    assert_eq!(story.session.record().notes.last().unwrap().text, text);
    for _ in 0..100 {
        story.then(AgentInput::Alarmed { alarm: "foreign_reply", text: text.clone() });
    }
    assert!(
        story.session.record().notes.len() <= 21 && story.audited().is_empty(),
        "told so often, then counted"
    );
}

#[test]
fn a_session_that_began_in_opencode_looks_freely_and_is_set_up_before_it_writes() {
    // REQ-START-10, REQ-GATE-01
    let mut story = Story::with(AskPolicy { configuration: Some(vec![]), ..AskPolicy::default() });
    story.then(read("h_1", "a.ts"));
    assert_eq!(story.released(), ["through h_1"]);
    story.then(bash("h_2", "make"));
    assert!(matches!(story.ask("h_2").body, AskBody::Configuration { .. }));
}

#[test]
fn silence_takes_no_recommendation_where_it_would_grant_something() {
    // REQ-RULES-03, M11
    let asked = |question: &str, option: &str| {
        let questions = vec![Question {
            question: question.to_owned(),
            options: vec![format!("{option} (Recommended)"), "No".to_owned()],
            descriptions: vec![],
            multiple: false,
        }];
        let (session, directory) = (SESSION.to_owned(), "/work".to_owned());
        Asked {
            opencode_id: "que_1".into(),
            session,
            directory,
            tool: None,
            body: AskBody::Question { questions },
        }
    };
    let silence = |policy: AskPolicy, asked: Asked| {
        let mut story = Story::with(policy);
        story.then(AgentInput::Asked(asked));
        story.ask("que_1").rules.on_silence
    };
    let only_dora =
        || AskPolicy { approvers: Approvers::Only(vec!["web:dora".into()]), ..AskPolicy::default() };
    assert_eq!(
        silence(AskPolicy::default(), asked("Which database?", "Postgres")),
        OnSilence::TakeRecommended
    );
    assert_eq!(silence(only_dora(), asked("Which database?", "Postgres")), OnSilence::Remind);
    for (question, option) in [
        ("Deploy to production now?", "Yes"),
        ("What about the old table?", "Delete it"),
        ("Shall I pay for it?", "Yes"),
        ("And the package?", "Publish it"),
        ("Give the bot access?", "Yes"),
    ] {
        assert_eq!(silence(AskPolicy::default(), asked(question, option)), OnSilence::Remind, "{question}");
    }
}

#[test]
fn a_call_of_a_sub_agent_shows_in_the_session_that_people_see() {
    // REQ-GATE-04
    let mut story = Story::begin();
    let child = Held { session: "ses_child567".into(), ..held("h_1", "bash", json!({ "command": "make" })) };
    story.then(AgentInput::Held(child));
    let shown = story.session.asks_as_seen().remove(0);
    assert_eq!((shown.session.as_str(), shown.sub_agent.as_deref()), (SESSION, Some("ses_child567")));
    story.answered("h_1", Answer::Once);
    assert_eq!(story.released(), ["through h_1"]);
}

#[test]
fn an_outcome_that_nobody_waits_for_changes_nothing() {
    // REQ-GATE-01: a verdict that came late, twice or for a call that is gone.
    let mut story = Story::begin();
    story.then(read("h_1", "a.ts"));
    let outcome = Outcome::Agent(AgentOutcome::NotPending { ran: false, interrupted: false });
    story.then(Input::Outcome { request_id: "req_h_1".into(), outcome });
    assert!(story.last.is_empty(), "{:?}", story.last);
}
