//! Members of a group because their provider says so, and for as long as it does.

use super::*;
use gateway_domain::{AskState, Question};

fn asks_a_question(story: &mut Story) {
    let question =
        Question { question: "Which one?".into(), options: vec![], descriptions: vec![], multiple: false };
    story.then(AgentInput::Asked(Asked {
        opencode_id: "que_1".into(),
        session: SESSION.into(),
        directory: "/work/shop".into(),
        tool: None,
        body: AskBody::Question { questions: vec![question] },
    }));
}

fn says(story: &mut Story, groups: &[&str]) -> Verdict {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    let said = Said {
        message_id: format!("msg_gw{}", story.now),
        by: Person { id: account("ben"), name: "Ben".into() },
        proven: Proven { groups, ..Proven::by(Proof::Account) },
        text: "The second one.".into(),
        files: vec![],
        agent: None,
        model: None,
    };
    story.then(PersonInput::Said(said)).verdict().clone()
}

#[test]
fn a_member_by_claim_answers_a_question_by_a_plain_message() {
    // REQ-RULES-02, REQ-ASK-02: a message came without what the provider says of its author.
    let by_claim = || policy(vec![rule("shop", repository("web"), "claimed")]);
    let mut story = Story::of(by_claim(), "/work/shop", None);
    asks_a_question(&mut story);
    assert!(is_refused(&says(&mut story, &["developers"])), "of another group there");
    assert!(is_refused(&says(&mut story, &[])), "the sign-in names no groups");
    assert_eq!(says(&mut story, &["deployers"]), Verdict::Answered { ask: "que_1".into() });
    let ask = &story.session.record().asks[0];
    assert!(ask.state == AskState::Decided && ask.decision.as_ref().unwrap().proof == Proof::Account);
}

#[test]
fn a_member_by_claim_looks_behind_masks_runs_checks_and_lets_writes_through() {
    // REQ-RULES-02: what the provider says of somebody's groups was left out of these.
    let by_claim = || policy(vec![rule("shop", repository("web"), "claimed")]);
    let by = Person { id: account("ben"), name: "Ben".into() };
    let in_groups = |groups: &[&str]| Proven {
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        ..Proven::by(Proof::Account)
    };
    let mut story = Story::of(by_claim(), "/work/shop", None);
    story.asks("h_1", "DB_PASSWORD=hunter22 npm test");
    for (groups, is_in) in [(&["deployers"][..], true), (&["developers"], false), (&[], false)] {
        let proven = in_groups(groups);
        for input in [
            PersonInput::Reveal { ask: "h_1".into(), by: by.clone(), proven: proven.clone() },
            PersonInput::RunsChecks { by: by.clone(), proven: proven.clone(), checks: vec![], before: false },
            PersonInput::HoldsWrites { by: by.clone(), proven, wanted: false },
        ] {
            let told = format!("{input:?}");
            let verdict = story.then(input).verdict().clone();
            assert_eq!(!is_refused(&verdict), is_in, "{told}: {verdict:?}");
        }
    }
}
