//! When a session may be closed: what people see as ended is ended for them.

use gateway_domain::thread::MessageSeen;
use gateway_domain::{
    AgentInput, AskPolicy, Effect, Input, Person, PersonInput, Reconnected, Session, Steer, Verdict,
};
use jiff::Timestamp;

struct Story(Session);

impl Story {
    fn working() -> Self {
        let mut story = Self(Session::new("ses_12345678", "pod-a", AskPolicy::default()));
        story.then(AgentInput::PodBack(Reconnected::default()));
        story.then(AgentInput::TurnBegan);
        story
    }

    fn then(&mut self, input: impl Into<Input>) -> Vec<Effect> {
        self.0.handle(input, Timestamp::UNIX_EPOCH)
    }

    fn steer(&mut self, to: Steer) -> Verdict {
        let by = Person { id: "web:anna".into(), name: "Anna".into() };
        let effects = self.then(PersonInput::Steered { by, to });
        let told = effects.into_iter().find_map(|effect| match effect {
            Effect::Tell(verdict) => Some(verdict),
            _ => None,
        });
        told.unwrap()
    }

    fn agent_says(&mut self, created_ms: i64, closes_turn: bool) {
        let id = format!("msg_{created_ms}");
        let (from_person, done, error, parts) = (false, true, None, vec![]);
        self.then(AgentInput::Seen(MessageSeen {
            id,
            created_ms,
            from_person,
            done,
            closes_turn,
            error,
            parts,
        }));
    }

    fn is_refused(&mut self) -> bool {
        matches!(self.steer(Steer::Close), Verdict::Idle { .. })
    }
}

#[test]
fn a_session_closes_once_the_last_message_was_seen_before_opencode_is_idle() {
    let mut story = Story::working();
    story.agent_says(10, false);
    assert!(story.is_refused(), "the agent works");
    story.agent_says(20, true);
    assert_eq!(story.steer(Steer::Close), Verdict::Done);
}

#[test]
fn an_old_end_that_is_told_again_does_not_end_the_turn_that_runs() {
    let mut story = Story::working();
    story.agent_says(20, true);
    story.then(AgentInput::TurnEnded);
    story.then(AgentInput::TurnBegan);
    story.agent_says(30, false);
    story.agent_says(20, true);
    assert!(story.is_refused());
}

#[test]
fn what_was_closed_can_be_reopened_and_what_was_deleted_cannot() {
    // B23
    let mut story = Story::working();
    story.agent_says(20, true);
    story.then(AgentInput::TurnEnded);
    assert!(matches!(story.steer(Steer::Reopen), Verdict::Idle { .. }), "it is open");
    assert_eq!(story.steer(Steer::Close), Verdict::Done);
    assert_eq!(story.steer(Steer::Pause), Verdict::SessionEnded);
    assert_eq!(story.steer(Steer::Reopen), Verdict::Done);
    assert_eq!(story.0.card().ended, None);
    assert_eq!(story.steer(Steer::Pause), Verdict::Done);
    story.then(AgentInput::Deleted);
    assert!(matches!(story.steer(Steer::Reopen), Verdict::Idle { .. }), "and its words say why");
}

#[test]
fn stopping_what_does_nothing_says_so_and_writes_nothing_down() {
    let mut story = Story::working();
    story.agent_says(20, true);
    story.then(AgentInput::TurnEnded);
    let before = story.0.record().unaudited.len();
    assert_eq!(story.steer(Steer::Stop), Verdict::Idle { why: "nothing is running".to_owned() });
    assert_eq!(story.0.record().unaudited.len(), before);
}

#[test]
fn a_session_closes_after_a_stop_and_after_a_failure() {
    let mut story = Story::working();
    assert_eq!(story.steer(Steer::Stop), Verdict::Done);
    assert_eq!(story.steer(Steer::Close), Verdict::Done);
    let mut story = Story::working();
    story.then(AgentInput::Failed { message: "There is no such agent.".into() });
    assert_eq!(story.steer(Steer::Close), Verdict::Done, "OpenCode says idle after some failures only");
}
