//! What counts of a record that somebody edited by hand: it may withdraw, and never grants.

use gateway_domain::{Answer, AskState, Decided, SessionRecord, edited_by_hand, void_unlogged};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const AT: &str = "2026-03-09T10:00:00Z";

fn ask(id: &str, more: &Value) -> Value {
    let mut ask = json!({
        "id": id, "opencode_id": id, "session": "ses_12345678", "directory": "/work", "kind": "permission",
        "permission": "bash", "patterns": ["git push"], "always": ["git *"], "metadata": {"command": "git push"},
        "digest": "d", "asked_at": AT, "state": "suspended",
        "rules": {"may_answer": ["web:anna", "web:ben"], "risk": "it pushes", "on_silence": "deny"},
    });
    ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask
}

fn approval(who: &str) -> Value {
    json!({"answer": "once", "by": {"id": format!("web:{who}"), "name": who}, "at": AT})
}

fn reply(ask: &str, answer: &Value) -> Value {
    json!({
        "request_id": format!("req_{ask}"), "ask": ask, "in_doubt": false,
        "command": {"command": "reply", "session": "ses_12345678", "directory": "/work", "opencode_id": ask, "tool": null, "answer": answer},
    })
}

/// One ask of each standing, an order that allows, one that denies and one that stops.
fn kept() -> Value {
    json!({
        "schema": 1, "session": "ses_12345678", "pod": "pod-a", "counter": 7, "grants_over": 3,
        "asks": [
            ask("per_open", &json!({})),
            ask("per_half", &json!({"first_approval": approval("anna")})),
            ask("per_allowed", &json!({"state": "decided", "decision": approval("anna")})),
            ask("per_denied", &json!({"state": "decided", "decision": {"answer": "deny", "reason": "no", "by": {"id": "web:ben", "name": "ben"}, "at": AT}})),
            ask("per_late", &json!({"state": "allowed_late", "decision": approval("ben")})),
        ],
        "outbox": [
            reply("per_allowed", &json!({"answer": "once"})),
            reply("per_denied", &json!({"answer": "deny", "reason": "no"})),
            {"request_id": "req_stop", "command": {"command": "abort", "session": "ses_12345678"}},
        ],
        "about": {"sort": "work", "title": "Login", "directory": "/work", "project": "shop", "owner": {"id": "web:anna", "name": "anna"}},
        "queue": [{"message_id": "msg_1", "by": {"id": "web:anna", "name": "anna"}, "at": AT, "text": "and then"}],
        "notes": [{"key": "n_1", "order": "0001", "at": AT, "tone": "good", "text": "Back again"}],
    })
}

fn read(value: Value) -> SessionRecord {
    serde_json::from_value(value).unwrap()
}

/// The record that is gone on with, and what was refused, after one change at that place.
fn edit(place: &str, to: Value) -> (SessionRecord, Vec<String>) {
    let mut edited = kept();
    let (parent, name) = place.rsplit_once('/').unwrap();
    match edited.pointer_mut(parent).unwrap() {
        Value::Object(fields) => _ = fields.insert(name.to_owned(), to),
        list => list.as_array_mut().unwrap().push(to),
    }
    let outcome = edited_by_hand(&read(kept()), &read(edited));
    (outcome.record, outcome.refused)
}

fn state<'a>(record: &'a SessionRecord, id: &str) -> &'a AskState {
    &record.asks.iter().find(|ask| ask.id == id).unwrap().state
}

