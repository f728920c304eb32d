//! All that people do to a session is in the audit log (REQ-PROOF-01): each input is held against the kinds of entries.

use crate::gate::story::{SESSION, Story, at, held};
use gateway_domain::{
    AUDIT_KINDS, About, AgentInput, AgentOutcome, Answer, AnswerGiven, AskBody, Asked, AuditEntry, CheckKind,
    CheckSpec, CheckWork, Choice, LabWish, Person, PersonInput, Proven, Said, Steer,
};
use serde_json::{Map, json};

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "anna".into() }
}

fn said(text: &str) -> PersonInput {
    PersonInput::Said(Said {
        message_id: "msg_gw1".into(),
        by: anna(),
        proven: Proven::default(),
        text: text.into(),
        files: vec![],
        agent: None,
        model: None,
    })
}

fn unit_tests() -> CheckSpec {
    let work = CheckWork::Run { command: "npm test".into(), report: None };
    let (name, kind) = ("npm test".into(), CheckKind::Unit);
    CheckSpec { name, kind, work, limit_seconds: 60, found_in: None, script: None }
}

fn steered(to: Steer) -> PersonInput {
    PersonInput::Steered { by: anna(), to }
}

/// The kind of entry that an input has to leave when it takes effect. A new input does not compile without one.
fn kind(input: &PersonInput) -> &'static str {
    match input {
        PersonInput::Begun { .. } => "started",
        PersonInput::Chosen { .. } => "chose",
        PersonInput::HoldsWrites { wanted: true, .. } => "held_writes",
        PersonInput::HoldsWrites { wanted: false, .. } => "let_writes_through",
        PersonInput::Said(_) => "wrote",
        PersonInput::Steered { to: Steer::Pause, .. } => "paused",
        PersonInput::Steered { to: Steer::Resume, .. } => "resumed",
        PersonInput::Steered { to: Steer::Retry, .. } => "retried",
        PersonInput::Steered { to: Steer::Stop, .. } => "stopped",
        PersonInput::Steered { to: Steer::Close, .. } => "closed",
        PersonInput::Steered { to: Steer::Reopen, .. } => "reopened",
        PersonInput::Reveal { .. } => "shown in full",
        PersonInput::TakenAside { .. } => "took aside",
        PersonInput::RunsChecks { .. } => "ran checks",
        PersonInput::StopsChecks { .. } => "stopped checks",
        PersonInput::Reviewed { .. } => "reviewed",
        PersonInput::Answer(_) => "answered",
        PersonInput::Lab { wanted: LabWish::Deploy, .. } => "deployed",
        PersonInput::Lab { wanted: LabWish::TakeOver, .. } => "took over lab",
        PersonInput::Lab { wanted: LabWish::Clean, .. } => "removed lab",
        PersonInput::Deliver { .. } => "delivered",
    }
}

fn kinds(story: &Story) -> Vec<&str> {
    story.audited().into_iter().map(|entry| entry.what.as_str()).collect()
}

fn story_with_an_ask() -> (Story, String) {
    let mut story = Story::begin();
    story.then(AgentInput::PodBack(Default::default()));
    story.then(AgentInput::Held(held(
        "hold_1",
        "bash",
        json!({ "command": "make x PASSWORD=hunter2-hunter2" }),
    )));
    let ask = story.session.record().asks[0].id.clone();
    (story, ask)
}

