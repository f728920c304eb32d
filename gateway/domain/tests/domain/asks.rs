//! Asks in plain words. No I/O, no async, no clock but the one in the tests' hands.

mod passkeys;

use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, Approvers, AskBody, AskPolicy, AskState,
    AskTool, Asked, ClockInput, Effect, Input, Order, Outcome, Person, PersonInput, Proven, Question,
    Reconnected, Session, SessionRecord, Turn, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

const SESSION: &str = "ses_12345678";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

fn asks(name: &str, what: &str) -> AgentInput {
    AgentInput::Asked(command(name, what))
}

fn command(name: &str, command: &str) -> Asked {
    let metadata = Map::from_iter([("command".to_owned(), Value::from(command))]);
    let (permission, patterns, always) = ("bash".to_owned(), vec![command.to_owned()], vec![]);
    Asked {
        opencode_id: name.to_owned(),
        session: SESSION.to_owned(),
        directory: "/work".to_owned(),
        tool: Some(AskTool { message_id: "msg_1".to_owned(), call_id: format!("call_{name}") }),
        body: AskBody::Permission { permission, patterns, always, metadata },
    }
}

fn question(name: &str, options: &[&str]) -> Asked {
    let options = options.iter().map(|label| (*label).to_owned()).collect();
    let questions =
        vec![Question { question: "Which?".to_owned(), options, descriptions: vec![], multiple: false }];
    Asked { body: AskBody::Question { questions }, ..command(name, "") }
}

fn anna() -> Person {
    Person { id: "web:anna".to_owned(), name: "Anna".to_owned() }
}

fn by_anna(ask: &str, answer: Answer) -> Input {
    Input::Person(PersonInput::Answer(AnswerGiven {
        ask: ask.to_owned(),
        digest: None,
        by: anna(),
        proven: Proven::default(),
        answer,
    }))
}

fn unfinished() -> Option<Turn> {
    Some(Turn { user_message_id: "msg_gwuser".to_owned(), finished: false })
}

/// A session and everything it wanted.
struct Story {
    session: Session,
    now: i64,
    last: Vec<Effect>,
}

impl Story {
    fn begin() -> Self {
        Self::with(AskPolicy::default())
    }

    fn with(policy: AskPolicy) -> Self {
        Self { session: Session::new(SESSION, "pod-a", policy), now: 0, last: vec![] }
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.now += 1;
        self.last = self.session.handle(input, at(self.now));
        self
    }

    /// The gateway is killed and started again: only the record is left.
    fn gateway_restarts(&mut self) -> &mut Self {
        let text = serde_json::to_string(self.session.record()).unwrap();
        let record: SessionRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(&record, self.session.record());
        let (session, effects) = Session::restore(record, AskPolicy::default(), at(self.now));
        (self.session, self.last) = (session, effects);
        self
    }

    fn opencode_restarts(&mut self) -> &mut Self {
        self.then(AgentInput::PodLost)
            .then(AgentInput::PodBack(Reconnected { open: vec![], turn: unfinished() }))
    }

    fn orders(&self) -> Vec<&AgentOrder> {
        let order = |effect| match effect {
            &Effect::Order { order: Order::Agent(ref order), .. } => Some(order),
            _ => None,
        };
        self.last.iter().filter_map(order).collect()
    }

    fn done(&mut self, outcome: impl Into<Outcome>) -> &mut Self {
        let outcome = outcome.into();
        let request_id = self.session.record().outbox[0].request_id.clone();
        self.then(Input::Outcome { request_id, outcome })
    }

    fn verdict(&self) -> &Verdict {
        self.last
            .iter()
            .find_map(|effect| if let Effect::Tell(verdict) = effect { Some(verdict) } else { None })
            .unwrap()
    }

    fn state(&self, ask: &str) -> &AskState {
        &self.session.record().asks.iter().find(|one| one.id == ask).unwrap().state
    }