#[test]
fn an_edit_that_grants_is_refused_and_said() {
    // REQ-PROOF-03, H6
    let owner = json!({"id": "web:mallory", "name": "mallory"});
    let forged = json!({"request_id": "req_per_open", "ask": "per_open", "command": {"command": "reply", "session": "ses_12345678", "directory": "/work", "opencode_id": "per_open", "tool": null, "answer": {"answer": "once"}}});
    let told = json!({"message_id": "msg_1", "by": owner, "at": AT, "text": "push it"});
    let refused: [(&str, Value, &str); 20] = [
        ("/asks/0/decision", approval("mallory"), "The ask per_open keeps its `decision`."),
        ("/asks/0/first_approval", approval("mallory"), "The ask per_open keeps its `first_approval`."),
        ("/asks/0/deadline", json!("2027-01-01T00:00:00Z"), "The ask per_open keeps its `deadline`."),
        ("/asks/0/digest", json!("e"), "The ask per_open keeps its `digest`."),
        ("/asks/0/metadata", json!({"command": "ls"}), "The ask per_open keeps its `metadata`."),
        ("/asks/0/rules", json!({"on_silence": "deny"}), "The ask per_open keeps its `rules`."),
        ("/asks/3/decision", approval("ben"), "The ask per_denied keeps its `decision`."),
        ("/asks/3/state", json!("suspended"), "The ask per_denied keeps its `state`."),
        ("/asks/-", ask("per_new", &json!({})), "The ask per_new is new: only an agent asks."),
        ("/outbox/-", forged, "The order req_per_open is new: orders come of what people decide."),
        (
            "/outbox",
            json!([reply("per_denied", &json!({"answer": "once"}))]),
            "The order req_per_denied was changed",
        ),
        ("/queue", json!([told]), "The message msg_1 is not as it was written."),
        ("/pod", json!("pod-b"), "The session keeps its `pod`."),
        ("/grants_over", json!(0), "The session keeps its `grants_over`."),
        ("/counter", json!(0), "The session keeps its `counter`."),
        ("/configuration", json!({"project": "shop"}), "The session keeps its `configuration`."),
        ("/about/owner", owner, "The session keeps its `owner`."),
        ("/about/project", json!("other"), "The session keeps its `project`."),
        ("/about/directory", json!("/"), "The session keeps its `directory`."),
        (
            "/about/workspace",
            json!({"name": "other", "repositories": []}),
            "The session keeps its `workspace`.",
        ),
    ];
    for (place, to, says) in refused {
        let (record, refused) = edit(place, to);
        assert!(refused.iter().any(|sentence| sentence.starts_with(says)), "{place}: {refused:?}");
        if place != "/outbox" {
            assert_eq!(record, read(kept()), "{place}");
        }
        assert!(grants(&record).is_subset(&grants(&read(kept()))), "{place}");
    }
}

#[test]
fn the_forged_approval_of_the_review_is_refused() {
    // REQ-PROOF-03, H6
    let mut edited = kept();
    edited["asks"][0]["state"] = json!("decided");
    edited["asks"][0]["decision"] = approval("anna");
    let outcome = edited_by_hand(&read(kept()), &read(edited));
    assert_eq!(outcome.record, read(kept()));
    assert_eq!(outcome.refused, ["The ask per_open keeps its `decision`, `state`."]);
}

/// Changes an edited record in several places.
fn edits(change: impl FnOnce(&mut Value)) -> (SessionRecord, Vec<String>) {
    let mut edited = kept();
    change(&mut edited);
    let outcome = edited_by_hand(&read(kept()), &read(edited));
    (outcome.record, outcome.refused)
}

#[test]
fn a_withdrawn_ask_is_withdrawn_with_all_that_was_to_be_done_for_it() {
    // REQ-PROOF-03, REQ-STATE-05
    for (id, index) in [("per_open", 0), ("per_half", 1), ("per_allowed", 2), ("per_late", 4)] {
        let (record, refused) = edits(|edited| {
            edited["asks"][index]["state"] = json!("withdrawn");
            edited["asks"][index]["why"] = json!("by hand");
        });
        assert_eq!(refused, [""; 0], "{id}");
        let ask = record.asks.iter().find(|ask| ask.id == id).unwrap();
        assert_eq!(ask.state, AskState::Withdrawn { why: "by hand".into() });
        assert_eq!((&ask.decision, &ask.first_approval), (&None, &None));
        assert!(!record.outbox.iter().any(|sent| sent.ask == id), "{id}");
    }
}

