//! A turn that failed: told once and in plain words, shown as such, and tried again.

use gateway_domain::thread::{ItemBody, MessageSeen, Tone};
use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, AskPolicy, Choice, Doing, Effect, Input, ModelChoice, Order,
    Outcome, Person, PersonInput, Proven, Reconnected, Said, Session, Steer, Verdict,
};
use jiff::Timestamp;

const TRACE: &str = "ProviderModelNotFoundError: Model not found: local/qwen2.5-coder:32b.\n    at getModel (/$bunfs/root/src/index.js:10:2)";

struct Story {
    session: Session,
    effects: Vec<Effect>,
}

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "Anna".into() }
}

impl Story {
    /// Anna wrote, and OpenCode has her message.
    fn begun() -> Self {
        let session = Session::new("ses_12345678", "pod-a", AskPolicy::default());
        let story = Self { session, effects: vec![] };
        let (message_id, text) = ("msg_gwone".to_owned(), "Go.".to_owned());
        let said = Said {
            message_id,
            by: anna(),
            proven: Proven::default(),
            text,
            files: vec![],
            agent: None,
            model: None,
        };
        story
            .then(AgentInput::PodBack(Reconnected::default()))
            .then(PersonInput::Said(said))
            .done(AgentOutcome::Done)
    }

    fn then(mut self, input: impl Into<Input>) -> Self {
        self.effects = self.session.handle(input, Timestamp::UNIX_EPOCH);
        self
    }

    /// What was sent last is done.
    fn done(self, outcome: impl Into<Outcome>) -> Self {
        let outcome = outcome.into();
        let sent = self.effects.iter().find_map(|effect| match effect {
            Effect::Order { request_id, .. } => Some(request_id.clone()),
            _ => None,
        });
        self.then(Input::Outcome { request_id: sent.unwrap(), outcome })
    }

    fn fails(self) -> Self {
        self.then(AgentInput::Failed { message: TRACE.to_owned() })
    }

    fn retries(self) -> Self {
        self.then(PersonInput::Steered { by: anna(), to: Steer::Retry })
    }

    fn verdict(&self) -> &Verdict {
        let told = self.effects.iter().find_map(|effect| match effect {
            Effect::Tell(verdict) => Some(verdict),
            _ => None,
        });
        told.unwrap()
    }

    fn orders(&self) -> Vec<&AgentOrder> {
        let effects = self.effects.iter();
        effects
            .filter_map(|effect| {
                if let Effect::Order { order: Order::Agent(order), .. } = effect { Some(order) } else { None }
            })
            .collect()
    }

    fn doing(&self) -> Doing {
        self.session.card().doing
    }

    fn failures(&self) -> Vec<(String, Option<String>)> {
        let failure = |body: &ItemBody| match body {
            ItemBody::Note { tone: Tone::Error, text, details } => Some((text.clone(), details.clone())),
            _ => None,
        };
        self.session.thread().items().into_iter().filter_map(|item| failure(&item.body)).collect()
    }
}

fn failed_message() -> MessageSeen {
    MessageSeen {
        id: "msg_failed".into(),
        created_ms: 10,
        from_person: false,
        done: true,
        closes_turn: false,
        error: Some(TRACE.to_owned()),
        parts: vec![],
    }
}

#[test]
fn a_failure_is_a_state_with_one_plain_sentence() {
    // B2: the session said "Idle", and people read a stack trace
    let story = Story::begun().fails().then(AgentInput::TurnEnded);
    assert_eq!(story.doing(), Doing::Failed);
    assert_eq!(
        story.session.card().active_at,
        Some(Timestamp::UNIX_EPOCH),
        "lists are in the order of what happened"
    );
    assert_eq!(story.session.card().failed.unwrap().why, "Model not found: local/qwen2.5-coder:32b.");
    let failures = story.failures();
    assert_eq!(failures[0].0, "The agent stopped with an error: Model not found: local/qwen2.5-coder:32b.");
    assert!(failures[0].1.as_ref().unwrap().contains("at getModel"), "who asks for the details gets them");
}

