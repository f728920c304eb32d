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
