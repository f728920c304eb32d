//! Labs that were ready once: they go down and come back, their certificate is late, someone else changes them (REQ-LAB-03, 05, 10).

use crate::labs::{Story, URL, plan};
use gateway_domain::{
    ClockInput, Effect, LabFault, LabOrder, LabOutcome, LabSight, LabState, LabWish, Verdict,
};
use jiff::SignedDuration;

#[test]
fn a_lab_that_is_down_for_a_while_is_told_when_it_goes_and_when_it_is_back() {
    // REQ-LAB-05
    let mut story = Story::begin();
    story.deployed().later(SignedDuration::from_mins(10));
    let since = story.now;
    let down = |why: &str| LabSight::Down { since, why: why.into(), moves: true };
    story.seen(down("node lost"));
    let clock = since.strftime("%H:%M").to_string();
    let expected =
        format!("The lab has been down since {clock} UTC (node lost); Kubernetes starts it elsewhere.");
    assert_eq!(story.notes()[1..], [expected]);
    let card = story.session.card().lab.unwrap();
    assert_eq!((card.word.as_str(), card.reason.as_deref()), ("Down", Some("node lost")));

    // Told again it is no news; another reason is for the card, and a restart forgets nothing.
    story.seen(down("node lost"));
    assert!(story.last.is_empty(), "{:?}", story.last);
    story.seen(down("its pod is gone"));
    assert_eq!(story.session.card().lab.unwrap().reason.as_deref(), Some("its pod is gone"));
    story.later(SignedDuration::from_mins(3)).seen(LabSight::Ready { url: URL.into() });
    assert_eq!(story.notes()[2..], [format!("The lab is back after 3 minutes: {URL}")]);
    assert_eq!(story.session.card().lab.unwrap().word, "Ready");
    let wrong = |effect: &Effect| matches!(effect, Effect::Deployed { .. });
    assert!(!story.last.iter().any(wrong), "no deploy: {:?}", story.last);
}

#[test]
fn what_somebody_else_changed_is_overwritten_when_a_person_says_so_and_only_then() {
    // REQ-LAB-05
    let mut story = Story::begin();
    story.wants(LabWish::TakeOver);
    assert!(matches!(&story.told()[..], [Verdict::Idle { .. }]), "there is no lab");
    story.deployed().later(SignedDuration::from_mins(1)).wants(LabWish::Deploy);
    story.outcome("_clean", LabOutcome::Gone).outcome("_read", LabOutcome::Read(Box::new(plan("d1"))));
    let attempt = story.attempt();
    let why = "Someone else (\"kubectl-edit\") changed `.spec.replicas`.".to_owned();
    story.outcome("_apply", LabOutcome::Refused { fault: LabFault::Conflict, why, details: None });
    assert!(story.session.card().lab.unwrap().can_take_over);
    story.killed();
    assert!(story.session.card().lab.unwrap().can_take_over);

    story.wants(LabWish::TakeOver);
    let orders = story.orders();
    assert!(
        matches!(&orders[..], [LabOrder::ApplyLab { attempt: same, forced: true, .. }] if *same == attempt),
        "{orders:?}"
    );
    let audited = |effect: &Effect| matches!(effect, Effect::Audit(entry) if entry.what == "took over lab");
    assert!(story.last.iter().any(audited));
    assert!(!story.session.card().lab.unwrap().can_take_over);
    // Twice is once.
    story.wants(LabWish::TakeOver);
    assert!(story.orders().is_empty() && matches!(&story.told()[..], [Verdict::Idle { .. }]));
    // A gateway that was killed meanwhile forces it all the same; one that ran it does not again.
    story.killed();
    assert!(matches!(&story.orders()[..], [LabOrder::ApplyLab { forced: true, .. }]), "{:?}", story.orders());
    story.outcome("_apply", LabOutcome::Applied).seen(LabSight::Ready { url: URL.into() }).killed();
    assert!(
        matches!(&story.orders()[..], [LabOrder::ApplyLab { forced: false, .. }]),
        "{:?}",
        story.orders()
    );
}

#[test]
fn a_certificate_that_is_late_is_told_once_and_told_when_it_is_there() {
    // REQ-LAB-03
    let mut story = Story::begin();
    story.deployed().seen(LabSight::Certificate { missing: None });
    assert_eq!(story.notes().len(), 1, "nobody missed it: {:?}", story.notes());
    let missing = || LabSight::Certificate { missing: Some("cert-manager: challenge pending".into()) };
    story.seen(missing()).seen(missing());
    let told = "The link works, its certificate is not there yet (cert-manager: challenge pending). Browsers warn until then.";
    assert_eq!(story.notes()[1..], [told]);
    story.killed().seen(LabSight::Ready { url: URL.into() }).seen(missing());
    assert_eq!(story.notes().iter().filter(|note| note.contains("certificate")).count(), 1);
    story.seen(LabSight::Certificate { missing: None });
    assert_eq!(story.notes().last().unwrap(), "The lab's certificate is there.");
}

#[test]
fn a_lab_that_comes_and_goes_all_day_fills_no_thread() {
    // REQ-LAB-05
    let mut story = Story::begin();
    story.deployed();
    for _ in 0..50 {
        let since = story.now;
        story.seen(LabSight::Down { since, why: "it runs, and / does not answer".into(), moves: false });
        story.later(SignedDuration::from_secs(20)).seen(LabSight::Ready { url: URL.into() });
    }
    let notes = story.notes();
    assert_eq!(notes.len(), 1 + 2 * 5, "{notes:?}");
    assert!(notes[9].ends_with("That happens often here, so the next times are not told."), "{notes:?}");
}

#[test]
fn what_is_down_can_be_deployed_again_fails_for_good_and_still_ends_in_time() {
    // REQ-LAB-05, REQ-LAB-10
    let down = |story: &mut Story| {
        let since = story.now;
        story.seen(LabSight::Down { since, why: "node lost".into(), moves: true });
    };
    let mut story = Story::begin();
    down(story.deployed());
    story.later(SignedDuration::from_mins(1)).wants(LabWish::Deploy);
    assert!(matches!(&story.orders()[..], [LabOrder::CleanLab { .. }, LabOrder::ReadLab { .. }]));

    let mut story = Story::begin();
    down(story.deployed());
    story.seen(LabSight::Ended { fault: LabFault::Image, why: "no image".into(), log: None });
    assert!(matches!(story.state(), LabState::Failed { .. }));

    let mut story = Story::begin();
    down(story.deployed());
    story.later(SignedDuration::from_hours(9)).then(ClockInput::Tick);
    assert!(matches!(&story.orders()[..], [LabOrder::CleanLab { .. }]), "{:?}", story.orders());
}
