//! What Slack sends, also on bad days.

use super::*;
use crate::slack::inbound::event::{Message, PressedAt};
use proptest::prelude::*;
use serde_json::json;

fn press(change: impl FnOnce(&mut Value)) -> SlackEvent {
    let mut payload = json!({
        "type": "block_actions", "team": {"id": "T1", "domain": "d"},
        "user": {"id": "U1", "username": "anna", "team_id": "T1"}, "trigger_id": "1.2.a",
        "response_url": "https://hooks.example/1",
        "container": {"type": "message", "message_ts": "5.1", "channel_id": "C1", "thread_ts": "5.0"},
        "message": {"ts": "5.1"},
        "actions": [{"type": "button", "action_id": "gw1.answer", "value": "per_1", "action_ts": "9.9"}],
    });
    change(&mut payload);
    parse(Delivery::Interactive, &payload)
}

#[test]
fn a_click_is_read_also_with_nested_metadata_and_without_a_team() {
    // REQ-SLACK-02
    let plain = press(|_| {});
    assert_eq!(plain.who, SlackUser { team: "T1".into(), user: "U1".into(), home: Some("T1".into()) });
    let EventBody::Pressed { action_id, value, at, view } = &plain.what else { panic!("{plain:?}") };
    assert_eq!((action_id.as_str(), value.as_str(), view), ("gw1.answer", "per_1", &None));
    let spot = PressedAt { channel: "C1".into(), message: "5.1".into(), thread: Some("5.0".into()) };
    assert_eq!(at.as_ref(), Some(&spot));
    let odd = press(|payload| {
        payload["team"] = Value::Null;
        payload["message"]["metadata"] =
            json!({ "event_type": "x", "event_payload": { "n": 1, "deep": { "a": [] } } });
        payload["actions"][0]["newer"] = json!({ "field": [1, 2] });
    });
    assert_eq!((odd.who, odd.what, odd.key), (plain.who, plain.what, plain.key));
}

#[test]
fn what_a_form_holds_is_found_by_the_name_of_the_field() {
    let values = json!({
        "b1": { "title": { "type": "plain_text_input", "value": " Fix it " } },
        "b2.7": { "project": { "type": "static_select", "selected_option": { "value": "shop" } } },
        "b3": { "areas": { "type": "checkboxes", "selected_options": [{ "value": "a" }, { "value": "b" }] } },
        "b4": { "note": { "type": "plain_text_input", "value": null } },
    });
    let payload = json!({ "type": "view_submission", "team": null, "user": { "id": "U1", "team_id": "T1" },
        "view": { "id": "V1", "callback_id": "start", "private_metadata": "{}", "state": { "values": values } } });
    let event = parse(Delivery::Interactive, &payload);
    let EventBody::Submitted { view } = event.what else { panic!("{event:?}") };
    assert_eq!(view.text("title").as_deref(), Some("Fix it"));
    assert_eq!(view.text("project").as_deref(), Some("shop"));
    assert_eq!((view.text("note"), view.text("none")), (None, None));
    assert_eq!(view.chosen("areas"), ["a", "b"]);
    assert_eq!((event.key.starts_with("submitted:"), event.who.team.as_str()), (true, "T1"));
}