#[test]
fn it_is_told_once_whichever_of_its_two_signs_comes_first() {
    // B25
    let event_first =
        Story::begun().fails().then(AgentInput::Seen(failed_message())).then(AgentInput::TurnEnded);
    let message_first =
        Story::begun().then(AgentInput::Seen(failed_message())).fails().then(AgentInput::TurnEnded);
    for story in [event_first, message_first] {
        assert_eq!(story.failures().len(), 1, "{:?}", story.failures());
        let story = story.then(AgentInput::Seen(failed_message()));
        assert_eq!(story.failures().len(), 1, "also when the message is told again");
    }
    let alone = Story::begun().then(AgentInput::Seen(failed_message()));
    assert_eq!(alone.failures().len(), 1, "a failure from before the gateway was there");
}

#[test]
fn it_is_told_once_though_opencode_says_it_twice() {
    // B25: of a model that is not there OpenCode tells in one line, then with a stack trace
    let plain =
        Input::Agent(AgentInput::Failed { message: "Model not found: local/qwen2.5-coder:32b.".to_owned() });
    let story = Story::begun().then(plain).fails().then(AgentInput::TurnEnded);
    let failures = story.failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].1.as_ref().unwrap().contains("at getModel"), "its details are kept");
    let again = story.retries().done(AgentOutcome::Done).fails();
    assert_eq!(again.failures().len(), 2, "another turn that fails is another failure");
}

#[test]
fn it_is_told_once_after_a_restart_too() {
    let record = Story::begun().fails().session.record().clone();
    let (mut session, _) = Session::restore(record, AskPolicy::default(), Timestamp::UNIX_EPOCH);
    session.handle(AgentInput::Seen(failed_message()), Timestamp::UNIX_EPOCH);
    assert_eq!(session.card().doing, Doing::Failed);
    let story = Story { session, effects: vec![] };
    assert_eq!(story.failures().len(), 1);
}

#[test]
fn retry_goes_on_with_the_model_that_was_chosen_since() {
    // B2
    let model = ModelChoice { provider: "scripted".into(), model: "scripted-1".into() };
    let choice = Choice { agent: None, model: Some(model.clone()) };
    let story = Story::begun().fails().then(PersonInput::Chosen { by: anna(), choice });
    assert_eq!(story.doing(), Doing::Failed, "another model alone starts nothing");
    let story = story.retries();
    assert_eq!(story.verdict(), &Verdict::Done);
    let session = "ses_12345678".to_owned();
    assert_eq!(story.orders(), [&AgentOrder::Retry { session, agent: None, model: Some(model) }]);
    assert_eq!(story.doing(), Doing::Working);
    let persisted = story.effects.iter().position(|effect| *effect == Effect::Persist).unwrap();
    let sent = story.effects.iter().position(|effect| matches!(effect, Effect::Order { .. })).unwrap();
    assert!(persisted < sent, "on disk before it is sent");
    let story = story.done(AgentOutcome::Done).then(AgentInput::TurnEnded);
    assert_eq!(story.doing(), Doing::Idle);
}

#[test]
fn what_did_not_fail_is_not_tried_again() {
    let story = Story::begun().then(AgentInput::TurnEnded).retries();
    assert!(matches!(story.verdict(), Verdict::Idle { .. }) && story.orders().is_empty());
    let twice = Story::begun().fails().retries().retries();
    assert!(matches!(twice.verdict(), Verdict::Idle { .. }), "two taps are one try");
    let paused = Story::begun().fails().then(PersonInput::Steered { by: anna(), to: Steer::Pause }).retries();
    assert!(matches!(paused.verdict(), Verdict::Idle { why } if why.contains("paused")));
}

#[test]
fn a_retry_that_came_too_late_leaves_nothing_that_seems_to_work() {
    let story = Story::begun().fails().retries().done(AgentOutcome::Superseded);
    assert_eq!(story.doing(), Doing::Idle);
}

#[test]
fn a_message_is_sent_also_after_a_failure_that_opencode_never_ended() {
    // OpenCode says that it is idle after some failures only; the next message waited for ever.
    let (message_id, text) = ("msg_gwtwo".to_owned(), "Again.".to_owned());
    let said = Said {
        message_id,
        by: anna(),
        proven: Proven::default(),
        text,
        files: vec![],
        agent: None,
        model: None,
    };
    let story = Story::begun().fails().then(PersonInput::Said(said));
    assert_eq!(story.verdict(), &Verdict::Sent);
    assert_eq!(story.doing(), Doing::Working, "another turn has begun");
}
