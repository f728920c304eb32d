//! OpenCode dies after it took an answer, before the turn ended: what of the answer counts, and who goes on.

use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, Ask, AskBody, AskPolicy, AskState, AskTool,
    Asked, ClockInput, Effect, Input, Order, Outcome, Person, PersonInput, Proven, Question, Reconnected,
    Session, Turn,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

const SESSION: &str = "ses_12345678";

const NOT_BEGUN: Outcome = Outcome::Agent(AgentOutcome::NotPending { ran: false, interrupted: true });
const CUT_WHILE_RUNNING: Outcome = Outcome::Agent(AgentOutcome::NotPending { ran: true, interrupted: true });
const RAN_TO_ITS_END: Outcome = Outcome::Agent(AgentOutcome::NotPending { ran: true, interrupted: false });

fn asked(name: &str, body: AskBody) -> Input {
    let tool = Some(AskTool { message_id: "msg_1".to_owned(), call_id: format!("call_{name}") });
    let (session, directory) = (SESSION.to_owned(), "/work".to_owned());
    Input::Agent(AgentInput::Asked(Asked { opencode_id: name.to_owned(), session, directory, tool, body }))
}

/// A sub-agent's session is another one each time.
fn by_a_sub_agent(name: &str, body: AskBody) -> Input {
    let Input::Agent(AgentInput::Asked(ask)) = asked(name, body) else { unreachable!("it was made as one") };
    Input::Agent(AgentInput::Asked(Asked { session: format!("{SESSION}{name}"), ..ask }))
}

fn command(text: &str) -> AskBody {
    AskBody::Permission {
        permission: "bash".to_owned(),
        patterns: vec![text.to_owned()],
        always: vec![],
        metadata: Map::from_iter([("command".to_owned(), Value::from(text))]),
    }
}

fn question() -> AskBody {
    AskBody::Question {
        questions: vec![Question {
            question: "Which?".to_owned(),
            options: vec![],
            descriptions: vec![],
            multiple: false,
        }],
    }
}

struct Story {
    session: Session,
    now: i64,
    last: Vec<Effect>,
}

impl Story {
    /// An ask that was answered, and whose answer OpenCode took.
    fn taken(body: AskBody, answer: Answer) -> Self {
        let session = Session::new(SESSION, "pod-a", AskPolicy::default());
        let mut story = Self { session, now: 1_795_000_000, last: vec![] };
        story.then(asked("per_1", body)).answer("per_1", answer).done(AgentOutcome::Applied);
        assert_eq!(story.ask(0).state, AskState::Applied);
        story
    }

    fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.now += 1;
        self.last = self.session.handle(input, Timestamp::from_second(self.now).unwrap());
        self
    }

    fn answer(&mut self, ask: &str, answer: Answer) -> &mut Self {
        let by = Person { id: "web:anna".to_owned(), name: "Anna".to_owned() };
        self.then(PersonInput::Answer(AnswerGiven {
            ask: ask.to_owned(),
            digest: None,
            by,
            proven: Proven::default(),
            answer,
        }))
    }

    fn done(&mut self, outcome: impl Into<Outcome>) -> &mut Self {
        let outcome = outcome.into();
        let request_id = self.session.record().outbox[0].request_id.clone();
        self.then(Input::Outcome { request_id, outcome })
    }

    fn opencode_restarts(&mut self) -> &mut Self {
        self.back(false)
    }

    fn back(&mut self, finished: bool) -> &mut Self {
        let turn = Some(Turn { user_message_id: "msg_user".to_owned(), finished });
        self.then(AgentInput::PodLost).then(AgentInput::PodBack(Reconnected { open: vec![], turn }))
    }

    fn gateway_restarts(&mut self) -> &mut Self {
        let now = Timestamp::from_second(self.now).unwrap();
        let record = self.session.record().clone();
        (self.session, self.last) = Session::restore(record, AskPolicy::default(), now);
        self
    }

    fn ask(&self, number: usize) -> &Ask {
        &self.session.record().asks[number]
    }

    fn orders(&self) -> Vec<&AgentOrder> {
        let mut all = vec![];
        for effect in &self.last {
            if let Effect::Order { order: Order::Agent(order), .. } = effect {
                all.push(order);
            }
        }
        all
    }

    fn resumes(&self) -> bool {
        matches!(self.orders()[..], [AgentOrder::Resume { .. }])
    }

    fn replies_to(&self, name: &str) -> bool {
        matches!(self.orders()[..], [AgentOrder::Reply { opencode_id, .. }] if opencode_id == name)
    }
}

