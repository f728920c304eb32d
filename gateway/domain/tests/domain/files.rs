//! Files that come with a message: when their content may go.

use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, AskBody, AskPolicy, Asked, Effect, FileNote, Input,
    MAX_QUEUED_BYTES, Order, Outcome, Person, PersonInput, Proven, Question, Reconnected, Said, Session,
    SessionRecord, Steer, Verdict,
};
use jiff::Timestamp;

const SESSION: &str = "ses_12345678";

struct Story {
    session: Session,
    last: Vec<Effect>,
}

impl Story {
    fn online() -> Self {
        let mut story = Self { session: Session::new(SESSION, "pod-a", AskPolicy::default()), last: vec![] };
        story.then(AgentInput::PodBack(Reconnected::default()));
        story
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.last = self.session.handle(input, Timestamp::UNIX_EPOCH);
        self
    }

    fn said(&mut self, id: &str, text: &str) -> &mut Self {
        let files = vec![FileNote::of("plan.txt", b"the plan").unwrap()];
        let (by, text) = (anna(), text.to_owned());
        self.then(PersonInput::Said(Said {
            message_id: id.into(),
            by,
            proven: Proven::default(),
            text,
            files,
            agent: None,
            model: None,
        }))
    }

    fn done(&mut self, outcome: impl Into<Outcome>) -> &mut Self {
        let outcome = outcome.into();
        let request_id = self.session.record().outbox[0].request_id.clone();
        self.then(Input::Outcome { request_id, outcome })
    }

    fn needed(&self) -> Vec<&str> {
        self.session.record().messages_with_files().collect()
    }

    /// Files that go, and that the record does not name any more by then.
    fn discarded(&self) -> Vec<&str> {
        let mut persisted = false;
        let mut gone = vec![];
        for effect in &self.last {
            match effect {
                Effect::Persist => persisted = true,
                Effect::Discard { message_id } => {
                    assert!(persisted || self.session.record().outbox.is_empty());
                    gone.push(message_id.as_str());
                }
                _ => {}
            }
        }
        gone
    }

    fn verdict(&self) -> Option<&Verdict> {
        self.last.iter().find_map(|effect| match effect {
            Effect::Tell(verdict) => Some(verdict),
            _ => None,
        })
    }
}

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "Anna".into() }
}

#[test]
fn files_are_needed_until_opencode_has_the_message() {
    // REQ-START-08, I2: also over a restart, and while nobody knows what became of it.
    let mut story = Story::online();
    story.said("msg_1", "Read this.");
    let sent = story.last.iter().find_map(|effect| match effect {
        Effect::Order { order: Order::Agent(AgentOrder::Prompt { files, .. }), .. } => Some(files.clone()),
        _ => None,
    });
    assert_eq!(sent.unwrap()[0].name, "plan.txt");
    story.done(AgentOutcome::Unknown);
    assert_eq!((story.needed(), story.discarded()), (vec!["msg_1"], vec![]));
    let record = serde_json::to_string(story.session.record()).unwrap();
    assert!(!record.contains("the plan"), "no content in the record");
    let record: SessionRecord = serde_json::from_str(&record).unwrap();
    (story.session, story.last) = Session::restore(record, AskPolicy::default(), Timestamp::UNIX_EPOCH);
    assert_eq!(story.needed(), ["msg_1"]);
    story.done(AgentOutcome::Done);
    assert_eq!((story.needed(), story.discarded()), (vec![], vec!["msg_1"]));
}

#[test]
fn a_message_that_is_sent_again_keeps_its_files_only_while_it_is_under_way() {
    // REQ-START-08
    let mut story = Story::online();
    story.said("msg_1", "Read this.").said("msg_1", "Read this.");
    assert_eq!((story.verdict(), story.discarded()), (Some(&Verdict::Sent), vec![]));
    story.done(AgentOutcome::Done).said("msg_1", "Read this.");
    assert_eq!((story.verdict(), story.discarded()), (Some(&Verdict::Sent), vec!["msg_1"]));
}

#[test]
fn files_of_a_message_that_is_refused_go_and_those_of_one_that_waits_stay() {
    // REQ-START-08, B9
    let mut story = Story::online();
    story.said("msg_1", &"x".repeat(MAX_QUEUED_BYTES + 1));
    assert_eq!(story.discarded(), ["msg_1"]);
    story.said("msg_2", "Read this.").said("msg_3", "And this.");
    assert_eq!(story.needed(), ["msg_2", "msg_3"]);
    story.then(PersonInput::Steered { by: anna(), to: Steer::Stop });
    assert_eq!(story.discarded(), [""; 0], "what a person wrote waits, and so do its files");
    assert_eq!(story.needed(), ["msg_2", "msg_3"]);
}

#[test]
fn a_reply_with_a_file_is_a_message_of_its_own() {
    // REQ-ASK-02, REQ-START-08: an answer carries words only, so the file would be lost with it.
    let mut story = Story::online();
    let one = Question { question: "Which?".into(), options: vec![], descriptions: vec![], multiple: false };
    let body = AskBody::Question { questions: vec![one] };
    let (session, directory) = (SESSION.to_owned(), "/work".to_owned());
    story.then(AgentInput::TurnBegan);
    story.then(AgentInput::Asked(Asked {
        opencode_id: "que_1".into(),
        session,
        directory,
        tool: None,
        body,
    }));
    story.said("msg_1", "This one.");
    assert_eq!(story.verdict(), Some(&Verdict::Queued { behind: 0, at_limit: None }));
}