    fn replies(&self) -> Vec<(&str, Answer)> {
        self.orders()
            .into_iter()
            .filter_map(|order| match order {
                AgentOrder::Reply { opencode_id, answer, .. } => {
                    Some((opencode_id.as_str(), answer.clone().into()))
                }
                _ => None,
            })
            .collect()
    }
}

#[test]
fn an_answer_is_durable_before_anybody_hears_of_it() {
    // REQ-ASK-04, I2
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).then(by_anna("per_1", Answer::Once));
    let persisted = story.last.iter().position(|effect| *effect == Effect::Persist).unwrap();
    let told = story.last.iter().position(|effect| matches!(effect, Effect::Tell(_))).unwrap();
    let sent = story.last.iter().position(|effect| matches!(effect, Effect::Order { .. })).unwrap();
    assert!(persisted < told && told < sent, "{:#?}", story.last);
    assert_eq!(story.replies(), [("per_1", Answer::Once)]);
    story.done(AgentOutcome::Applied);
    assert_eq!(story.state("per_1"), &AskState::Applied);
}

#[test]
fn the_first_answer_wins_and_the_second_person_hears_whose_it_was() {
    // REQ-ASK-03, I1
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).then(by_anna("per_1", Answer::Once));
    story.then(by_anna("per_1", Answer::Deny { reason: None }));
    assert_eq!(story.verdict(), &Verdict::AnsweredBefore { by: "Anna".into(), answer: Answer::Once });
    assert!(story.orders().is_empty());
}

#[test]
fn only_those_who_may_answer_do() {
    // REQ-ASK-10
    for approvers in [Approvers::Only(vec!["web:ben".into()]), Approvers::Only(vec![])] {
        let mut story = Story::with(AskPolicy { approvers, ..AskPolicy::default() });
        story.then(asks("per_1", "npm test")).then(by_anna("per_1", Answer::Once));
        assert_eq!(story.verdict(), &Verdict::NotAllowed);
        assert!(story.orders().is_empty() && story.state("per_1") == &AskState::Open);
        assert!(
            story.last.iter().any(|effect| matches!(effect, Effect::Audit(entry) if entry.what == "refused"))
        );
    }
}

#[test]
fn an_answer_counts_for_what_the_person_saw() {
    // REQ-ASK-01
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test"));
    let digest = Some(command("per_1", "npm publish").digest());
    let given = AnswerGiven {
        ask: "per_1".into(),
        digest,
        by: anna(),
        proven: Proven::default(),
        answer: Answer::Once,
    };
    assert_eq!(story.then(PersonInput::Answer(given)).verdict(), &Verdict::Changed);
}

#[test]
fn a_question_takes_answers_and_a_permission_does_not() {
    // REQ-ASK-02
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).then(AgentInput::Asked(question("que_1", &["A"])));
    let answers = Answer::Answers { answers: vec![vec!["A".into()]] };
    assert!(matches!(story.then(by_anna("per_1", answers.clone())).verdict(), Verdict::WrongKind { .. }));
    assert!(matches!(story.then(by_anna("que_1", Answer::Once)).verdict(), Verdict::WrongKind { .. }));
    assert_eq!(story.then(by_anna("que_1", answers)).verdict(), &Verdict::Taken);
}

#[test]
fn an_approval_outlives_opencode_and_the_gateway() {
    // REQ-ASK-08: killed both, gateway started, answered while OpenCode is away, OpenCode started.
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).gateway_restarts();
    assert_eq!(story.state("per_1"), &AskState::Suspended);
    assert_eq!(story.then(by_anna("per_1", Answer::Once)).verdict(), &Verdict::TakenForLater);
    assert!(story.orders().is_empty());
    story.gateway_restarts().then(AgentInput::PodBack(Reconnected { open: vec![], turn: unfinished() }));
    let resume = AgentOrder::Resume { session: SESSION.into(), user_message_id: "msg_gwuser".into() };
    assert_eq!(story.orders(), [&resume]);
    story.done(AgentOutcome::Done).then(asks("per_2", "npm test"));
    assert_eq!(story.replies(), [("per_2", Answer::Once)], "applied once, under the new name");
    story.done(AgentOutcome::Applied).then(AgentInput::TurnEnded);
    assert_eq!(story.state("per_1"), &AskState::Applied);
    assert_eq!(story.session.record().asks.len(), 1, "one card");
    // Asked once more in the same words, it is a new ask.
    story.then(asks("per_3", "npm test"));
    assert!(story.orders().is_empty());
    assert_eq!(story.state("per_3"), &AskState::Open);
}

