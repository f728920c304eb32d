//! Where too much runs already: what people write waits, says why, and goes out when there is room.

use gateway_domain::thread::ItemBody;
use gateway_domain::{
    About, AgentInput, AgentOrder, AskPolicy, Effect, Input, LimitReached, Limits, Order, Person,
    PersonInput, Proven, Runner, Said, Session, SessionRecord, Steer, Verdict,
};
use jiff::Timestamp;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn anna() -> Person {
    Person { id: "web:anna".into(), name: "anna".into() }
}

fn said(session: &mut Session, id: &str) -> Vec<Effect> {
    let (by, text) = (anna(), "Go on.".to_owned());
    let message_id = format!("msg_{id}");
    session.handle(
        Input::Person(PersonInput::Said(Said {
            message_id,
            by,
            proven: Proven::default(),
            text,
            files: vec![],
            agent: None,
            model: None,
        })),
        NOW,
    )
}

fn limit() -> LimitReached {
    let running = [Runner::of("ses_00000001", &About { title: "Other".into(), ..About::default() })];
    let limits = Limits { gateway: 1, ..Limits::default() };
    limits.check(&running, &Runner::of("ses_12345678", &About::default())).unwrap_err()
}

/// An idle session at the limit.
fn kept_back() -> Session {
    let mut session = Session::new("ses_12345678", "pod-a", AskPolicy::default());
    session.set_room(Some(limit()));
    session
}

fn is_sent(effects: &[Effect]) -> bool {
    let prompt = |effect: &Effect| {
        matches!(effect, Effect::Order { order: Order::Agent(AgentOrder::Prompt { .. }), .. })
    };
    effects.iter().any(prompt)
}

fn notes(session: &Session) -> Vec<String> {
    let text = |body: &ItemBody| match body {
        ItemBody::Note { text, .. } => Some(text.clone()),
        _ => None,
    };
    session.thread().items().into_iter().filter_map(|item| text(&item.body)).collect()
}

#[test]
fn at_the_limit_a_message_waits_says_why_once_and_goes_out_when_there_is_room() {
    // REQ-START-09, B30
    let mut session = kept_back();
    let effects = said(&mut session, "one");
    assert!(!is_sent(&effects), "{effects:?}");
    let queued = |behind| Effect::Tell(Verdict::Queued { behind, at_limit: Some(limit()) });
    assert!(effects.contains(&queued(0)), "{effects:?}");
    assert!(said(&mut session, "two").contains(&queued(1)));
    let told = notes(&session);
    assert_eq!(told.len(), 1, "{told:?}");
    for part in ["“Other”", "1 running session", "as soon as one of them finishes"] {
        assert!(told[0].contains(part), "{part} in {}", told[0]);
    }
    assert!(session.waits_for_room() && !session.card().is_running(), "what waits for room has none");
    session.set_room(None);
    assert!(is_sent(&session.handle(Input::RoomMade, NOW)));
    assert!(session.card().is_running());
}

#[test]
fn what_waits_for_room_survives_the_gateway_and_is_not_explained_twice() {
    // REQ-START-09, REQ-STATE-03
    let mut session = kept_back();
    said(&mut session, "one");
    let text = serde_json::to_string(session.record()).unwrap();
    let record: SessionRecord = serde_json::from_str(&text).unwrap();
    let (mut session, _) = Session::restore(record, AskPolicy::default(), NOW);
    session.set_room(Some(limit()));
    let back = Input::Agent(AgentInput::PodBack(gateway_domain::Reconnected::default()));
    assert!(session.needs_room_for(&back));
    assert!(!is_sent(&session.handle(back, NOW)));
    assert_eq!(notes(&session).len(), 1);
    session.set_room(None);
    assert!(is_sent(&session.handle(Input::RoomMade, NOW)));
}

#[test]
fn what_is_closed_meanwhile_is_not_woken_up() {
    // REQ-START-09
    let mut session = kept_back();
    said(&mut session, "one");
    session.handle(Input::Person(PersonInput::Steered { by: anna(), to: Steer::Close }), NOW);
    assert!(!session.waits_for_room(), "others get the room");
    session.set_room(None);
    assert!(!is_sent(&session.handle(Input::RoomMade, NOW)));
}

#[test]
fn at_the_limit_a_failed_turn_is_not_tried_again() {
    // REQ-START-09
    let mut session = kept_back();
    session.handle(Input::Agent(AgentInput::Failed { message: "no credit".into() }), NOW);
    let retry = Input::Person(PersonInput::Steered { by: anna(), to: Steer::Retry });
    assert!(session.needs_room_for(&retry));
    assert!(session.handle(retry, NOW).contains(&Effect::Tell(Verdict::AtLimit(limit()))));
}
