//! The time of an ask: a word before it is over, one truth at its end, and what lists show after it.

use gateway_domain::{
    AgentAnswer, AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, Approvers, AskBody, AskPolicy,
    AskState, Asked, ClockInput, DangerKind, Effect, Input, Order, Outcome, Person, PersonInput, Proven,
    Question, Said, Session, SessionRecord, Steer, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

const SESSION: &str = "ses_12345678";

struct Story {
    session: Session,
    now: i64,
    last: Vec<Effect>,
}

fn anna() -> Person {
    Person { id: "web:anna".to_owned(), name: "Anna".to_owned() }
}

fn asked(name: &str, body: AskBody) -> Input {
    let (session, directory) = (SESSION.to_owned(), "/work".to_owned());
    Input::Agent(AgentInput::Asked(Asked {
        opencode_id: name.to_owned(),
        session,
        directory,
        tool: None,
        body,
    }))
}

fn command(name: &str, text: &str) -> Input {
    let metadata = Map::from_iter([("command".to_owned(), Value::from(text))]);
    let (permission, patterns, always) = ("bash".to_owned(), vec![text.to_owned()], vec![]);
    asked(name, AskBody::Permission { permission, patterns, always, metadata })
}

fn question(name: &str, option: &str) -> Input {
    let (question, options) = ("Which database?".to_owned(), vec![option.to_owned()]);
    let one = Question { question, options, descriptions: vec![], multiple: false };
    asked(name, AskBody::Question { questions: vec![one] })
}

impl Story {
    fn with(policy: AskPolicy) -> Self {
        Self { session: Session::new(SESSION, "pod-a", policy), now: 0, last: vec![] }
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.last = self.session.handle(input, Timestamp::from_second(1_795_000_000 + self.now).unwrap());
        self
    }

    fn at(&mut self, second: i64) -> &mut Self {
        self.now = second;
        self.then(ClockInput::Tick)
    }

    fn notes(&self) -> Vec<&str> {
        self.session.record().notes.iter().map(|note| note.text.as_str()).collect()
    }

    fn first_alarm(&self) -> Option<i64> {
        let alarms = self.last.iter().filter_map(|effect| match effect {
            Effect::Arm(at) => Some(at.as_second() - 1_795_000_000),
            _ => None,
        });
        alarms.min()
    }

    fn expired(&self) -> Vec<String> {
        self.session.card().expired_asks
    }
}

#[test]
fn people_are_warned_once_before_a_permission_is_denied_for_them() {
    // B6, REQ-ASK-05
    let mut story = Story::with(AskPolicy::default());
    story.then(command("per_1", "npm test"));
    assert_eq!(story.first_alarm(), Some(240), "it wakes up for the warning");
    assert!(story.at(239).notes().is_empty());
    assert_eq!(
        story.at(240).notes(),
        ["No answer yet. In 1 minute it is denied automatically (bash: npm test)."]
    );
    assert_eq!(story.first_alarm(), Some(300), "and for the end");
    assert_eq!(story.at(250).notes().len(), 1, "once");
}

#[test]
fn a_question_warns_of_what_is_going_to_be_taken_and_a_reminder_needs_no_warning() {
    // B6, REQ-ASK-06
    let mut story = Story::with(AskPolicy::default());
    story.then(question("que_1", "Postgres (Recommended)")).then(question("que_2", "Postgres"));
    let wait = SignedDuration::from_hours(2).as_secs();
    let told =
        "No answer yet. In 10 minutes the agent continues with the recommended option (Which database?).";
    assert_eq!(story.at(wait - 600).notes(), [told]);
}

#[test]
fn a_wait_that_is_over_soon_has_no_warning() {
    // B6
    let policy = AskPolicy { permission_timeout: SignedDuration::from_secs(20), ..AskPolicy::default() };
    let mut story = Story::with(policy);
    story.then(command("per_1", "npm test")).at(19);
    assert!(story.notes().is_empty());
}

#[test]
fn agent_and_audit_log_say_the_same_of_a_time_out() {
    // B7
    let mut story = Story::with(AskPolicy::default());
    story.then(command("per_1", "npm test")).at(300);
    let sent = story.last.iter().find_map(|effect| match effect {
        Effect::Order { order: Order::Agent(AgentOrder::Reply { answer, .. }), .. } => Some(answer),
        _ => None,
    });
    let Some(AgentAnswer::Deny { reason: Some(told) }) = sent else { panic!("{:#?}", story.last) };
    assert!(told.contains("denied automatically") && !told.contains("not denied"), "{told}");
    let entry = story.last.iter().find_map(|effect| match effect {
        Effect::Audit(entry) => Some(entry),
        _ => None,
    });
    let entry = entry.unwrap();
    assert_eq!((entry.who.as_str(), entry.what.as_str()), ("gateway", "timed out"));
    assert!(entry.answer.contains(told), "{entry:#?}");
    assert_eq!(entry.told.subject, "bash: npm test", "B8");
}

#[test]
fn what_expired_stays_in_lists_until_somebody_answers_late_or_writes() {
    // B6, REQ-ASK-07
    let mut story = Story::with(AskPolicy::default());
    story.then(command("per_1", "npm test")).then(command("per_2", "make")).at(300);
    assert_eq!(story.expired(), ["per_1", "per_2"]);
    let text = serde_json::to_string(story.session.record()).unwrap();
    let record: SessionRecord = serde_json::from_str(&text).unwrap();
    story.session =
        Session::restore(record, AskPolicy::default(), Timestamp::from_second(1_795_000_301).unwrap()).0;
    assert_eq!(story.expired(), ["per_1", "per_2"], "also after a restart");

    let answer = Answer::Once;
    story.then(PersonInput::Answer(AnswerGiven {
        ask: "per_1".into(),
        digest: None,
        by: anna(),
        proven: Proven::default(),
        answer,
    }));
    assert!(story.last.contains(&Effect::Tell(Verdict::TakenLate)));
    assert_eq!(story.expired(), ["per_2"]);

    story.then(AgentInput::PodBack(gateway_domain::Reconnected::default()));
    while let Some(sent) = story.session.record().outbox.first() {
        let (request_id, outcome) = (sent.request_id.clone(), Outcome::Agent(AgentOutcome::Done));
        story.then(Input::Outcome { request_id, outcome });
    }
    let (message_id, text, files) = ("msg_1".to_owned(), "Go on without it.".to_owned(), vec![]);
    story.then(PersonInput::Said(Said {
        message_id,
        by: anna(),
        proven: Proven::default(),
        text,
        files,
        agent: None,
        model: None,
    }));
    assert!(story.expired().is_empty(), "somebody has been here since");
    story.then(PersonInput::Answer(AnswerGiven {
        ask: "per_2".into(),
        digest: None,
        by: anna(),
        proven: Proven::default(),
        answer: Answer::Once,
    }));
    assert!(story.last.contains(&Effect::Tell(Verdict::TakenLate)), "a late answer is taken all the same");
}

#[test]
fn a_reminder_is_removed_when_its_request_has_ended() {
    // Issue 12: "No answer yet" stayed in the thread for good.
    let mut story = Story::with(AskPolicy::default());
    story.then(command("per_1", "npm test")).at(240);
    assert_eq!(story.notes().len(), 1);
    let answer = AnswerGiven {
        ask: "per_1".into(),
        digest: None,
        by: anna(),
        proven: Proven::default(),
        answer: Answer::Once,
    };
    story.then(PersonInput::Answer(answer));
    assert!(story.notes().is_empty(), "{:?}", story.notes());
    story.then(command("per_2", "make")).at(480);
    assert_eq!(story.notes().len(), 1);
    story.at(540);
    assert!(story.notes().is_empty(), "{:?}", story.notes());
}

#[test]
fn a_denial_that_came_late_is_known_to_be_late() {
    // Issue 12: it read like one that came in time.
    let mut story = Story::with(AskPolicy::default());
    story.then(command("per_1", "npm test")).at(301);
    let answer = Answer::Deny { reason: Some("not now".to_owned()) };
    story.then(PersonInput::Answer(AnswerGiven {
        ask: "per_1".into(),
        digest: None,
        by: anna(),
        proven: Proven::default(),
        answer,
    }));
    let ask = &story.session.record().asks[0];
    assert_eq!((ask.late, &ask.state), (true, &AskState::Applied));
}

#[test]
fn a_late_answer_does_not_wake_a_session_that_is_closed() {
    // REQ-ASK-07
    let mut story = Story::with(AskPolicy::default());
    story.then(command("per_1", "npm test")).at(301);
    let request_id = story.session.record().outbox[0].request_id.clone();
    story.then(Input::Outcome { request_id, outcome: Outcome::Agent(AgentOutcome::Applied) });
    story.then(PersonInput::Steered { by: anna(), to: Steer::Close });
    let answer = AnswerGiven {
        ask: "per_1".into(),
        digest: None,
        by: anna(),
        proven: Proven::default(),
        answer: Answer::Once,
    };
    story.then(PersonInput::Answer(answer));
    assert!(!story.last.iter().any(|effect| matches!(effect, Effect::Order { .. })), "{:?}", story.last);
    assert_eq!(story.session.record().asks[0].state, AskState::TimedOut);
}

#[test]
fn a_card_says_what_stands_out_in_what_would_run() {
    // REQ-GATE-06, B13
    let mut story = Story::with(AskPolicy::default());
    story.then(command("per_1", "git push --force && rm -rf /")).then(command("per_2", "npm test"));
    let labels = |ask: usize| -> Vec<DangerKind> {
        story.session.record().asks[ask].rules.dangers.iter().map(|danger| danger.kind).collect()
    };
    let all =
        [DangerKind::ForcePush, DangerKind::Destructive, DangerKind::OutsideDirectory, DangerKind::Network];
    assert_eq!((labels(0), labels(1)), (all.to_vec(), vec![]));
}

#[test]
fn silence_takes_no_recommendation_where_approvers_are_set_or_something_stays() {
    // REQ-RULES-03, M11: the card said that people are reminded, and at the end the recommended option was taken all the same
    let approvers = Approvers::Only(vec!["web:anna".into()]);
    let with_approvers = AskPolicy { approvers, ..AskPolicy::default() };
    for (policy, option) in [
        (with_approvers, "Postgres (Recommended)"),
        (AskPolicy::default(), "Deploy to production (Recommended)"),
    ] {
        let mut story = Story::with(policy);
        story.then(question("que_1", option)).at(SignedDuration::from_hours(2).as_secs());
        assert_eq!(story.session.record().asks[0].state, AskState::Open, "{option}");
        assert!(story.notes().iter().any(|note| note.contains("still waiting")), "{:?}", story.notes());
    }
}