#[test]
fn a_different_command_after_the_restart_is_a_new_card() {
    // REQ-ASK-08
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).then(AgentInput::PodLost).then(by_anna("per_1", Answer::Once));
    story
        .then(AgentInput::PodBack(Reconnected { open: vec![], turn: unfinished() }))
        .done(AgentOutcome::Done);
    story.then(asks("per_2", "npm publish"));
    assert!(story.orders().is_empty(), "the answer was for another command");
    assert_eq!(story.state("per_2"), &AskState::Open);
    story
        .then(by_anna("per_2", Answer::Deny { reason: None }))
        .done(AgentOutcome::Applied)
        .then(AgentInput::TurnEnded);
    assert_eq!(story.state("per_1"), &AskState::Superseded);
}

#[test]
fn an_ask_that_nobody_answered_yet_is_the_same_card_after_the_restart() {
    // REQ-ASK-08
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).opencode_restarts().done(AgentOutcome::Done);
    story.then(asks("per_2", "npm test"));
    assert_eq!(story.state("per_1"), &AskState::Open);
    assert_eq!(story.session.record().asks.len(), 1);
    story.then(by_anna("per_1", Answer::Deny { reason: Some("No.".into()) }));
    let denied = Answer::Deny { reason: Some("A person denied this: No.".into()) };
    assert_eq!(story.replies(), [("per_2", denied)]);
}

#[test]
fn a_question_answered_meanwhile_gets_its_answer_before_the_turn_goes_on() {
    // REQ-ASK-08
    let mut story = Story::begin();
    let answers = Answer::Answers { answers: vec![vec!["A".into()]] };
    story
        .then(AgentInput::Asked(question("que_1", &["A", "B"])))
        .then(AgentInput::PodLost)
        .then(by_anna("que_1", answers));
    story.then(AgentInput::PodBack(Reconnected { open: vec![], turn: unfinished() }));
    assert!(matches!(story.orders()[..], [AgentOrder::Complete { .. }]), "{:?}", story.orders());
    story.done(AgentOutcome::Done);
    assert!(matches!(story.orders()[..], [AgentOrder::Resume { .. }]), "{:?}", story.orders());
    assert_eq!(story.state("que_1"), &AskState::Applied);
}

#[test]
fn a_link_that_was_only_away_leaves_the_ask_as_it_is() {
    // REQ-ASK-08
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).then(AgentInput::PodLost);
    story.then(AgentInput::PodBack(Reconnected { open: vec!["per_1".into()], turn: None }));
    assert_eq!(story.state("per_1"), &AskState::Open);
    story.then(AgentInput::PodLost).then(by_anna("per_1", Answer::Once));
    story.then(AgentInput::PodBack(Reconnected { open: vec!["per_1".into()], turn: None }));
    assert_eq!(story.replies(), [("per_1", Answer::Once)]);
}

#[test]
fn a_reply_in_doubt_is_sent_again_under_the_same_id_and_counts_when_the_call_ran() {
    // REQ-ASK-04, I1
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).then(by_anna("per_1", Answer::Once));
    let first = story.session.record().outbox[0].request_id.clone();
    story.gateway_restarts().then(AgentInput::PodBack(Reconnected { open: vec![], turn: None }));
    let again = |effect: &Effect| matches!(effect, Effect::Order { request_id, .. } if *request_id == first);
    assert!(story.last.iter().any(again));
    story.done(AgentOutcome::NotPending { ran: true, interrupted: false });
    assert_eq!(story.state("per_1"), &AskState::Applied);
}

