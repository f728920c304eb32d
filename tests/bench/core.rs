//! The deciding core on one processor core: inputs taken in each second.
//!
//! The mix is that of a working session: of a hundred inputs four are an ask's life (asked, answered, carried out,
//! confirmed), the others find nothing to do. The reference makes and drops the same inputs without a session.

use crate::report::{Report, median};
use anyhow::Context;
use gateway_domain::{
    AgentInput, AgentOutcome, Answer, AnswerGiven, AskBody, AskPolicy, Asked, ClockInput, Effect, Input,
    Outcome, Person, PersonInput, Proven, Session,
};
use jiff::Timestamp;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 5;
const ASKS: usize = 4_000;
/// Inputs for each ask beside its own four.
const OTHERS: usize = 96;

pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let (mut ours, mut bare) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for n in 0..ASKS {
            black_box((asked(n), answer("ask"), done("req"), resolved(n)));
            (0..OTHERS).for_each(|other| drop(black_box(unrelated(other))));
        }
        bare.push(per_second(began));
        let began = Instant::now();
        let mut session = Session::new("ses_e0441ef4affecyhAco2zz4wCtY", "pod-a", AskPolicy::default());
        for n in 0..ASKS {
            life_of_an_ask(&mut session, n)?;
            for other in 0..OTHERS {
                black_box(session.handle(unrelated(other), at(n)));
            }
        }
        ours.push(per_second(began));
    }
    report.add("core_inputs_per_s", median(ours), "1/s", median(bare));
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a count of thousands")]
fn per_second(began: Instant) -> f64 {
    (ASKS * (OTHERS + 4)) as f64 / began.elapsed().as_secs_f64()
}

fn life_of_an_ask(session: &mut Session, n: usize) -> anyhow::Result<()> {
    let effects = session.handle(asked(n), at(n));
    let shown = effects.iter().find_map(|effect| match effect {
        Effect::Show(ask) => Some(ask.id.clone()),
        _ => None,
    });
    let effects = session.handle(answer(&shown.context("no card was shown")?), at(n));
    let request = effects.iter().find_map(|effect| match effect {
        Effect::Order { request_id, .. } => Some(request_id.clone()),
        _ => None,
    });
    session.handle(done(&request.context("no command was sent")?), at(n));
    session.handle(resolved(n), at(n));
    Ok(())
}

fn at(n: usize) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + i64::try_from(n).unwrap_or(0)).unwrap_or_default()
}

fn asked(n: usize) -> Input {
    let command = format!("cargo test --workspace --test it_{n}");
    let metadata = [("command".to_owned(), command.clone().into())].into_iter().collect();
    let (permission, patterns, always) = ("bash".to_owned(), vec![command], vec!["cargo test *".to_owned()]);
    Input::Agent(AgentInput::Asked(Asked {
        opencode_id: format!("per_{n:020}"),
        session: "ses_e0441ef4affecyhAco2zz4wCtY".to_owned(),
        directory: "/workspace/.builders/shop".to_owned(),
        tool: None,
        body: AskBody::Permission { permission, patterns, always, metadata },
    }))
}

fn answer(ask: &str) -> Input {
    let by = Person { id: "web:anna".to_owned(), name: "Anna".to_owned() };
    Input::Person(PersonInput::Answer(AnswerGiven {
        ask: ask.to_owned(),
        digest: None,
        by,
        proven: Proven::default(),
        answer: Answer::Once,
    }))
}

fn done(request: &str) -> Input {
    Input::Outcome { request_id: request.to_owned(), outcome: Outcome::Agent(AgentOutcome::Applied) }
}

fn resolved(n: usize) -> Input {
    Input::Agent(AgentInput::Resolved {
        opencode_id: format!("per_{n:020}"),
        answer: "once".to_owned(),
        by_gateway: true,
    })
}

fn unrelated(n: usize) -> Input {
    match n % 3 {
        0 => Input::Clock(ClockInput::Tick),
        1 => Input::Agent(AgentInput::TurnEnded),
        _ => Input::Agent(AgentInput::Resolved {
            opencode_id: "per_other".to_owned(),
            answer: "once".to_owned(),
            by_gateway: false,
        }),
    }
}