#[test]
fn an_answer_that_opencode_took_and_did_not_act_on_is_applied_when_it_asks_again() {
    // REQ-ASK-04, REQ-ASK-08, I1
    let mut story = Story::taken(command("npm test"), Answer::Once);
    assert!(story.opencode_restarts().replies_to("per_1"), "it is read back: {:#?}", story.last);
    assert!(story.done(NOT_BEGUN).resumes(), "{:#?}", story.last);
    story.done(AgentOutcome::Done).then(asked("per_2", command("npm test")));
    assert!(story.replies_to("per_2"), "{:#?}", story.last);
    story.done(AgentOutcome::Applied);
    assert_eq!((story.session.record().asks.len(), &story.ask(0).state), (1, &AskState::Applied));
}

#[test]
fn what_was_cut_while_it_ran_is_asked_about_anew_and_the_card_says_so() {
    // REQ-ASK-08: a command that may have half run is never repeated without a person.
    let mut story = Story::taken(command("npm test"), Answer::Once);
    assert!(story.opencode_restarts().done(CUT_WHILE_RUNNING).resumes(), "{:#?}", story.last);
    assert_eq!((&story.ask(0).state, story.ask(0).may_have_run), (&AskState::Applied, true));
    story.done(AgentOutcome::Done).then(asked("per_2", command("npm test")));
    assert!(story.orders().is_empty(), "the used answer answers nothing: {:#?}", story.last);
    assert_eq!((&story.ask(1).state, story.ask(1).may_have_run), (&AskState::Open, true));
    story.then(asked("per_3", command("npm run build")));
    assert!(!story.ask(2).may_have_run, "that is something else");
}

#[test]
fn what_a_sub_agent_ran_to_its_end_is_not_asked_for_again_without_a_word() {
    // CHAOS F2: the sub-agent dies after its command, the parent's call is made again, and so is the command.
    let mut story = Story::taken(command("npm test"), Answer::Once);
    assert!(story.opencode_restarts().done(RAN_TO_ITS_END).resumes(), "{:#?}", story.last);
    story.done(AgentOutcome::Done).then(by_a_sub_agent("per_2", command("npm test")));
    assert!(story.orders().is_empty(), "the used answer answers nothing: {:#?}", story.last);
    let anew = story.ask(1);
    assert_eq!((&anew.state, anew.may_have_run), (&AskState::Open, false));
    let before = anew.ran_before.clone().expect("the card says that it ran");
    assert_eq!((before.by.as_str(), before.at), ("Anna", story.ask(0).decision.as_ref().unwrap().at));
    story.then(by_a_sub_agent("per_3", command("npm run build")));
    assert_eq!(story.ask(2).ran_before, None, "that is something else");
}

#[test]
fn the_card_says_so_after_a_restart_of_both_and_when_it_was_allowed_in_opencode() {
    // CHAOS F2
    let mut story = Story::taken(command("npm test"), Answer::Once);
    story.gateway_restarts().opencode_restarts().done(RAN_TO_ITS_END).done(AgentOutcome::Done);
    story.gateway_restarts().then(by_a_sub_agent("per_2", command("npm test")));
    assert!(story.ask(1).ran_before.is_some());

    let session = Session::new(SESSION, "pod-a", AskPolicy::default());
    let mut story = Story { session, now: 1_795_000_000, last: vec![] };
    for (name, answer) in [("per_1", "reject"), ("per_2", "once")] {
        story.then(by_a_sub_agent(name, command("npm test")));
        assert_eq!(story.ask(0).ran_before, None, "it was refused");
        let answer = answer.to_owned();
        story.then(AgentInput::Resolved { opencode_id: name.to_owned(), answer, by_gateway: false });
    }
    story.then(by_a_sub_agent("per_3", command("npm test")));
    assert_eq!(story.ask(2).ran_before.as_ref().unwrap().by, "someone in OpenCode");
}

#[test]
fn the_same_command_in_the_next_turn_is_an_ordinary_card() {
    // CHAOS F2
    let mut story = Story::taken(command("npm test"), Answer::Once);
    story.then(AgentInput::TurnEnded).then(asked("per_2", command("npm test")));
    assert_eq!(story.ask(1).ran_before, None);
}

#[test]
fn a_turn_whose_tool_ran_to_its_end_goes_on_after_opencodes_death() {
    // REQ-STATE-03
    for outcome in [RAN_TO_ITS_END, CUT_WHILE_RUNNING] {
        let mut story = Story::taken(command("npm test"), Answer::Deny { reason: None });
        story.gateway_restarts();
        assert!(story.opencode_restarts().done(outcome).resumes(), "{:#?}", story.last);
    }
}

#[test]
fn a_question_whose_answer_was_lost_is_completed_before_the_turn_goes_on() {
    // REQ-ASK-08
    let mut story = Story::taken(question(), Answer::Answers { answers: vec![vec!["This".to_owned()]] });
    story.opencode_restarts().done(NOT_BEGUN);
    assert!(matches!(story.orders()[..], [AgentOrder::Complete { .. }]), "{:#?}", story.last);
    assert!(story.done(AgentOutcome::Done).resumes(), "{:#?}", story.last);
    assert_eq!(story.ask(0).state, AskState::Applied);
}