#[test]
fn nobody_answers_and_the_agent_gets_an_honest_word() {
    // REQ-ASK-05, REQ-ASK-07, I6
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test"));
    story.now += 299;
    assert!(
        story
            .then(ClockInput::Tick)
            .replies()
            .iter()
            .all(|(_, answer)| told(answer).contains("within 5 minutes"))
    );
    assert_eq!(story.state("per_1"), &AskState::TimedOut);
    story.done(AgentOutcome::Applied).then(by_anna("per_1", Answer::Once));
    assert_eq!(story.verdict(), &Verdict::TakenLate);
    assert!(matches!(story.orders()[..], [AgentOrder::Say { text, .. }] if text.contains("is now allowed")));
    let sent = story.orders().into_iter().find_map(|order| match order {
        AgentOrder::Say { message_id, .. } => Some(message_id.clone()),
        _ => None,
    });
    let own = story.session.record().authors.iter().find(|author| Some(&author.message_id) == sent.as_ref());
    assert!(own.is_some_and(|author| author.name.is_empty()), "the gateway's own words, and no person's");
    story.done(AgentOutcome::Done).then(asks("per_2", "npm test"));
    assert_eq!(story.replies(), [("per_2", Answer::Once)], "asked again, it is allowed once");
}

fn told(answer: &Answer) -> &str {
    if let Answer::Deny { reason: Some(reason) } = answer { reason } else { panic!("{answer:?}") }
}

#[test]
fn a_question_falls_back_to_the_recommended_option_or_stays_open() {
    // REQ-ASK-06
    let mut story = Story::begin();
    story.then(AgentInput::Asked(question("que_1", &["B", "A (Recommended)"])));
    story.then(AgentInput::Asked(question("que_2", &["B", "A"])));
    story.now += SignedDuration::from_hours(2).as_secs();
    story.then(ClockInput::Tick);
    let recommended = Answer::Answers { answers: vec![vec!["A (Recommended)".into()]] };
    assert_eq!(story.replies(), [("que_1", recommended)]);
    assert_eq!(story.state("que_2"), &AskState::Open);
}

#[test]
fn what_was_answered_in_opencode_or_stopped_is_told_as_such() {
    // REQ-ASK-08
    let mut story = Story::begin();
    story.then(asks("per_1", "a")).then(asks("per_2", "b"));
    let (opencode_id, answer) = ("per_1".into(), "once".into());
    let elsewhere = AgentInput::Resolved { opencode_id, answer, by_gateway: false };
    story.then(elsewhere).then(AgentInput::Aborted);
    assert_eq!(story.state("per_1"), &AskState::AnsweredElsewhere { answer: "once".into() });
    assert!(matches!(story.state("per_2"), AskState::Withdrawn { .. }));
    assert!(matches!(story.then(by_anna("per_2", Answer::Once)).verdict(), Verdict::NoLongerAsked { .. }));
}

#[test]
fn each_of_several_asks_gets_its_time() {
    // REQ-ASK-05, I6: found by the simulator, seed 0: the second clock was never wound up.
    let mut story = Story::begin();
    story.then(asks("per_1", "a"));
    story.now += 10;
    story.then(asks("per_2", "b"));
    story.now = 300;
    story.then(ClockInput::Tick);
    assert_eq!((story.state("per_1"), story.state("per_2")), (&AskState::TimedOut, &AskState::Open));
    let wakes: Vec<_> = story.last.iter().filter(|effect| matches!(effect, Effect::Arm(_))).collect();
    assert_eq!(wakes, [&Effect::Arm(at(312))], "the shell keeps the earliest time only, and that is over");
}

