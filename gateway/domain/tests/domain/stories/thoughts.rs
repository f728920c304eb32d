//! What a model thinks is shown as that, and is nothing else (B35).

use super::stories::{call, message, text, thought};
use super::{
    AgentInput, AskPolicy, Detail, ItemBody, MessageSeen, PartSeen, SESSION, Session, ThreadPolicy, Timestamp,
};
use gateway_domain::thread::ThreadItem;

fn session(detail: Detail) -> Session {
    let thread = ThreadPolicy { detail, ..ThreadPolicy::default() };
    Session::new(SESSION, "pod-a", AskPolicy { thread, ..AskPolicy::default() })
}

fn told(session: &mut Session, messages: &[MessageSeen]) -> Vec<ThreadItem> {
    for message in messages {
        session.handle(AgentInput::Seen(message.clone()), Timestamp::UNIX_EPOCH);
    }
    session.thread().items().into_iter().cloned().collect()
}

fn drawn(messages: &[MessageSeen]) -> Vec<ItemBody> {
    let items = told(&mut session(Detail::Full), messages);
    items.into_iter().map(|item| item.body).collect()
}

fn whole(text: &str) -> ItemBody {
    ItemBody::Thought { text: text.into(), complete: true, took_ms: Some(1_500) }
}

#[test]
fn that_it_thinks_is_shown_at_once_and_what_it_thought_at_the_end() {
    let thinks = ItemBody::Thought { text: String::new(), complete: false, took_ms: None };
    assert_eq!(drawn(&[message(1, vec![thought("a", "Perhaps the cac", false)])]), [thinks]);
    let over = [message(1, vec![thought("a", "Perhaps the cache.", true)])];
    assert_eq!(drawn(&over), [whole("Perhaps the cache.")]);
    assert_eq!(drawn(&[message(1, vec![thought("a", " ", true)])]), [], "some models tell nothing of it");
}

#[test]
fn a_secret_in_it_is_masked_and_its_length_is_bounded() {
    // I7, I8
    let secret = "The key is ghp_abcdefghijklmnopqrstuvwxyz0123 and it works.";
    let masked = [whole("The key is ••• and it works.")];
    assert_eq!(drawn(&[message(1, vec![thought("a", secret, true)])]), masked);
    let long = drawn(&[message(1, vec![thought("a", &"ü".repeat(50_000), true)])]);
    let ItemBody::Thought { text, .. } = &long[0] else { panic!("{long:?}") };
    assert!(text.len() < 33 * 1024 && text.ends_with("(33616 more characters not shown)"), "{}", text.len());
}

#[test]
fn it_parts_no_calls_that_stand_together() {
    // Slack has a message for each item: with thoughts and without they are the same.
    let thinking = [
        message(1, vec![thought("t1", "one", true), call("a", "read")]),
        message(2, vec![thought("t2", "two", true), call("b", "read")]),
        message(3, vec![thought("t3", "three", true)]),
        message(4, vec![call("c", "read"), thought("t4", "four", true), text("d", "Done.", true)]),
    ];
    let without = thinking.clone().map(|mut message| {
        message.parts.retain(|part| !matches!(part, PartSeen::Reasoning { .. }));
        message
    });
    let mut items = told(&mut session(Detail::Full), &thinking);
    let thoughts = items.iter().filter(|item| matches!(item.body, ItemBody::Thought { .. })).count();
    items.retain(|item| !matches!(item.body, ItemBody::Thought { .. }));
    assert_eq!(thoughts, 4);
    let (order, order_without): (Vec<_>, Vec<_>) = (
        items.iter().map(|item| (&item.key, &item.body)).collect(),
        told(&mut session(Detail::Full), &without)
            .iter()
            .map(|item| (item.key.clone(), item.body.clone()))
            .collect(),
    );
    let order: Vec<_> = order.into_iter().map(|(key, body)| (key.clone(), body.clone())).collect();
    assert_eq!(order, order_without);
    assert_eq!(order.len(), 2, "one item of three calls, and the words");
}

#[test]
fn it_is_told_only_where_everything_is() {
    let messages = [message(1, vec![thought("a", "Perhaps.", true)])];
    for detail in [Detail::Progress, Detail::Quiet] {
        assert_eq!(told(&mut session(detail), &messages), []);
    }
}

#[test]
fn it_ends_with_the_opencode_that_thought_it() {
    // F10 g
    let mut session = session(Detail::Full);
    session.handle(AgentInput::TurnBegan, Timestamp::UNIX_EPOCH);
    told(&mut session, &[message(1, vec![thought("a", "Perhaps", false)])]);
    let items = told(&mut session, &[message(2, vec![text("b", "Once more.", true)])]);
    assert!(matches!(items[0].body, ItemBody::Thought { complete: true, .. }), "{items:?}");
}