#[test]
fn a_question_that_was_completed_is_not_read_back() {
    // REQ-ASK-08, I1: found by the simulator, seed 12654: an old word about the same id undid what was done since.
    let mut story = Story::taken(question(), Answer::Answers { answers: vec![vec!["This".to_owned()]] });
    story.opencode_restarts().done(NOT_BEGUN).done(AgentOutcome::Done);
    let turn = Some(Turn { user_message_id: "msg_user".to_owned(), finished: false });
    story.then(AgentInput::PodBack(Reconnected { open: vec![], turn }));
    assert!(story.resumes(), "{:#?}", story.last);
    // Its turn is still gone on with, should OpenCode die once more.
    assert!(story.done(AgentOutcome::Done).opencode_restarts().resumes(), "{:#?}", story.last);
}

#[test]
fn what_stood_before_the_pod_went_is_not_gone_on_with() {
    // REQ-STATE-03, I6: found by the simulator, seed 238: somebody wrote since, and that turn was left lying.
    let mut story = Story::taken(command("npm test"), Answer::Once);
    story.then(asked("per_2", command("npm run build"))).opencode_restarts().done(NOT_BEGUN);
    story.done(AgentOutcome::Done).then(AgentInput::PodLost).answer("per_2", Answer::Once).gateway_restarts();
    assert_eq!(story.session.record().turn, None);
    let turn = Some(Turn { user_message_id: "msg_newer".to_owned(), finished: false });
    story.then(AgentInput::PodBack(Reconnected { open: vec![], turn }));
    let newer = |order: &AgentOrder| matches!(order, AgentOrder::Resume { user_message_id, .. } if user_message_id == "msg_newer");
    assert!(matches!(story.orders()[..], [one] if newer(one)), "{:#?}", story.last);
}

#[test]
fn a_turn_that_is_being_taken_up_is_not_taken_up_twice() {
    // I7: found by the simulator: while nobody knows what became of the first time.
    let session = Session::new(SESSION, "pod-a", AskPolicy::default());
    let mut story = Story { session, now: 1_795_000_000, last: vec![] };
    let cut =
        || Input::Agent(AgentInput::Interrupted { user_message_id: "msg_user".to_owned(), running: None });
    assert!(
        story.then(AgentInput::TurnBegan).then(AgentInput::PodLost).then(cut()).resumes(),
        "{:#?}",
        story.last
    );
    assert!(story.then(cut()).orders().is_empty(), "{:#?}", story.last);
}

#[test]
fn a_turn_that_was_answered_in_opencode_goes_on_after_its_death() {
    // REQ-ASK-08, REQ-STATE-03
    let session = Session::new(SESSION, "pod-a", AskPolicy::default());
    let mut story = Story { session, now: 1_795_000_000, last: vec![] };
    let (opencode_id, answer) = ("per_1".to_owned(), "once".to_owned());
    story.then(asked("per_1", command("npm test")));
    story.then(AgentInput::Resolved { opencode_id, answer, by_gateway: false });
    assert!(story.opencode_restarts().resumes(), "{:#?}", story.last);
}

#[test]
fn a_turn_that_ended_is_not_taken_up() {
    let answered = || Story::taken(command("npm test"), Answer::Once);
    let mut ended = answered();
    ended.then(AgentInput::TurnEnded).opencode_restarts();
    assert!(ended.orders().is_empty(), "{:#?}", ended.last);
    let mut unseen = answered();
    assert!(unseen.back(true).orders().is_empty(), "its end was not told: {:#?}", unseen.last);
}

#[test]
fn a_turn_goes_on_only_when_no_answer_of_it_is_in_doubt() {
    // I1: otherwise the ask that is asked again would be a second card.
    let mut story = Story::taken(command("npm test"), Answer::Once);
    story.then(asked("per_2", command("npm run build"))).opencode_restarts();
    assert!(story.replies_to("per_1"), "first the answer that was taken: {:#?}", story.last);
    assert!(story.done(NOT_BEGUN).resumes(), "{:#?}", story.last);
}

#[test]
fn an_answer_given_while_the_resume_is_in_doubt_reaches_an_opencode_that_has_asked_again() {
    // REQ-ASK-04, I1
    let session = Session::new(SESSION, "pod-a", AskPolicy::default());
    let mut story = Story { session, now: 1_795_000_000, last: vec![] };
    story.then(asked("per_1", command("npm test")));
    assert!(story.opencode_restarts().resumes(), "{:#?}", story.last);
    // The gateway is killed before it hears what became of the resume, and answered before the link is back.
    story.then(asked("per_2", command("npm test"))).gateway_restarts().answer("per_1", Answer::Once);
    let turn = Some(Turn { user_message_id: "msg_user".to_owned(), finished: false });
    story.then(AgentInput::PodBack(Reconnected { open: vec!["per_2".to_owned()], turn }));
    let reply = |order: &&AgentOrder| matches!(order, AgentOrder::Reply { opencode_id, .. } if opencode_id == "per_2");
    assert_eq!(story.orders().into_iter().filter(reply).count(), 1, "{:#?}", story.last);
}