#[test]
fn the_same_asked_twice_is_two_cards_while_opencode_holds_both() {
    // REQ-ASK-08, I3: found by the simulator: after a restart of the gateway the second took the card of the first.
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).gateway_restarts();
    story.then(AgentInput::Listed(vec![command("per_1", "npm test"), command("per_2", "npm test")]));
    assert_eq!((story.state("per_1"), story.state("per_2")), (&AskState::Suspended, &AskState::Open));
    let open = vec!["per_1".into(), "per_2".into()];
    story.then(AgentInput::PodBack(Reconnected { open, turn: None }));
    assert_eq!(story.state("per_1"), &AskState::Open);
}

#[test]
fn an_old_event_makes_no_second_card_of_an_ask_that_has_a_new_name() {
    // REQ-ASK-08, I3
    let mut story = Story::begin();
    story.then(asks("per_1", "npm test")).opencode_restarts().done(AgentOutcome::Done);
    story.then(asks("per_2", "npm test")).then(asks("per_1", "npm test"));
    assert_eq!(story.session.record().asks.len(), 1);
}

#[test]
fn an_old_abort_does_not_withdraw_what_was_asked_after_it() {
    // REQ-ASK-08, I6: found by the simulator: the list of asks is newer than the events that come again.
    let mut story = Story::begin();
    story.then(AgentInput::Listed(vec![command("per_1", "a"), command("per_2", "b")]));
    story.then(asks("per_1", "a")).then(AgentInput::Aborted);
    story.then(asks("per_2", "b"));
    assert!(matches!(story.state("per_1"), AskState::Withdrawn { .. }));
    assert_eq!(story.state("per_2"), &AskState::Open);
}

#[test]
fn nobody_is_told_that_a_late_answer_counts_in_a_session_that_is_gone() {
    // REQ-ASK-07
    let mut story = Story::begin();
    story.then(asks("per_1", "a")).then(asks("per_2", "b"));
    story.now = 400;
    story.then(ClockInput::Tick).done(AgentOutcome::Applied).done(AgentOutcome::Applied);
    assert_eq!(story.then(by_anna("per_1", Answer::Once)).verdict(), &Verdict::TakenLate);
    story.done(AgentOutcome::NotPending { ran: false, interrupted: false });
    assert!(matches!(story.state("per_1"), AskState::Withdrawn { .. }), "OpenCode has no such session");
    story.then(AgentInput::Deleted).then(by_anna("per_2", Answer::Once));
    assert!(matches!(story.verdict(), Verdict::NoLongerAsked { .. }));
}

#[test]
fn a_question_is_not_answered_in_the_old_call_and_in_the_new() {
    // REQ-ASK-08, I1: found by the simulator: the turn went on for another ask's sake before.
    let mut story = Story::begin();
    let answers = Answer::Answers { answers: vec![vec!["A".into()]] };
    story.then(asks("per_1", "a")).then(AgentInput::Asked(question("que_1", &["A"])));
    story.opencode_restarts().done(AgentOutcome::Done).then(by_anna("que_1", answers));
    story.then(AgentInput::PodBack(Reconnected { open: vec![], turn: unfinished() }));
    let completes = |order: &AgentOrder| matches!(order, AgentOrder::Complete { .. });
    assert!(!story.orders().into_iter().any(completes), "{:?}", story.orders());
    story.then(AgentInput::Asked(question("que_2", &["A"])));
    assert_eq!(story.replies().len(), 1, "the resumed turn asks again, and is answered");
}

#[test]
fn an_answer_goes_to_the_sub_agent_that_asks_now() {
    // REQ-ASK-08, I6: found by the simulator, seed 5: it went to the sub-agent that died.
    let by = |name: &str, session: &str| Asked { session: session.to_owned(), ..command(name, "npm test") };
    let mut story = Story::begin();
    story.then(AgentInput::Asked(by("per_1", "ses_child_1"))).opencode_restarts().done(AgentOutcome::Done);
    story.then(AgentInput::Asked(by("per_2", "ses_child_2"))).then(by_anna("per_1", Answer::Once));
    let asker =
        |order: &&AgentOrder| matches!(order, AgentOrder::Reply { session, .. } if session == "ses_child_2");
    assert_eq!(story.orders().iter().filter(|order| asker(order)).count(), 1, "{:?}", story.orders());
}

