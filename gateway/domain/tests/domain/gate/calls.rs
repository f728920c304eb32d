//! What becomes of a held call, whoever dies.

use super::story::{SESSION, Story, allowing, bash, held, read};
use gateway_domain::{
    AgentInput, AgentOutcome, Answer, AskBody, AskPolicy, AskState, ClockInput, Effect, Held, Input, Outcome,
    Reconnected,
};
use serde_json::json;

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
    assert!(story.ask("h_2").body.subject().line.contains("a.txt"));
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
        story.then(bash("h_1", "make one")).then(bash("h_2", "make two"));
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
        story.then(bash(&format!("h_{n}"), &format!("make {n}")));
        assert_eq!(story.verdict(), "ask");
    }
    story.then(bash("h_256", "make 256"));
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

#[test]
fn a_session_begun_in_opencode_is_set_up_before_a_rule_lets_it_write() {
    // REQ-START-10, REQ-GATE-01: a rule for its files let the first write go past the form
    let policy = AskPolicy { configuration: Some(vec![]), ..allowing(&[("write", "*")]) };
    let mut story = Story::with(policy);
    story.then(read("h_1", "a.rs"));
    assert_eq!(story.released(), ["through h_1"]);
    story.then(AgentInput::Held(held("h_2", "write", json!({ "filePath": "a.txt", "content": "a" }))));
    assert!(matches!(story.ask("h_2").body, AskBody::Configuration { .. }), "{:?}", story.last);
}

#[test]
fn a_call_that_opencode_has_not_told_of_is_judged_by_rules_and_asked_about_later() {
    // REQ-GATE-01: whoever asks a person below the words before the call waits for OpenCode; a rule need not.
    let early = |id: &str, command: &str| {
        let call = held(id, "bash", json!({ "command": command }));
        AgentInput::Held(Held { early: true, tool: None, ..call })
    };
    let mut story = Story::with(allowing(&[("bash", "npm test*")]));
    story.then(early("h_1", "npm test"));
    assert_eq!((story.released(), story.audited().len()), (vec!["through h_1".to_owned()], 1));
    story.then(early("h_2", "make"));
    assert!(story.last.is_empty(), "{:#?}", story.last);
    story.gateway_restarts().then(early("h_2", "make"));
    assert!(story.session.record().asks.is_empty(), "also when a hello tells of it");
    story.then(bash("h_2", "make"));
    assert_eq!((story.verdict(), &story.ask("h_2").state), ("ask", &AskState::Open));
    story.then(early("h_2", "make"));
    assert_eq!(story.session.record().asks.len(), 1, "in whatever order they come");
    story.answered("h_2", Answer::Once);
    assert_eq!(story.released(), ["through h_2"]);
}
