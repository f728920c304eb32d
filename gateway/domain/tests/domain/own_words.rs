//! What people type: the agent gets it as it is, everybody else without its secrets, and so does the record once the agent has it.

use gateway_domain::{
    About, AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, AskBody, AskPolicy, Asked, Effect,
    Input, MASK, Order, Outcome, Person, PersonInput, Proven, Question, Said, Session,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

const SESSION: &str = "ses_12345678";
const SECRET: &str = "Hunter22!x";

fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

fn anna() -> Person {
    Person { id: "web:anna".to_owned(), name: "Anna".to_owned() }
}

fn words() -> String {
    format!("the password is {SECRET} now")
}

/// A session with everything that it wanted so far.
struct Story {
    session: Session,
    effects: Vec<Effect>,
}

impl Story {
    fn begin() -> Self {
        let session = Session::new(SESSION, "pod-a", AskPolicy::default());
        Self { session, effects: vec![] }
    }

    fn tell(&mut self, input: impl Into<Input>) {
        let effects = self.session.handle(input, now());
        self.effects.extend(effects);
    }

    fn ask(&mut self, body: AskBody) {
        self.tell(AgentInput::Asked(Asked {
            opencode_id: "ask_1".to_owned(),
            session: SESSION.to_owned(),
            directory: "/work".to_owned(),
            tool: None,
            body,
        }));
    }

    fn answer(&mut self, answer: Answer) {
        self.tell(PersonInput::Answer(AnswerGiven {
            ask: "ask_1".to_owned(),
            digest: None,
            by: anna(),
            proven: Proven::default(),
            answer,
        }));
    }

    /// The newest order to the agent.
    fn order(&self) -> (String, AgentOrder) {
        let orders = self.effects.iter().rev().filter_map(|effect| match effect {
            Effect::Order { request_id, order: Order::Agent(order) } => {
                Some((request_id.clone(), order.clone()))
            }
            _ => None,
        });
        orders.into_iter().next().expect("an order")
    }

    fn delivered(&mut self, outcome: AgentOutcome) {
        let (request_id, _) = self.order();
        self.tell(Input::Outcome { request_id, outcome: Outcome::Agent(outcome) });
    }

    fn record(&self) -> String {
        serde_json::to_string(self.session.record()).unwrap()
    }

    /// What everybody may read has no secret, and nothing of it is lost for the agent.
    fn is_whole_again_from_what_everybody_reads(&self) {
        let whole = self.session.record();
        let open = whole.without_typed_secrets().expect("it has typed secrets");
        let text = serde_json::to_string(&open).unwrap();
        assert!(!text.contains(SECRET) && text.contains(MASK), "{text}");
        assert_eq!(&open.clone().with_typed_of(whole), whole);
        assert_eq!(open.without_typed_secrets(), None);
    }

    /// Everything but the record and what the agent is told.
    fn shown(&self) -> String {
        let shown = self.effects.iter().filter(|effect| !matches!(effect, Effect::Order { .. }));
        shown.map(|effect| format!("{effect:?}")).collect()
    }
}

fn permission() -> AskBody {
    let metadata = Map::from_iter([("command".to_owned(), Value::from("make"))]);
    AskBody::Permission {
        permission: "bash".to_owned(),
        patterns: vec!["make".to_owned()],
        always: vec![],
        metadata,
    }
}

fn question() -> AskBody {
    let question =
        Question { question: "Which?".to_owned(), options: vec![], descriptions: vec![], multiple: false };
    AskBody::Question { questions: vec![question] }
}

#[test]
fn a_message_is_whole_for_the_agent_and_not_in_the_record_after_that() {
    // REQ-PROOF-04 (H9)
    let mut story = Story::begin();
    let said = Said {
        message_id: "msg_gw1".to_owned(),
        by: anna(),
        proven: Proven::default(),
        text: words(),
        files: vec![],
        agent: None,
        model: None,
    };
    story.tell(PersonInput::Said(said));
    assert!(matches!(story.order().1, AgentOrder::Prompt { text, .. } if text == words()));
    assert!(story.record().contains(SECRET), "until it is delivered a restart needs it");
    story.is_whole_again_from_what_everybody_reads();
    story.delivered(AgentOutcome::Done);
    assert!(!story.record().contains(SECRET), "{}", story.record());
    assert!(!story.shown().contains(SECRET), "{}", story.shown());
}

#[test]
fn the_reason_of_a_denial_is_whole_for_the_agent_alone() {
    // REQ-PROOF-04 (H9)
    let mut story = Story::begin();
    story.ask(permission());
    story.answer(Answer::Deny { reason: Some(words()) });
    let (_, order) = story.order();
    assert!(format!("{order:?}").contains(SECRET), "{order:?}");
    story.delivered(AgentOutcome::Applied);
    story.tell(AgentInput::TurnEnded);
    assert!(!story.record().contains(SECRET), "{}", story.record());
    assert!(story.record().contains(MASK));
    assert!(!story.shown().contains(SECRET), "cards and audit log: {}", story.shown());
}

#[test]
fn an_answer_in_own_words_is_whole_for_the_agent_alone() {
    // REQ-PROOF-04 (H9)
    let mut story = Story::begin();
    story.ask(question());
    story.answer(Answer::Answers { answers: vec![vec![words()]] });
    let (_, order) = story.order();
    assert!(format!("{order:?}").contains(SECRET), "{order:?}");
    story.delivered(AgentOutcome::Applied);
    assert!(story.record().contains(SECRET), "until its turn ends the agent may die and ask again");
    story.is_whole_again_from_what_everybody_reads();
    story.tell(AgentInput::TurnEnded);
    assert!(!story.record().contains(SECRET), "{}", story.record());
    assert!(!story.shown().contains(SECRET), "{}", story.shown());
}

#[test]
fn a_title_is_kept_without_its_secrets() {
    // REQ-PROOF-04 (H9)
    let mut story = Story::begin();
    story.tell(AgentInput::Described(About { title: words(), ..About::default() }));
    assert!(!story.record().contains(SECRET) && story.record().contains(MASK), "{}", story.record());
}

#[test]
fn a_value_under_a_secrets_name_is_one_in_the_arguments_of_a_call_too() {
    // REQ-PROOF-04
    let mut story = Story::begin();
    let metadata = Map::from_iter([
        ("password".to_owned(), Value::from(SECRET)),
        ("token_file".to_owned(), Value::from("/etc/token-1a")),
    ]);
    let (permission, patterns) = ("deploy".to_owned(), vec!["*".to_owned()]);
    story.ask(AskBody::Permission { permission, patterns, always: vec![], metadata });
    assert!(
        !story.record().contains(SECRET) && story.record().contains("/etc/token-1a"),
        "{}",
        story.record()
    );
}