#[test]
fn an_ask_that_came_after_the_pod_is_answered_although_the_look_at_its_turn_takes_long() {
    // REQ-ASK-04, I6: found by the simulator, seed 5981: the answer waited for a return that had been.
    let mut story = Story::begin();
    story.then(AgentInput::PodLost).then(AgentInput::Listed(vec![])).then(asks("per_1", "a"));
    story.then(by_anna("per_1", Answer::Once));
    assert_eq!(story.verdict(), &Verdict::Taken);
    assert_eq!(story.replies(), [("per_1", Answer::Once)]);
}

#[test]
fn a_late_answer_to_a_sub_agent_is_told_to_whoever_it_worked_for() {
    // REQ-ASK-07: found by the simulator, seed 2456: the sub-agent has ended.
    let mut story = Story::begin();
    let asked = Asked { session: "ses_child_1".to_owned(), ..command("per_1", "a") };
    story.then(AgentInput::Asked(asked));
    story.now = 400;
    story.then(ClockInput::Tick).done(AgentOutcome::Applied).then(by_anna("per_1", Answer::Once));
    assert!(matches!(story.orders()[..], [AgentOrder::Say { session, .. }] if session == SESSION));
}

#[test]
fn what_died_with_opencode_is_not_called_answered_there() {
    // REQ-ASK-08, I1: found by the simulator, seed 1157: another turn was at work when the answer was sent again.
    let mut story = Story::begin();
    story.then(asks("per_1", "a")).then(by_anna("per_1", Answer::Once)).gateway_restarts();
    story.then(AgentInput::PodBack(Reconnected { open: vec![], turn: None }));
    story.done(AgentOutcome::NotPending { ran: false, interrupted: false });
    assert_eq!(story.state("per_1"), &AskState::Superseded);
    let (opencode_id, answer) = ("per_1".into(), "reject".into());
    let elsewhere = AgentInput::Resolved { opencode_id, answer, by_gateway: false };
    story.then(elsewhere);
    assert!(matches!(story.state("per_1"), AskState::AnsweredElsewhere { .. }), "if it was, that is said");
}

#[test]
fn what_was_settled_last_is_remembered_however_long_ago_it_was_asked() {
    // REQ-ASK-05, I2: found by the simulator, seed 13954: its card was shown, and the record had forgotten it.
    let mut story = Story::begin();
    story.then(asks("per_old", "a"));
    for n in 0..50 {
        let (opencode_id, answer) = (format!("per_{n}"), "once".to_owned());
        story.then(asks(&opencode_id, "b"));
        story.then(AgentInput::Resolved { opencode_id, answer, by_gateway: false });
    }
    story.then(by_anna("per_old", Answer::Once)).done(AgentOutcome::Applied);
    assert_eq!(story.state("per_old"), &AskState::Applied);
    assert!(matches!(story.then(by_anna("per_old", Answer::Once)).verdict(), Verdict::AnsweredBefore { .. }));
    assert_eq!(story.session.record().asks.len(), 50);
}

#[test]
fn a_late_answer_is_told_although_the_word_of_an_older_stop_comes_after_it() {
    // REQ-ASK-07, I1: found by the simulator, seed 10021: somebody had stopped the turn while the link was gone.
    let mut story = Story::begin();
    story.then(asks("per_1", "a"));
    story.now = 400;
    story.then(ClockInput::Tick).done(AgentOutcome::Applied).then(AgentInput::PodLost);
    story.then(by_anna("per_1", Answer::Once)).then(AgentInput::Listed(vec![])).then(AgentInput::Aborted);
    story.then(AgentInput::PodBack(Reconnected::default()));
    assert!(matches!(story.orders()[..], [AgentOrder::Say { .. }]), "{:?}", story.orders());
}
