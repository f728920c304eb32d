//! Random lives of a session: whatever happens in whatever order, the promises hold.

use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, AskBody, AskPolicy, Asked, ClockInput, Effect,
    Input, Order, Outcome, Person, PersonInput, Proven, Reconnected, Session, Turn, Verdict,
};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value};
use std::collections::HashMap;

#[derive(Clone, Debug)]
enum Step {
    Input(Box<Input>),
    /// The outcome of the oldest command under way.
    Outcome(Outcome),
    GatewayKilled,
    Later(i64),
}

fn boxed(input: Input) -> Step {
    Step::Input(Box::new(input))
}

fn asked() -> impl Strategy<Value = Asked> {
    (0u8..6, 0u8..3).prop_map(|(name, command)| Asked {
        opencode_id: format!("per_{name}"),
        session: "ses_12345678".into(),
        directory: "/work".into(),
        tool: None,
        body: AskBody::Permission {
            permission: "bash".into(),
            patterns: vec![],
            always: vec![],
            metadata: Map::from_iter([("command".to_owned(), Value::from(command))]),
        },
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![Just(Answer::Once), Just(Answer::Always), Just(Answer::Deny { reason: None })]
}

fn step() -> impl Strategy<Value = Step> {
    let given = (0u8..6, 0u8..2, answer()).prop_map(|(ask, who, answer)| {
        let by = Person { id: format!("web:{who}"), name: who.to_string() };
        Input::Person(PersonInput::Answer(AnswerGiven {
            ask: format!("per_{ask}"),
            digest: None,
            by,
            proven: Proven::default(),
            answer,
        }))
    });
    let turn =
        prop::option::of(any::<bool>().prop_map(|finished| Turn { user_message_id: "m".into(), finished }));
    let open = prop::collection::vec((0u8..6).prop_map(|name| format!("per_{name}")), 0..3);
    let back =
        (open, turn).prop_map(|(open, turn)| Input::Agent(AgentInput::PodBack(Reconnected { open, turn })));
    let resolved = (0u8..6, any::<bool>()).prop_map(|(name, by_gateway)| {
        Input::Agent(AgentInput::Resolved {
            opencode_id: format!("per_{name}"),
            answer: "once".into(),
            by_gateway,
        })
    });
    let outcome = prop_oneof![
        Just(Outcome::Agent(AgentOutcome::Applied)),
        Just(Outcome::Agent(AgentOutcome::Done)),
        Just(Outcome::Agent(AgentOutcome::Unknown)),
        Just(Outcome::Agent(AgentOutcome::Superseded)),
        (any::<bool>(), any::<bool>())
            .prop_map(|(ran, interrupted)| Outcome::Agent(AgentOutcome::NotPending { ran, interrupted })),
    ];
    prop_oneof![
        4 => asked().prop_map(|asked| Step::Input(Box::new(Input::Agent(AgentInput::Asked(asked))))),
        4 => given.prop_map(boxed),
        3 => outcome.prop_map(Step::Outcome),
        2 => back.prop_map(boxed),
        1 => resolved.prop_map(boxed),
        1 => prop_oneof![Just(Input::Agent(AgentInput::PodLost)), Just(Input::Agent(AgentInput::TurnEnded)), Just(Input::Agent(AgentInput::Aborted)), Just(Input::Clock(ClockInput::Tick))]
            .prop_map(boxed),
        1 => Just(Step::GatewayKilled),
        1 => (0i64..400).prop_map(Step::Later),
    ]
}

#[derive(Default)]
struct Witness {
    /// Which request ids replied to each name of OpenCode's.
    replies: HashMap<String, Vec<String>>,
    /// Asks whose answer a person was told was taken.
    confirmed: Vec<String>,
}

impl Witness {
    fn watch(&mut self, session: &Session, input: Option<&Input>, effects: &[Effect]) {
        let later = effects.iter().skip(1).any(|effect| *effect == Effect::Persist);
        assert!(!later, "I2: something comes before the record: {effects:?}");
        let mut persisted = false;
        for effect in effects {
            match effect {
                Effect::Persist => persisted = true,
                Effect::Tell(Verdict::Taken | Verdict::TakenForLater | Verdict::TakenLate) => {
                    assert!(persisted, "I2: told before it was durable");
                    let Some(Input::Person(PersonInput::Answer(given))) = input else {
                        panic!("told without an answer")
                    };
                    assert!(!self.confirmed.contains(&given.ask), "I1: two answers taken for {}", given.ask);
                    self.confirmed.push(given.ask.clone());
                    let ask = session.record().asks.iter().find(|ask| ask.id == given.ask).unwrap();
                    assert_eq!(ask.decision.as_ref().map(|decision| &decision.answer), Some(&given.answer));
                }
                Effect::Order { request_id, order: Order::Agent(AgentOrder::Reply { opencode_id, .. }) } => {
                    let ids = self.replies.entry(opencode_id.clone()).or_default();
                    if !ids.contains(request_id) {
                        ids.push(request_id.clone());
                    }
                }
                _ => {}
            }
        }
        for ask in &self.confirmed {
            let kept = session.record().asks.iter().find(|one| one.id == *ask);
            assert!(kept.is_none_or(|ask| ask.decision.is_some()), "a confirmed answer was lost");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn one_answer_durable_before_it_is_told(steps in prop::collection::vec(step(), 1..60)) {
        // I1, I2: also across kills of the gateway between any two steps.
        let mut session = Session::new("ses_12345678", "pod-a", AskPolicy::default());
        let (mut now, mut witness) = (1_795_000_000, Witness::default());
        for step in steps {
            let at = Timestamp::from_second(now).unwrap();
            let input = match step {
                Step::Input(input) => *input,
                Step::Outcome(outcome) => {
                    let Some(sent) = session.record().outbox.first() else { continue };
                    Input::Outcome { request_id: sent.request_id.clone(), outcome }
                }
                Step::GatewayKilled => {
                    let (restored, effects) = Session::restore(session.record().clone(), AskPolicy::default(), at);
                    session = restored;
                    witness.watch(&session, None, &effects);
                    continue;
                }
                Step::Later(seconds) => {
                    now += seconds;
                    continue;
                }
            };
            let effects = session.handle(input.clone(), at);
            witness.watch(&session, Some(&input), &effects);
        }
        for (name, ids) in witness.replies {
            prop_assert!(ids.len() <= 1, "I1: {} different replies to {}", ids.len(), name);
        }
    }
}
