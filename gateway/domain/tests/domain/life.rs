//! Writing, steering and deciding, in plain words.

use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, Approvers, AskBody, AskPolicy, AskState,
    Asked, BackupRule, ClockInput, Doing, Effect, Held, HeldCall, Input, MAX_QUEUED, MAX_QUEUED_BYTES,
    OnSilence, Order, Outcome, Person, PersonInput, Proven, Question, Reconnected, Risk, Said, Session,
    SessionRecord, Steer, Verdict, WorkingHours,
};
use jiff::civil::{Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

const SESSION: &str = "ses_12345678";

struct Story {
    session: Session,
    policy: AskPolicy,
    now: Timestamp,
    last: Vec<Effect>,
}

fn person(name: &str) -> Person {
    Person { id: format!("web:{name}"), name: name.to_owned() }
}

impl Story {
    fn with(policy: AskPolicy) -> Self {
        let session = Session::new(SESSION, "pod-a", policy.clone());
        // A Friday, 16:00 in Berlin.
        Self { session, policy, now: "2026-11-20T15:00:00Z".parse().unwrap(), last: vec![] }
    }

    fn begin() -> Self {
        Self::with(AskPolicy::default())
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.last = self.session.handle(input, self.now);
        self
    }

    fn later(&mut self, time: SignedDuration) -> &mut Self {
        self.now += time;
        self.then(ClockInput::Tick)
    }

    fn said(&mut self, id: &str, text: &str) -> &mut Self {
        let (by, agent, model) = (person("anna"), None, None);
        self.then(PersonInput::Said(Said {
            message_id: format!("msg_{id}"),
            by,
            proven: Proven::default(),
            text: text.into(),
            files: vec![],
            agent,
            model,
        }))
    }

    fn steer(&mut self, to: Steer) -> &mut Self {
        self.then(PersonInput::Steered { by: person("anna"), to })
    }

    fn answers(&mut self, who: &str, ask: &str, answer: Answer) -> &mut Self {
        self.then(PersonInput::Answer(AnswerGiven {
            ask: ask.into(),
            digest: None,
            by: person(who),
            proven: Proven::default(),
            answer,
        }))
    }

    fn restarts(&mut self) -> &mut Self {
        let text = serde_json::to_string(self.session.record()).unwrap();
        let record: SessionRecord = serde_json::from_str(&text).unwrap();
        (self.session, self.last) = Session::restore(record, self.policy.clone(), self.now);
        self
    }

    fn back(&mut self) -> &mut Self {
        self.then(AgentInput::PodBack(Reconnected::default()))
    }

    fn done(&mut self) -> &mut Self {
        let request_id = self.session.record().outbox[0].request_id.clone();
        self.then(Input::Outcome { request_id, outcome: Outcome::Agent(AgentOutcome::Done) })
    }

    fn notes(&self) -> Vec<String> {
        self.session.record().notes.iter().map(|note| note.text.clone()).collect()
    }

    fn verdict(&self) -> &Verdict {
        let told = self.last.iter().find_map(|effect| match effect {
            Effect::Tell(verdict) => Some(verdict),
            _ => None,
        });
        told.unwrap()
    }

    /// What OpenCode is told, in short.
    fn told(&self) -> Vec<String> {
        let commands = self.last.iter().filter_map(|effect| match effect {
            Effect::Order { order, .. } => Some(order),
            _ => None,
        });
        commands
            .map(|order| match order {
                Order::Agent(AgentOrder::Prompt { text, .. }) => format!("prompt {text}"),
                Order::Agent(AgentOrder::Abort { .. }) => "abort".to_owned(),
                Order::Agent(AgentOrder::Resume { .. }) => "resume".to_owned(),
                Order::Agent(AgentOrder::Retry { .. }) => "retry".to_owned(),
                Order::Agent(AgentOrder::Release { refuse: None, .. }) => "let through".to_owned(),
                Order::Agent(AgentOrder::Release { refuse: Some(why), .. }) => format!("refuse: {why}"),
                Order::Agent(AgentOrder::Reply { answer, .. }) => {
                    format!("reply {}", serde_json::to_string(answer).unwrap())
                }
                Order::Agent(AgentOrder::Say { text, .. }) => format!("say {text}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    fn state(&self, ask: &str) -> &AskState {
        &self.session.record().asks.iter().find(|one| one.id == ask).unwrap().state
    }
}

fn command(name: &str, command: &str) -> Input {
    let metadata = Map::from_iter([("command".to_owned(), Value::from(command))]);
    let (permission, patterns, always) = ("bash".into(), vec![command.to_owned()], vec![]);
    asked(name, AskBody::Permission { permission, patterns, always, metadata })
}

fn question(name: &str, options: &[&str]) -> Input {
    let options = options.iter().map(|label| (*label).to_owned()).collect();
    let one = Question { question: "Which?".into(), options, descriptions: vec![], multiple: false };
    asked(name, AskBody::Question { questions: vec![one] })
}

fn asked(name: &str, body: AskBody) -> Input {
    let (session, directory) = (SESSION.into(), "/work".into());
    Input::Agent(AgentInput::Asked(Asked { opencode_id: name.into(), session, directory, tool: None, body }))
}

fn held(name: &str) -> Input {
    let call = HeldCall { tool: "write".into(), file: Some("src/a.rs".into()), ..HeldCall::default() };
    let (session, directory) = (SESSION.into(), "/work".into());
    Input::Agent(AgentInput::Held(Held { hold_id: name.into(), session, directory, call, ..Held::default() }))
}

#[test]
fn a_message_goes_out_at_once_when_the_agent_has_time() {
    // REQ-START-08
    let mut story = Story::begin();
    story.said("one", "Add a test.");
    assert_eq!((story.told(), story.verdict()), (vec!["prompt Add a test.".to_owned()], &Verdict::Sent));
    let persist = story.last.iter().position(|effect| *effect == Effect::Persist).unwrap();
    let told = story.last.iter().position(|effect| matches!(effect, Effect::Tell(_))).unwrap();
    assert!(persist < told, "I2");
    story.said("one", "Add a test.");
    assert!(story.told().is_empty(), "the same message is written once");
}

#[test]
fn while_the_agent_is_busy_messages_wait_and_are_marked_so() {
    // REQ-START-08
    let mut story = Story::begin();
    story.said("one", "First.").done().said("two", "Second.");
    assert_eq!(story.verdict(), &Verdict::Queued { behind: 0, at_limit: None });
    assert_eq!(story.said("three", "Third.").verdict(), &Verdict::Queued { behind: 1, at_limit: None });
    assert!(story.told().is_empty());
    // They survive the gateway, and go out one after the other.
    story.restarts().back();
    assert_eq!(story.told(), ["prompt Second."]);
    story.done().then(AgentInput::TurnEnded);
    assert_eq!(story.told(), ["prompt Third."]);
}

#[test]
fn a_prompt_in_doubt_is_sent_again_under_the_same_id() {
    // REQ-ASK-04, I1
    let mut story = Story::begin();
    let first = story.said("one", "First.").last.clone();
    let again = story.restarts().back().last.clone();
    let ids = |effects: &[Effect]| {
        let id = effects.iter().find_map(|effect| match effect {
            Effect::Order { request_id, .. } => Some(request_id.clone()),
            _ => None,
        });
        id.unwrap()
    };
    assert_eq!(ids(&first), ids(&again));
}

#[test]
fn what_waits_goes_out_also_when_the_turn_ended_before_its_prompt_was_confirmed() {
    // REQ-START-08, I6: the gateway was killed between the prompt and the plugin's word about it.
    let mut story = Story::begin();
    story.said("one", "First.").said("two", "Second.").restarts().back();
    assert_eq!(story.told(), ["prompt First."], "sent again under its id");
    story.then(AgentInput::TurnEnded);
    assert!(story.told().is_empty(), "one after the other");
    story.done();
    assert_eq!(story.told(), ["prompt Second."]);
}

#[test]
fn no_more_waits_than_a_person_keeps_in_mind() {
    // I7
    let mut story = Story::begin();
    story.then(AgentInput::TurnBegan);
    for n in 0..MAX_QUEUED {
        story.said(&n.to_string(), "More.");
    }
    assert_eq!(story.said("last", "And more.").verdict(), &Verdict::QueueFull { limit: MAX_QUEUED });
    let endless = "x".repeat(MAX_QUEUED_BYTES + 1);
    assert_eq!(Story::begin().said("one", &endless).verdict(), &Verdict::TooLong { limit: MAX_QUEUED_BYTES });
}

#[test]
fn pause_stops_the_turn_and_resume_goes_on_with_it() {
    // REQ-START-06
    let mut story = Story::begin();
    story.said("one", "First.").done().steer(Steer::Pause);
    assert_eq!(story.told(), ["abort"]);
    story.done().then(AgentInput::Aborted).then(AgentInput::TurnEnded).said("two", "Second.");
    assert_eq!(story.verdict(), &Verdict::Queued { behind: 0, at_limit: None });
    story.restarts().back();
    assert!(story.told().is_empty(), "it stays paused over a restart");
    story.steer(Steer::Resume);
    assert!(story.told()[0].starts_with("prompt You were paused"), "{:?}", story.told());
    story.done().then(AgentInput::TurnEnded);
    assert_eq!(story.told(), ["prompt Second."]);
    assert!(matches!(story.steer(Steer::Resume).verdict(), Verdict::Idle { .. }));
}

#[test]
fn stop_aborts_and_keeps_what_people_wrote() {
    // REQ-START-08, B9
    let mut story = Story::begin();
    story
        .said("one", "First.")
        .done()
        .said("two", "Second.")
        .then(command("per_1", "make"))
        .steer(Steer::Stop);
    assert_eq!(story.told(), ["abort"]);
    assert!(matches!(story.state("per_1"), AskState::Withdrawn { .. }));
    story.done().then(AgentInput::Aborted).then(AgentInput::TurnEnded);
    assert!(story.told().is_empty(), "nothing is sent to an agent that was stopped");
    assert!(
        story
            .notes()
            .contains(&"Stopped by anna. 1 message is queued; resume the session to send it.".to_owned())
    );
    assert_eq!((story.session.card().queued, story.session.card().paused.is_some()), (1, true));
    story.said("three", "Third.");
    assert_eq!(story.verdict(), &Verdict::Queued { behind: 1, at_limit: None });
    story.restarts().back().steer(Steer::Stop);
    assert!(
        story.notes().last().unwrap().contains("2 messages are queued; resume the session to send them.")
    );
    story.done().steer(Steer::Resume);
    assert_eq!(story.told(), ["prompt Second."], "in the words and the order that they were written in");
    story.done().then(AgentInput::TurnEnded);
    assert_eq!(story.told(), ["prompt Third."]);
}

#[test]
fn stop_with_nothing_that_waits_is_no_pause() {
    // REQ-START-08, B9
    let mut story = Story::begin();
    story.said("one", "First.").done().steer(Steer::Pause).done().steer(Steer::Stop).done();
    assert_eq!(story.session.card().paused, None);
    story.then(AgentInput::TurnEnded).said("two", "Second.");
    assert_eq!(story.told(), ["prompt Second."]);
    story.done().then(AgentInput::TurnEnded).steer(Steer::Close).said("three", "Third.");
    assert_eq!(story.verdict(), &Verdict::SessionEnded);
}

#[test]
fn what_was_never_sent_is_told_when_a_session_is_closed() {
    // B9
    let mut story = Story::begin();
    story.said("one", "First.").done().said("two", "Second.").steer(Steer::Stop).done();
    story.then(AgentInput::TurnEnded).steer(Steer::Close);
    let note = "Closed by anna. 1 message wasn't sent; reopen the session to send it.";
    assert_eq!(story.notes().last().unwrap(), note);
    story.steer(Steer::Reopen).steer(Steer::Resume);
    assert_eq!(story.told(), ["prompt Second."]);
}

#[test]
fn a_restart_of_opencode_is_no_activity() {
    // UX "session list as a work queue": each restart made all sessions "just now" and shuffled the list.
    let mut story = Story::begin();
    story.said("one", "First.").done().then(AgentInput::TurnBegan).then(command("per_1", "make"));
    let asked_at = story.session.card().active_at;
    story.now += SignedDuration::from_hours(3);
    story.then(AgentInput::PodLost).back().then(command("per_1", "make"));
    assert_eq!(story.session.card().active_at, asked_at);
    story.then(AgentInput::TurnBegan).then(AgentInput::TurnEnded).now += SignedDuration::from_hours(1);
    let ended_at = story.session.card().active_at;
    assert_ne!(ended_at, asked_at);
    story.restarts().back().then(AgentInput::TurnEnded);
    assert_eq!(story.session.card().active_at, ended_at);
}

#[test]
fn nothing_is_sent_in_a_session_that_was_closed_while_its_stop_was_under_way() {
    // REQ-START-08: paused with a turn cut, written to, resumed and closed in one go, it went on working when closed.
    let mut story = Story::begin();
    story.said("one", "First.").done().steer(Steer::Pause).said("two", "Second.").steer(Steer::Resume);
    story.steer(Steer::Close);
    assert_eq!(story.verdict(), &Verdict::Done);
    let note = "Closed by anna. 1 message wasn't sent; reopen the session to send it.";
    assert_eq!(story.notes().last().unwrap(), note, "the gateway's own \"continue\" is not counted");
    story.done();
    assert!(story.told().is_empty(), "{:?}", story.told());
    story.then(AgentInput::TurnEnded);
    assert!(story.told().is_empty(), "{:?}", story.told());
    story.steer(Steer::Reopen);
    assert_eq!(story.told(), ["prompt Second."]);
}

#[test]
fn a_closed_session_that_somebody_woke_in_opencode_can_be_stopped_and_shows_what_it_asks() {
    // REQ-START-08
    let mut story = Story::begin();
    story.steer(Steer::Close).then(AgentInput::TurnBegan).then(command("per_1", "make"));
    assert_eq!(story.session.card().doing, Doing::Waiting, "it is under what needs an answer");
    story.steer(Steer::Stop);
    assert_eq!((story.verdict(), story.told()), (&Verdict::Done, vec!["abort".to_owned()]));
}

#[test]
fn a_plain_reply_answers_the_only_question() {
    // REQ-ASK-02
    let mut story = Story::begin();
    story.then(AgentInput::TurnBegan).then(question("que_1", &["A", "B"])).said("one", "Neither, use C.");
    assert_eq!(story.verdict(), &Verdict::Answered { ask: "que_1".into() });
    assert_eq!(story.told(), [r#"reply {"answer":"answers","answers":[["Neither, use C."]]}"#]);
    story.then(question("que_2", &["A"])).then(question("que_3", &["A"])).said("two", "B");
    assert_eq!(
        story.verdict(),
        &Verdict::Queued { behind: 0, at_limit: None },
        "with two open it is a message"
    );
}

#[test]
fn what_is_risky_takes_two_people() {
    // REQ-ASK-10
    let risk = Risk { pattern: "git push*".into(), why: "it leaves this machine".into(), ..Risk::default() };
    let mut story = Story::with(AskPolicy { risks: vec![risk], ..AskPolicy::default() });
    story.then(command("per_1", "git push origin main"));
    let ask = story.session.record().asks[0].clone();
    assert_eq!(ask.rules.risk.as_deref(), Some("it leaves this machine"));
    let refused = story.answers("anna", "per_1", Answer::Always).verdict().sentence();
    assert!(refused.ends_with("It takes an approval for this one time, or a denial."), "{refused}");
    story.answers("anna", "per_1", Answer::Once);
    assert_eq!(story.verdict(), &Verdict::NeedsSecond { why: "it leaves this machine".into(), more: 1 });
    assert!(story.told().is_empty());
    story.answers("anna", "per_1", Answer::Once);
    assert!(matches!(story.verdict(), Verdict::NeedsSecond { .. }), "the same person is one person");
    // The first approval outlives the gateway.
    story.restarts().then(AgentInput::PodBack(Reconnected { open: vec!["per_1".into()], turn: None }));
    assert_eq!(story.answers("ben", "per_1", Answer::Once).verdict(), &Verdict::Taken);
    // To deny, one is enough.
    story.then(command("per_2", "git push --force"));
    assert_eq!(story.answers("anna", "per_2", Answer::Deny { reason: None }).verdict(), &Verdict::Taken);
    story.then(command("per_3", "git status"));
    assert_eq!(story.answers("anna", "per_3", Answer::Once).verdict(), &Verdict::Taken);
}

#[test]
fn a_backup_may_answer_when_nobody_did() {
    // REQ-ASK-10
    let backup = BackupRule { after: SignedDuration::from_secs(60), people: vec!["web:ben".into()] };
    let approvers = Approvers::Only(vec!["web:anna".into()]);
    let mut story = Story::with(AskPolicy { approvers, backup: Some(backup), ..AskPolicy::default() });
    story.then(command("per_1", "make"));
    assert_eq!(story.answers("ben", "per_1", Answer::Once).verdict(), &Verdict::NotAllowed);
    story.later(SignedDuration::from_secs(61));
    assert!(story.session.record().notes[0].text.contains("web:ben can answer now too"));
    assert_eq!(story.answers("carl", "per_1", Answer::Once).verdict(), &Verdict::NotAllowed);
    assert_eq!(story.answers("ben", "per_1", Answer::Once).verdict(), &Verdict::Taken);
}

#[test]
fn a_question_waits_for_working_hours() {
    // REQ-ASK-06
    let hours = WorkingHours {
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        days: vec![Weekday::Monday, Weekday::Friday],
        from: time(9, 0, 0, 0),
        to: time(17, 0, 0, 0),
        holidays: vec![],
    };
    let mut story = Story::with(AskPolicy { hours: Some(hours), ..AskPolicy::default() });
    story.then(question("que_1", &["A", "B (Recommended)"]));
    story.later(SignedDuration::from_hours(60));
    assert_eq!(story.state("que_1"), &AskState::Open, "nobody is asked over the weekend");
    story.later(SignedDuration::from_hours(6));
    assert_eq!(story.state("que_1"), &AskState::TimedOut);
    assert_eq!(story.told(), [r#"reply {"answer":"answers","answers":[["B (Recommended)"]]}"#]);
}

#[test]
fn a_question_without_a_recommendation_stays_open_and_people_are_reminded() {
    // REQ-ASK-06, I6
    let mut story = Story::begin();
    story.then(question("que_1", &["A", "B"]));
    assert_eq!(story.session.record().asks[0].rules.on_silence, OnSilence::Remind);
    for reminders in 1..=5 {
        story.later(SignedDuration::from_hours(2));
        assert_eq!(story.session.record().notes.len(), reminders);
    }
    story.later(SignedDuration::from_hours(200));
    assert_eq!((story.session.record().notes.len(), story.state("que_1")), (5, &AskState::Open));
}

#[test]
fn a_held_call_is_let_through_once_or_refused_with_a_reason() {
    // REQ-PLUGIN-05
    let mut story = Story::begin();
    story.then(held("hold_1")).answers("anna", "hold_1", Answer::Once);
    assert_eq!((story.told(), story.verdict()), (vec!["let through".to_owned()], &Verdict::Taken));
    story.then(AgentInput::Unheld { hold_id: "hold_1".into(), ran: true });
    assert_eq!(story.state("hold_1"), &AskState::Applied);
    story.then(held("hold_2")).answers("anna", "hold_2", Answer::Deny { reason: Some("Not there.".into()) });
    assert_eq!(story.told(), ["refuse: A person denied this: Not there."]);
}

#[test]
fn a_command_that_may_have_half_run_is_put_to_a_person() {
    // REQ-ASK-08, I6
    let interrupted = |running: Option<&str>| {
        Input::Agent(AgentInput::Interrupted {
            user_message_id: "msg_user".into(),
            running: running.map(str::to_owned),
        })
    };
    let mut story = Story::begin();
    story.then(interrupted(None));
    assert!(story.told().is_empty(), "an old turn that nobody saw working is left alone");
    story.then(AgentInput::TurnBegan).then(AgentInput::PodLost).restarts().back().then(interrupted(None));
    assert_eq!(story.told(), ["resume"], "nothing ran: the agent goes on");
    let mut story = Story::begin();
    story
        .then(AgentInput::TurnBegan)
        .then(AgentInput::PodLost)
        .back()
        .then(interrupted(Some("bash: make deploy")));
    assert!(story.told().is_empty());
    let gate = story.session.record().asks[0].id.clone();
    story.then(interrupted(Some("bash: make deploy")));
    assert_eq!(story.session.record().asks.len(), 1, "one card");
    story.restarts().back().answers("anna", &gate, Answer::Once);
    assert_eq!(story.told(), ["resume"]);
    // Or a person just writes something else.
    let mut story = Story::begin();
    story.then(AgentInput::TurnBegan).then(AgentInput::PodLost).back();
    story.then(interrupted(Some("bash: make deploy"))).said("one", "Leave it.");
    assert_eq!(story.told(), ["prompt Leave it."]);
    assert_eq!(story.session.record().asks[0].state, AskState::Superseded);
}

#[test]
fn an_ask_can_be_talked_about_in_a_thread_of_its_own() {
    // REQ-ASK-09
    let mut story = Story::begin();
    story.then(question("que_1", &["A"]));
    let aside = |place: Option<&str>| {
        Input::Person(PersonInput::TakenAside {
            ask: "que_1".into(),
            by: person("anna"),
            place: place.map(str::to_owned),
        })
    };
    story.then(aside(None)).then(aside(Some("thread 2"))).restarts();
    let kept = story.session.record().asks[0].aside.clone().unwrap();
    assert_eq!((kept.by.as_str(), kept.place.as_deref()), ("anna", Some("thread 2")));
}
