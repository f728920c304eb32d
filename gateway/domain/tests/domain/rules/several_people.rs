//! More than two people allow what a rule says takes them.

use super::*;
use gateway_domain::AskState;

fn takes(people: u8) -> AskPolicy {
    let approval = Approval { people, proof: Proof::Account, ..approval("developers") };
    let risky = RiskyRule { approval, requester: true, ..risky("developers") };
    policy(vec![Rule { risky: Some(risky), ..rule("shop", repository("web"), "developers") }])
}

fn missing(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::NeedsSecond { more, .. } => *more,
        other => panic!("{other:?}"),
    }
}

#[test]
fn three_people_are_three_and_each_has_an_entry() {
    // REQ-RULES-02, REQ-PROOF-01
    let mut story = Story::of(takes(3), "/work/shop", None);
    story.asks("per_1", "git push origin main");
    let mut kinds = vec![];
    assert_eq!(missing(story.allows(&account("anna"), "per_1")), 2);
    for one in ["slack:T1:U1", "proxy:anna"] {
        assert_eq!(missing(story.allows(one, "per_1")), 2, "other accounts of hers are her: {one}");
    }
    assert_eq!(missing(story.allows(&account("ben"), "per_1")), 1);
    kinds.extend(story.last.iter().filter_map(|effect| match effect {
        Effect::Audit(entry) => Some(entry.what.clone()),
        _ => None,
    }));
    assert_eq!(missing(story.allows(&account("ben"), "per_1")), 1, "twice is once");
    let ask = &story.session.record().asks[0];
    assert_eq!(ask.approvals().count(), 2);
    let standing = serde_json::to_string(&ask.display().standing.sentence).unwrap();
    assert!(standing.contains("; by") && standing.contains("One more approval is needed"), "{standing}");
    assert_eq!(ask.state, AskState::Open);
    assert_eq!(story.allows(&account("dora"), "per_1"), &Verdict::Taken);
    assert_eq!(kinds, ["approved next"]);
    let ask = &story.session.record().asks[0];
    let outcome = serde_json::to_string(&ask.display().outcome.unwrap().sentence).unwrap();
    assert_eq!((ask.approvals().count(), ask.decision.is_some()), (2, true));
    assert!(outcome.contains("First approved by") && outcome.contains("; by"), "{outcome}");
}

#[test]
fn one_denial_is_enough_whoever_allowed_it_before() {
    // REQ-RULES-02
    let mut story = Story::of(takes(3), "/work/shop", None);
    story.asks("per_1", "git push origin main");
    story.allows(&account("anna"), "per_1");
    story.allows(&account("ben"), "per_1");
    let denied = story.answers(&account("dora"), "per_1", Answer::Deny { reason: None }, Proven::default());
    assert_eq!(denied, &Verdict::Taken);
}

#[test]
fn whose_time_is_over_is_asked_again_and_the_others_stay() {
    // REQ-RULES-02
    let mut policy = takes(3);
    policy.permission_timeout = SignedDuration::from_hours(2);
    let mut story = Story::of(policy.clone(), "/work/shop", None);
    story.asks("per_1", "git push origin main");
    story.allows(&account("anna"), "per_1");
    story.later(SignedDuration::from_mins(10));
    story.allows(&account("ben"), "per_1");
    story.later(SignedDuration::from_mins(6));
    let left: Vec<_> = story.session.record().asks[0].approvals().map(|one| one.by.id.clone()).collect();
    assert_eq!(left, [account("ben")]);
    assert_eq!(missing(story.allows(&account("anna"), "per_1")), 1);
    story.restarts_with(policy);
    assert_eq!(story.session.record().asks[0].approvals().count(), 2, "a restart forgets none");
    assert!(story.allows(&account("dora"), "per_1").is_taken());
}

#[test]
fn what_changes_between_counts_for_those_who_allowed_it_before_too() {
    // REQ-RULES-02, REQ-RULES-03: an approval that was proven less than the rules ask for by now counted all the same.
    let mut story = Story::of(takes(2), "/work/shop", None);
    story.asks("per_1", "git push origin main");
    assert_eq!(missing(story.allows(&account("anna"), "per_1")), 1);
    let mut stricter = takes(2);
    let rules = stricter.rules.as_ref().unwrap();
    let mut book = RuleBook { rules: rules.rules.clone(), places: places() };
    book.rules[0].risky.as_mut().unwrap().approval.proof = Proof::Fresh;
    stricter.rules = Some(Arc::new(book));
    story.session.set_policy(stricter);
    let fresh = story.answers(&account("ben"), "per_1", Answer::Once, Proven::by(Proof::Fresh)).clone();
    assert_eq!(missing(&fresh), 1, "anna has to sign in again");
    // Two accounts that turn out to be one person's are one.
    let mut story = Story::of(takes(3), "/work/shop", None);
    story.asks("per_1", "git push origin main");
    story.allows(&account("anna"), "per_1");
    story.allows(&account("ben"), "per_1");
    let mut joined = takes(3);
    let mut people = people();
    people.humans.remove("ben");
    people.humans.get_mut("anna").unwrap().push(account("ben"));
    joined.people = Arc::new(people);
    story.session.set_policy(joined);
    assert_eq!(missing(story.allows(&account("dora"), "per_1")), 1);
}

#[test]
fn a_hand_takes_approvals_away_and_gives_none() {
    // REQ-PROOF-03
    let mut story = Story::of(takes(3), "/work/shop", None);
    story.asks("per_1", "git push origin main");
    story.allows(&account("anna"), "per_1");
    let kept = story.session.record().clone();
    story.allows(&account("ben"), "per_1");
    let edited = story.session.record().clone();
    let merged = gateway_domain::edited_by_hand(&kept, &edited).record;
    assert_eq!(merged.asks[0].approvals().count(), 1, "given by hand");
    let merged = gateway_domain::edited_by_hand(&edited, &kept).record;
    assert_eq!(merged.asks[0].approvals().count(), 1, "taken away by hand");
}
