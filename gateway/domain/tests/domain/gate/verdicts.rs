//! What is said of a call before it runs.

use super::story::{SESSION, Story, allowing, bash, held, rule, verdict};
use gateway_domain::gate::{CallRule, GatePolicy};
use gateway_domain::{
    AgentInput, Approvers, AskBody, AskPolicy, Asked, DangerKind, Held, OnSilence, Person, PersonInput,
    Proven, Question, Risk,
};
use serde_json::{Value, json};

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
        ("run_checks", json!({ "names": ["unit"] }), "allow"),
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
        ("bash", json!({ "command": "git status && ls src", "description": "Looks" }), "allow"),
        ("bash", json!({ "command": "ls", "workdir": "/etc" }), "ask"),
        ("bash", json!({ "command": "ls > listed.txt" }), "ask"),
        ("bash", json!({ "command": "find . '-delete'" }), "ask"),
        ("bash", json!({ "command": "cat .env" }), "ask"),
        ("bash", json!({ "command": "cat $(touch x)" }), "ask"),
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
        ("bash", "npm run *"),
        ("edit", "docs/*"),
        ("webfetch", "https://docs.rs/*"),
        ("linear_*", "*"),
    ]);
    let table: &[(&str, Value, &str)] = &[
        ("bash", json!({ "command": "npm test -- --watch=false" }), "allow"),
        ("bash", json!({ "command": "npm run 'build all' x" }), "allow"),
        ("bash", json!({ "command": "npm run 'build all' x; rm -rf ." }), "ask"),
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
    story.then(PersonInput::HoldsWrites { by, proven: Proven::default(), wanted: true });
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
    let risks = vec![Risk {
        pattern: "*kubectl delete secret production*".into(),
        why: "it is production".into(),
        ..Risk::default()
    }];
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
        Story::with(AskPolicy { gate: GatePolicy { deny, ..GatePolicy::default() }, ..AskPolicy::default() });
    story.then(AgentInput::Held(held("h_1", "webfetch", json!({ "url": "https://x.test" }))));
    assert_eq!(
        story.released(),
        ["refuse h_1: The rules of this project don't allow this: No network here."]
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
        story.released()[0].starts_with("refuse h_2: The agent plan isn't allowed to do this"),
        "{:?}",
        story.released()
    );
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
fn an_unguarded_agent_only_looks_unless_its_project_lets_it() {
    // REQ-GATE-05: whatever a rule lets run, and before anybody is asked.
    let gate = |lets_unguarded| GatePolicy {
        allow: vec![rule("bash", "make*")],
        lets_unguarded,
        ..GatePolicy::default()
    };
    for (tool, arguments, refused, allowed) in [
        ("bash", json!({ "command": "make" }), "deny", "allow"),
        ("bash", json!({ "command": "ls src" }), "deny", "allow"),
        ("write", json!({ "filePath": "a.txt", "content": "" }), "deny", "ask"),
        ("webfetch", json!({ "url": "https://docs.rs/" }), "deny", "ask"),
        ("read", json!({ "filePath": "README.md" }), "allow", "allow"),
        ("read", json!({ "filePath": "/etc/passwd" }), "deny", "ask"),
        ("question", json!({ "questions": [] }), "allow", "allow"),
    ] {
        for (lets, expected) in [(false, refused), (true, allowed)] {
            let mut story = Story::with(AskPolicy { gate: gate(lets), ..AskPolicy::default() });
            story.session.set_unguarded(true);
            let verdict = story.then(AgentInput::Held(held("h", tool, arguments.clone()))).verdict();
            assert_eq!(verdict, expected, "{tool} {arguments}, lets: {lets}");
        }
    }
}