#[test]
fn a_question_of_a_turn_that_works_again_is_answered_when_it_is_asked_again() {
    // REQ-ASK-08, I1: and not behind the agent's back as well.
    let mut story = Story::taken(question(), Answer::Answers { answers: vec![vec!["This".to_owned()]] });
    story.opencode_restarts().done(NOT_BEGUN);
    assert!(matches!(story.orders()[..], [AgentOrder::Complete { .. }]), "{:#?}", story.last);
    story.done(AgentOutcome::NotPending { ran: false, interrupted: false });
    assert!(story.orders().is_empty(), "{:#?}", story.last);
    assert!(story.then(asked("que_2", question())).replies_to("que_2"), "{:#?}", story.last);
}

#[test]
fn an_audit_entry_that_a_kill_left_out_is_given_again() {
    // REQ-ASK-10, REQ-STATE-03: the decision and its entry are one write.
    let session = Session::new(SESSION, "pod-a", AskPolicy::default());
    let mut story = Story { session, now: 1_795_000_000, last: vec![] };
    story.then(asked("per_1", command("npm test"))).answer("per_1", Answer::Once);
    let place = |wanted: fn(&Effect) -> bool| story.last.iter().position(wanted).unwrap();
    let persisted = place(|effect| matches!(effect, Effect::Persist));
    let audited = place(|effect| matches!(effect, Effect::Audit(_)));
    let told = place(|effect| matches!(effect, Effect::Tell(_)));
    assert!(persisted < audited && audited < told, "{:#?}", story.last);
    let entry = story.last[audited].clone();
    assert_eq!(story.gateway_restarts().last.first(), Some(&entry));
    story.then(ClockInput::Tick).gateway_restarts();
    assert!(!story.last.contains(&entry), "it was given, and then forgotten");
}

#[test]
fn a_turn_that_ended_before_its_look_came_back_is_over() {
    // REQ-ASK-08, I6: found by the simulator, seed 27572: the look was older, and the ask waited for ever.
    let session = Session::new(SESSION, "pod-a", AskPolicy::default());
    let mut story = Story { session, now: 1_795_000_000, last: vec![] };
    story
        .then(asked("per_1", command("npm test")))
        .then(AgentInput::PodLost)
        .then(AgentInput::Listed(vec![]));
    let turn = Some(Turn { user_message_id: "msg_user".to_owned(), finished: false });
    story.then(AgentInput::TurnEnded).then(AgentInput::PodBack(Reconnected { open: vec![], turn }));
    assert_eq!(story.ask(0).state, AskState::Superseded);
    assert!(story.orders().is_empty(), "{:#?}", story.last);
}

#[test]
fn a_question_that_is_being_completed_is_not_given_up_when_another_turn_ends() {
    // REQ-ASK-08, I1: found by the simulator, seed 37097.
    let outcomes = [
        (Outcome::Agent(AgentOutcome::Done), AskState::Applied),
        (Outcome::Agent(AgentOutcome::NotPending { ran: false, interrupted: false }), AskState::Superseded),
    ];
    for (outcome, became) in outcomes {
        let mut story = Story::taken(question(), Answer::Answers { answers: vec![vec!["This".to_owned()]] });
        story.opencode_restarts().done(NOT_BEGUN).then(AgentInput::TurnBegan).then(AgentInput::TurnEnded);
        assert_eq!(story.ask(0).state, AskState::Decided);
        assert_eq!(story.done(outcome).ask(0).state, became);
    }
}

#[test]
fn an_answered_ask_that_is_there_after_all_is_not_asked_a_second_time() {
    // I1: found by the simulator, seed 25777: an old abort came again, and a second answer was taken.
    let session = Session::new(SESSION, "pod-a", AskPolicy::default());
    let mut story = Story { session, now: 1_795_000_000, last: vec![] };
    let Input::Agent(AgentInput::Asked(ask)) = asked("per_1", command("npm test")) else { unreachable!() };
    story
        .then(AgentInput::Asked(ask.clone()))
        .then(AgentInput::PodLost)
        .answer("per_1", Answer::Deny { reason: None });
    story.then(AgentInput::Listed(vec![ask.clone()])).then(AgentInput::Aborted).then(AgentInput::Asked(ask));
    assert!(story.replies_to("per_1"), "{:#?}", story.last);
    assert_eq!(story.ask(0).state, AskState::Decided);
}