#[test]
fn everything_that_a_person_does_leaves_an_entry_of_its_kind() {
    // REQ-PROOF-01
    let (mut story, ask) = story_with_an_ask();
    let about = About {
        title: "Login".into(),
        owner: Some(anna()),
        start_key: Some("key".into()),
        ..About::default()
    };
    let choice = Choice { agent: Some("plan".into()), model: None };
    let answer = Answer::Deny { reason: None };
    let inputs = [
        PersonInput::Begun { about, progress: vec![] },
        PersonInput::Chosen { by: anna(), choice },
        PersonInput::HoldsWrites { by: anna(), proven: Proven::default(), wanted: true },
        PersonInput::HoldsWrites { by: anna(), proven: Proven::default(), wanted: false },
        PersonInput::TakenAside { ask: ask.clone(), by: anna(), place: None },
        PersonInput::Reveal { ask: ask.clone(), by: anna(), proven: Proven::default() },
        said("and the tests"),
        PersonInput::Answer(AnswerGiven { ask, digest: None, by: anna(), proven: Proven::default(), answer }),
        PersonInput::RunsChecks {
            by: anna(),
            proven: Proven::default(),
            checks: vec![unit_tests()],
            before: false,
        },
        PersonInput::StopsChecks { by: anna() },
        steered(Steer::Pause),
        steered(Steer::Resume),
        steered(Steer::Stop),
    ];
    for input in inputs {
        let expected = kind(&input);
        story.then(input);
        assert!(kinds(&story).contains(&expected), "{expected}: {:?}", story.last);
        assert!(AUDIT_KINDS.iter().any(|(kind, ..)| *kind == expected), "{expected}");
    }
    closes_fails_and_is_retried(&mut Story::begin());
}

fn closes_fails_and_is_retried(story: &mut Story) {
    story.then(AgentInput::PodBack(Default::default()));
    story.then(AgentInput::Failed { message: "no credit".into() }).then(AgentInput::TurnEnded);
    for (to, expected) in [(Steer::Retry, "retried"), (Steer::Stop, "stopped")] {
        story.then(steered(to));
        assert_eq!(kinds(story), [expected]);
        story.outcome(AgentOutcome::Done);
    }
    story.then(AgentInput::TurnEnded);
    for (to, expected) in [(Steer::Close, "closed"), (Steer::Reopen, "reopened")] {
        story.then(steered(to));
        assert_eq!(kinds(story), [expected]);
    }
    story.then(AgentInput::Deleted);
    assert_eq!((kinds(story), story.audited()[0].who.as_str()), (vec!["deleted"], "opencode"));
}

#[test]
fn what_a_person_writes_is_in_the_log_masked_and_with_a_digest() {
    // REQ-PROOF-01, REQ-PROOF-04
    let mut story = Story::begin();
    story.then(said("use password=hunter2-hunter2 for the database"));
    let [entry] = story.audited()[..] else { panic!("{:?}", story.last) };
    let AuditEntry { at: when, who, what, session, digest, told, .. } = entry;
    assert_eq!((who.as_str(), what.as_str(), session.as_str()), ("web:anna", "wrote", "ses_12345678"));
    assert!(
        told.subject.contains("for the database") && !told.subject.contains("hunter2"),
        "{}",
        told.subject
    );
    assert_eq!((digest.len(), *when), (64, at(story.now)));
}

#[test]
fn a_message_that_is_told_twice_is_written_down_once() {
    let mut story = Story::begin();
    assert_eq!(kinds(story.then(said("go on"))), ["wrote"]);
    assert!(kinds(story.then(said("go on"))).is_empty());
}

fn permission(name: &str) -> AgentInput {
    let (permission, patterns) = ("bash".to_owned(), vec!["make".to_owned()]);
    AgentInput::Asked(Asked {
        opencode_id: name.into(),
        session: SESSION.into(),
        directory: "/work".into(),
        tool: None,
        body: AskBody::Permission { permission, patterns, always: vec![], metadata: Map::new() },
    })
}

#[test]
fn an_answer_that_came_past_the_gateway_is_in_the_log() {
    // REQ-PROOF-01, H4: it used to change the card and leave no trace
    let mut story = Story::begin();
    story.then(permission("per_1"));
    story.then(AgentInput::Resolved {
        opencode_id: "per_1".into(),
        answer: "once".into(),
        by_gateway: false,
    });
    let [entry] = story.audited()[..] else { panic!("{:?}", story.last) };
    assert_eq!(
        (entry.who.as_str(), entry.what.as_str(), entry.answer.as_str()),
        ("opencode", "answered elsewhere", "once")
    );
    story.then(AgentInput::Resolved {
        opencode_id: "per_1".into(),
        answer: "once".into(),
        by_gateway: false,
    });
    assert!(story.audited().is_empty(), "told again, it is known");
}