fn event(event: Value) -> SlackEvent {
    parse(
        Delivery::Event,
        &json!({ "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event }),
    )
}

#[test]
fn messages_of_people_are_told_and_those_of_robots_and_edits_are_not_for_the_agent() {
    // REQ-START-08
    let said = json!({ "type": "message", "user": "U1", "text": "hi", "ts": "2.0", "thread_ts": "1.0", "channel": "C1" });
    let EventBody::Message { message } = event(said.clone()).what else { panic!() };
    let expected = Message {
        channel: "C1".into(),
        ts: "2.0".into(),
        thread: Some("1.0".into()),
        text: "hi".into(),
        ..Message::default()
    };
    assert_eq!((message.thread(), &message), ("1.0", &expected));
    let mut robot = said.clone();
    robot["bot_id"] = json!("B1");
    assert!(matches!(event(robot).what, EventBody::Ignored { .. }));
    let edit = |before: &str| {
        event(json!({ "type": "message", "subtype": "message_changed", "channel": "C1",
            "message": { "user": "U1", "text": "new", "ts": "2.0" }, "previous_message": { "text": before } }))
    };
    assert!(matches!(edit("old").what, EventBody::Edited { .. }));
    assert!(matches!(edit("new").what, EventBody::Ignored { .. }));
    assert_eq!(edit("old").who.user, "U1");
    let deleted = json!({ "type": "message", "subtype": "message_deleted", "channel": "C1" });
    assert!(matches!(event(deleted).what, EventBody::Ignored { .. }));
}

#[test]
fn the_apps_own_messages_are_missed_and_peoples_are_not() {
    // CHAOS F10 i
    let deleted = |before: Value| {
        event(json!({ "type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "2.0",
            "previous_message": before }))
    };
    let ours = deleted(json!({ "user": "U0", "bot_id": "B1", "ts": "2.0" })).what;
    assert_eq!(ours, EventBody::Deleted { channel: "C1".into(), ts: "2.0".into() });
    assert!(matches!(deleted(json!({ "user": "U1", "ts": "2.0" })).what, EventBody::Ignored { .. }));
}

#[test]
fn a_persons_token_that_is_revoked_is_not_the_apps() {
    // CHAOS F10 j
    let revoked = |tokens: Value| event(json!({ "type": "tokens_revoked", "tokens": tokens })).what;
    assert!(matches!(revoked(json!({ "oauth": ["U1"], "bot": [] })), EventBody::Ignored { .. }));
    assert!(matches!(revoked(json!({ "oauth": [], "bot": ["U0"] })), EventBody::Revoked { .. }));
    assert!(matches!(revoked(Value::Null), EventBody::Revoked { .. }), "whatever else it says");
}

#[test]
fn files_come_with_their_message() {
    // REQ-START-08
    let shared = json!({ "type": "message", "subtype": "file_share", "user": "U1", "text": "", "ts": "2.0", "channel": "D1",
        "files": [{ "name": "a.png", "mimetype": "image/png", "size": 7, "url_private": "https://files/a" }, { "id": "F2" }] });
    let EventBody::Message { message } = event(shared).what else { panic!() };
    assert!(message.direct);
    assert_eq!((message.files[0].name.as_str(), message.files[0].size), ("a.png", 7));
    assert_eq!(message.files[1].name, "a file");
}

#[test]
fn what_is_unknown_is_told_as_such() {
    let unknown = |event: SlackEvent| matches!(event.what, EventBody::Unknown { .. });
    assert!(unknown(event(json!({ "type": "brand_new" }))));
    assert!(unknown(parse(Delivery::Interactive, &json!({ "type": "hologram" }))));
    assert!(unknown(parse(Delivery::Event, &json!([1, 2]))));
    assert_eq!(Delivery::named("telepathy"), None);
}

#[test]
fn what_a_thief_could_use_is_not_kept() {
    // REQ-THREAD-06
    let kept = serde_json::to_string(&press(|_| {})).unwrap();
    assert!(!kept.contains("hooks.example") && !kept.contains("1.2.a"), "{kept}");
    let read: SlackEvent = serde_json::from_str(&kept).unwrap();
    assert_eq!(read.what, press(|_| {}).what);
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z_]{0,12}".prop_map(Value::from)
    ];
    let names = prop_oneof![
        Just("type".to_owned()),
        Just("event".to_owned()),
        Just("user".to_owned()),
        Just("actions".to_owned()),
        Just("view".to_owned()),
        Just("files".to_owned()),
        "[a-z]{1,5}"
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        ]
    })
}

proptest! {
    #[test]
    fn nothing_makes_it_fail(payload in anything(), kind in "block_actions|view_submission|message|event_callback|x") {
        let mut payload = payload;
        if let Some(map) = payload.as_object_mut() {
            map.insert("type".to_owned(), kind.into());
        }
        for delivery in [Delivery::Command, Delivery::Interactive, Delivery::Event] {
            let event = parse(delivery, &payload);
            let kept = serde_json::to_value(&event).unwrap();
            prop_assert!(serde_json::from_value::<SlackEvent>(kept).is_ok());
        }
    }
}
