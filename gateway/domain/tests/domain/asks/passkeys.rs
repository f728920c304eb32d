//! A request that needs a passkey: what its signature must be of, and where it is kept.

use super::*;
use gateway_domain::{Proof, Risk, SignedAnswer};

#[test]
fn what_is_risky_can_need_a_passkey_and_a_denial_never_does() {
    // REQ-WHO-03
    let risk = |pattern: &str, proof| Risk { pattern: pattern.into(), why: "It leaves.".into(), proof };
    let risks = vec![risk("git *", Proof::Claimed), risk("git push*", Proof::Passkey)];
    let mut story = Story::with(AskPolicy { risks, ..AskPolicy::default() });
    story.then(asks("per_1", "git push")).then(asks("per_2", "git status"));
    story.then(by_anna("per_1", Answer::Once));
    assert_eq!(
        story.verdict(),
        &Verdict::NeedsProof { wanted: Proof::Passkey },
        "of all that fit the strictest"
    );
    story.then(by_anna("per_2", Answer::Once));
    assert!(matches!(story.verdict(), Verdict::NeedsSecond { .. }), "{:?}", story.verdict());
    story.then(by_anna("per_1", Answer::Deny { reason: None }));
    assert_eq!(story.verdict(), &Verdict::Taken);
}

#[test]
fn what_a_passkey_signed_stays_with_the_decision_and_in_the_log() {
    // REQ-WHO-03
    let risk = Risk { pattern: "git push*".into(), why: "It leaves.".into(), proof: Proof::Passkey };
    let mut story = Story::with(AskPolicy { risks: vec![risk], ..AskPolicy::default() });
    story.then(asks("per_1", "git push"));
    let given = |name: &str, proven| {
        let (ask, answer) = ("per_1".to_owned(), Answer::Once);
        let by = Person { id: format!("web:{name}"), name: name.into() };
        PersonInput::Answer(AnswerGiven { ask, digest: None, by, proven, answer })
    };
    story.then(given("anna", Proven::by(Proof::Passkey)));
    let wanted = Verdict::NeedsProof { wanted: Proof::Passkey };
    assert_eq!(story.verdict(), &wanted, "a passkey without what it signed proves nothing later");
    let signed = SignedAnswer { statement: "{}".into(), ..SignedAnswer::default() };
    for (name, what) in [("anna", "approved first"), ("ben", "answered")] {
        story.then(given(name, Proven::default().signed(signed.clone())));
        let kept = |effect: &Effect| matches!(effect, Effect::Audit(entry) if entry.what == what && entry.told.signed.as_deref() == Some(&signed));
        assert!(story.last.iter().any(kept), "{what}: {:?}", story.last);
    }
    let ask = &story.session.record().asks[0];
    for decision in [&ask.first_approval, &ask.decision] {
        let decision = decision.as_ref().unwrap();
        assert_eq!((decision.proof, decision.signed.as_deref()), (Proof::Passkey, Some(&signed)));
    }
}
