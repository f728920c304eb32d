//! The record on the disk.

use crate::made::{after, check, decision, full, picture};
use crate::straight_way::Straight;
use gateway_delivery::*;
use std::collections::BTreeMap;

#[test]
fn a_record_is_read_as_it_was_written() {
    // REQ-DELIVER-01
    let mut way = Straight::done(full(), false);
    way.until_ci("t1", "c1");
    way.look(picture("c1", vec![check("unit", CheckState::Failed)], 120));
    let record = way.delivery.record();
    let yaml = serde_yaml::to_string(record).unwrap();
    assert_eq!(serde_yaml::from_str::<DeliveryRecord>(&yaml).unwrap(), *record, "{yaml}");
    let json = serde_json::to_string(record).unwrap();
    assert_eq!(serde_json::from_str::<DeliveryRecord>(&json).unwrap(), *record);
    assert_eq!(record.schema, RECORD_SCHEMA);
}

#[test]
fn an_order_is_read_by_its_name_and_nothing_else() {
    for odd in [
        r#"{"order":0}"#,
        r#"["ready",1,"h"]"#,
        r#"{"order":"merge_by_force","number":1}"#,
        r#"{"order":["ready"]}"#,
    ] {
        assert!(serde_json::from_str::<Order>(odd).is_err(), "{odd}");
    }
    let ready = r#"{"order":"ready","number":1,"head":"h"}"#;
    assert_eq!(
        serde_json::from_str::<Order>(ready).unwrap(),
        Order::Ready { number: 1, head: "h".to_owned() }
    );
}

#[test]
fn rules_are_asked_with_what_the_record_knows() {
    // REQ-DELIVER-05
    let mut way = Straight::done(full(), false);
    way.until_judged("t1", decision(Tier::Low));
    let facts = way.delivery.facts(Stage::Push, Some(crate::made::change("t1")), BTreeMap::new(), after(60));
    assert_eq!((facts.schema, facts.run.round, facts.run.kind.as_str()), (SCHEMA, 1, "small_bugfix"));
    assert_eq!(facts.checks["unit"], CheckFact::Passed);
    assert_eq!(facts.budget["tokens"], Spent { used: 0, max: 400_000 });
    assert_eq!(facts.previous, None);
}

#[test]
fn nothing_changed_is_said_and_ends_it() {
    let mut way = Straight::done(full(), false);
    let nothing = MeasuredChange { files: vec![], ..crate::made::change("t1") };
    let measured = Outcome::Measured { change: Box::new(nothing), since_last_push: vec![] };
    way.answers(|order| matches!(order, Order::Measure { .. }), measured);
    assert_eq!(way.stage(), DeliveryStage::Nothing);
    assert_eq!(way.delivery.record().because, "The agent changed nothing, so there is nothing to deliver.");
}

#[test]
fn each_write_outside_is_in_the_audit_log_with_what_came_of_it() {
    // REQ-DELIVER-02 (5.13)
    let mut way = Straight::done(full(), false);
    way.until_judged("9f31", decision(Tier::Low));
    let sealed = Outcome::Sealed { commit: "c1".to_owned(), tree: "9f31".to_owned() };
    way.answers(|order| matches!(order, Order::Seal { .. }), sealed);
    way.answers(|order| matches!(order, Order::Push { .. }), Outcome::Done);
    let entry = way.effects.iter().find_map(|effect| match effect {
        Effect::Audit(entry) if entry.what == "delivery wrote" => Some(entry.clone()),
        _ => None,
    });
    let entry = entry.unwrap();
    assert!(entry.told.subject.starts_with("pushed c1 (tree 9f31) to hubble/HB-20261128-aaah"), "{entry:?}");
    assert!(entry.ask.starts_with("HB-20261128-aaah") && entry.answer == "done");
    assert!(way.delivery.record().unaudited.contains(&entry), "given again after a kill");
}

#[test]
fn a_draft_that_was_refused_is_opened_later_though_the_agent_changes_nothing_more() {
    // REQ-DELIVER-01, found by the simulator
    let mut way = Straight::done(full(), false);
    way.until_judged("t1", decision(Tier::Low));
    let sealed = Outcome::Sealed { commit: "c1".to_owned(), tree: "t1".to_owned() };
    way.answers(|order| matches!(order, Order::Seal { .. }), sealed);
    way.answers(|order| matches!(order, Order::Push { .. }), Outcome::Done);
    let refused = Outcome::Refused(Refusal::Other { why: "500.".to_owned() });
    way.answers(|order| matches!(order, Order::OpenPull { .. }), refused);
    let ask = way.delivery.record().ask.clone().unwrap();
    assert_eq!(ask.says, "Opening the pull request didn't work: 500.");
    let by = Who { id: "web:ben".to_owned(), name: "Ben".to_owned() };
    way.handle(Input::Person(PersonInput::Answered {
        ask: ask.id,
        by,
        choice: Choice::SendBack,
        word: None,
    }));
    way.answers(|order| matches!(order, Order::Prompt { .. }), Outcome::Done);
    way.handle(Input::Agent(AgentInput::Done { says: AgentSays::default() }));
    let same = Outcome::Measured { change: Box::new(crate::made::change("t1")), since_last_push: vec![] };
    way.answers(|order| matches!(order, Order::Measure { .. }), same);
    assert!(way.given(|order| matches!(order, Order::OpenPull { .. })).is_some(), "{:?}", way.effects);
}