#[test]
fn what_else_takes_away_is_taken() {
    // REQ-PROOF-03, REQ-STATE-05
    let (record, refused) = edits(|edited| _ = edited["asks"].as_array_mut().unwrap().remove(2));
    assert_eq!((record.asks.len(), refused), (4, vec![]), "an ask removed");
    assert!(!record.outbox.iter().any(|sent| sent.ask == "per_allowed"));

    let (record, refused) =
        edits(|edited| _ = edited["asks"][1].as_object_mut().unwrap().remove("first_approval"));
    assert_eq!((&record.asks[1].first_approval, refused), (&None, vec![]), "the first approval taken back");

    for word in ["suspended", "open"] {
        let (record, refused) = edits(|edited| {
            edited["asks"][2]["state"] = json!(word);
            edited["asks"][2].as_object_mut().unwrap().remove("decision");
        });
        assert_eq!((state(&record, "per_allowed"), refused), (&AskState::Suspended, vec![]), "taken back");
        assert!(!record.outbox.iter().any(|sent| sent.ask == "per_allowed"));
    }

    let (record, refused) = edits(|edited| {
        edited["outbox"] = json!([]);
        edited["queue"] = json!([]);
        edited["grants_over"] = json!(7);
        edited["about"]["holds_writes"] = json!(true);
        edited["asks"][0]["rules"]["may_answer"] = json!(["web:ben"]);
        edited["paused"] = json!({"by": "ops", "at": AT, "cut": false});
    });
    let left: Vec<_> = record.outbox.iter().map(|sent| sent.request_id.as_str()).collect();
    assert_eq!(left, ["req_per_denied", "req_stop"], "what denies and what stops is not taken away");
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(record.queue.is_empty() && record.about.holds_writes && record.paused.is_some());
    assert_eq!(
        (record.grants_over, record.asks[0].rules.may_answer.clone()),
        (7, Some(vec!["web:ben".into()]))
    );
}

#[test]
fn texts_for_people_are_taken() {
    // REQ-PROOF-03, REQ-STATE-05
    let (record, refused) = edits(|edited| {
        edited["about"]["title"] = json!("Sign in");
        edited["about"]["priority"] = json!("high");
        edited["notes"][0]["text"] = json!("Looked after by hand");
    });
    assert_eq!(refused, [""; 0]);
    assert_eq!(
        (record.about.title.as_str(), record.notes[0].text.as_str()),
        ("Sign in", "Looked after by hand")
    );
}

/// All that a record lets happen, and how.
fn grants(record: &SessionRecord) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for ask in &record.asks {
        let given = [("decided", &ask.decision), ("first", &ask.first_approval)];
        let given = given.into_iter().filter_map(|(how, decision)| Some((how, decision.as_ref()?)));
        let allows = given.filter(|(_, decision)| !matches!(decision.answer, Answer::Deny { .. }));
        all.extend(
            allows.map(|(how, decision)| {
                format!("{how} {} {} {decision:?} {:?}", ask.id, ask.digest, ask.body)
            }),
        );
        let waits = ask.decision.is_some() && matches!(ask.state, AskState::Decided | AskState::AllowedLate);
        all.extend(waits.then(|| format!("waits {} {:?}", ask.id, ask.decision)));
    }
    all.extend(record.outbox.iter().map(|sent| format!("{sent:?}")));
    all.extend(record.queue.iter().map(|queued| format!("{queued:?}")));
    all
}

/// What keeps things from happening, and where they would.
fn check_nothing_is_softer(kept: &SessionRecord, result: &SessionRecord) {
    for ask in &result.asks {
        let before = kept.asks.iter().find(|known| known.id == ask.id).expect("no ask is new");
        assert_eq!(
            (&ask.body, &ask.digest, &ask.grantable),
            (&before.body, &before.digest, &before.grantable)
        );
        assert!(ask.deadline == before.deadline || ask.deadline.is_none());
        let (rules, old) = (&ask.rules, &before.rules);
        assert!(old.risk.is_none() || rules.risk == old.risk);
        assert!(rules.backup.is_none() || rules.backup == old.backup);
        assert_eq!((&rules.dangers, rules.reminders), (&old.dangers, old.reminders));
        if let Some(people) = &old.may_answer {
            assert!(rules.may_answer.as_ref().unwrap().iter().all(|person| people.contains(person)));
        }
        let denied =
            matches!(before.decision.as_ref().map(|decision| &decision.answer), Some(Answer::Deny { .. }));
        assert!(
            !denied || ask.decision == before.decision || matches!(ask.state, AskState::Withdrawn { .. })
        );
    }
    let stops = |record: &SessionRecord| record.outbox.iter().any(|sent| sent.request_id == "req_stop");
    assert_eq!(stops(kept), stops(result));
    let (about, old) = (&result.about, &kept.about);
    assert_eq!(
        (&about.owner, &about.project, &about.directory, &about.workspace),
        (&old.owner, &old.project, &old.directory, &old.workspace)
    );
    assert_eq!(
        (about.sort, &about.thread, &about.chosen, &about.model),
        (old.sort, &old.thread, &old.chosen, &old.model)
    );
    assert!(about.holds_writes >= old.holds_writes && result.grants_over >= kept.grants_over);
    assert_eq!(
        (&result.pod, result.counter, &result.configuration),
        (&kept.pod, kept.counter, &kept.configuration)
    );
    assert_eq!(
        (&result.unaudited, &result.ended, &result.moving),
        (&kept.unaudited, &kept.ended, &kept.moving)
    );
}

/// Every place in a value, as a JSON pointer.
fn places(value: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, inner)| places(inner, &format!("{here}/{name}"), all));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| places(inner, &format!("{here}/{n}"), all));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn whatever_is_edited_grants_nothing_that_was_not_granted_before(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..6),
    ) {
        // REQ-PROOF-03: values of the record itself, put wherever somebody likes
        let (mut edited, mut all) = (kept(), vec![]);
        places(&kept(), "", &mut all);
        for (to, from, remove) in changes {
            let (to, from) = (&all[to.index(all.len())], &all[from.index(all.len())]);
            let Some((parent, name)) = to.rsplit_once('/') else { continue };
            let value = kept().pointer(from).unwrap().clone();
            match edited.pointer_mut(parent) {
                Some(Value::Object(fields)) if remove => _ = fields.remove(name),
                Some(Value::Object(fields)) => _ = fields.insert(name.to_owned(), value),
                Some(Value::Array(items)) if remove => _ = items.pop(),
                Some(Value::Array(items)) => items.push(value),
                _ => {}
            }
        }
        if let Ok(edited) = serde_json::from_value::<SessionRecord>(edited) {
            let kept = read(kept());
            let outcome = edited_by_hand(&kept, &edited);
            prop_assert!(grants(&outcome.record).is_subset(&grants(&kept)));
            check_nothing_is_softer(&kept, &outcome.record);
        }
    }
}

#[test]
fn a_decision_without_its_entry_is_void_with_all_that_comes_of_it() {
    // REQ-PROOF-03
    let record = read(kept());
    let all = |_: Decided<'_>| true;
    assert_eq!(void_unlogged(&record, &all), None);
    let but_one = |decided: Decided<'_>| decided.ask != "per_allowed";
    let (without, said) = void_unlogged(&record, &but_one).unwrap();
    assert_eq!(
        said,
        ["The decision about per_allowed has no entry in the audit log; it counts for nothing."]
    );
    assert_eq!(*state(&without, "per_allowed"), AskState::Suspended);
    let left: Vec<_> = without.outbox.iter().map(|sent| sent.request_id.as_str()).collect();
    assert_eq!(left, ["req_per_denied", "req_stop"]);
    // An entry that the record still owes the log is an entry.
    let mut owing = kept();
    owing["unaudited"] = json!([{"at": AT, "who": "web:anna", "what": "answered", "session": "ses_12345678", "ask": "per_allowed", "digest": "d", "answer": "once"}]);
    assert_eq!(void_unlogged(&read(owing), &but_one), None);
    let (without, _) = void_unlogged(&record, &|decided: Decided<'_>| decided.ask != "per_half").unwrap();
    assert_eq!(without.asks[1].first_approval, None);
    let (without, _) = void_unlogged(&record, &|decided: Decided<'_>| decided.ask != "per_late").unwrap();
    assert_eq!((state(&without, "per_late"), &without.asks[4].decision), (&AskState::TimedOut, &None));
}
