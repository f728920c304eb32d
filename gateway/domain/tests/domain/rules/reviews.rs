//! What overrode the rules is looked at afterwards, by somebody else, and until then it is open.

use super::*;
use gateway_domain::{AuditEntry, BreakGlass};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Dora overrode the rules in the shop, where a look is wanted within a day and a channel is told.
fn overridden() -> Story {
    let mut story = Story::of(reviewing(), "/work/shop", None);
    story.asks("per_1", "make");
    let proven =
        Proven { break_glass: true, reason: Some("The shop is down.".into()), ..Proven::by(Proof::Account) };
    assert_eq!(story.answers(&account("dora"), "per_1", Answer::Once, proven), &Verdict::Taken);
    story
}

fn reviewing() -> AskPolicy {
    let glass = BreakGlass {
        by: "owners".into(),
        proof: Proof::Account,
        tell: Some("C0123456789".into()),
        review_within: Some(DAY),
    };
    policy(vec![Rule { break_glass: Some(glass), ..rule("shop", repository("web"), "release") }])
}

fn reviews(story: &mut Story, account: &str, proof: Proof, words: &str) -> Verdict {
    let by = Person { id: account.into(), name: account.into() };
    let (proven, words) = (Proven::by(proof), Some(words.to_owned()));
    story.then(PersonInput::Reviewed { ask: "per_1".into(), by, proven, words }).verdict().clone()
}

fn audited(story: &Story) -> Vec<&AuditEntry> {
    story
        .last
        .iter()
        .filter_map(|effect| if let Effect::Audit(entry) = effect { Some(entry) } else { None })
        .collect()
}

fn notes(story: &Story) -> Vec<&str> {
    story.session.record().notes.iter().map(|note| note.text.as_str()).collect()
}

#[test]
fn somebody_else_looks_at_an_override_and_that_is_on_record() {
    // REQ-RULES-05, REQ-PROOF-01
    let mut story = overridden();
    let ask = &story.session.record().asks[0];
    let open = ask.open_review().unwrap();
    assert_eq!((open.reason.as_str(), open.due.duration_since(open.at)), ("The shop is down.", DAY));
    assert!(open.who.contains("owners or release"), "{}", open.who);
    let told = ask.override_told().unwrap();
    assert_eq!((told.channels, told.reason.as_str()), (vec!["C0123456789".to_owned()], "The shop is down."));
    for (who, proof) in [
        (account("dora"), Proof::Account),
        (account("carl"), Proof::Account),
        ("web:anna".into(), Proof::Claimed),
        (account("anna"), Proof::Claimed),
    ] {
        assert!(is_refused(&reviews(&mut story, &who, proof, "Fine.")), "{who} {proof:?}");
        assert_eq!(audited(&story)[0].what, "refused");
        assert!(story.session.record().asks[0].open_review().is_some());
    }
    assert_eq!(reviews(&mut story, &account("anna"), Proof::Account, "It was right."), Verdict::Done);
    let entries = audited(&story);
    assert_eq!((entries[0].what.as_str(), entries[0].told.human.as_str()), ("reviewed", "anna"));
    assert_eq!((entries[0].told.reason.as_str(), entries[0].ask.as_str()), ("It was right.", "per_1"));
    assert!(notes(&story).last().unwrap().contains("It was right."));
    assert!(story.session.record().asks[0].open_review().is_none());
    assert!(matches!(reviews(&mut story, &account("ben"), Proof::Account, "Me too."), Verdict::Idle { .. }));
}

#[test]
fn one_account_of_the_person_who_overrode_is_as_good_as_the_other() {
    // REQ-RULES-02: two accounts of one human
    let mut story = Story::of(reviewing(), "/work/shop", None);
    story.asks("per_1", "make");
    let mut people = people();
    people.groups.get_mut("owners").unwrap().people = vec!["anna".into()];
    story.session.set_policy(AskPolicy { people: Arc::new(people), ..reviewing() });
    story.asks("per_2", "make test");
    let proven = Proven { break_glass: true, reason: Some("Now.".into()), ..Proven::by(Proof::Account) };
    assert_eq!(story.answers("slack:T1:U1", "per_2", Answer::Once, proven), &Verdict::Taken);
    let by = Person { id: account("anna"), name: "Anna".into() };
    let input =
        PersonInput::Reviewed { ask: "per_2".into(), by, proven: Proven::by(Proof::Account), words: None };
    assert!(is_refused(story.then(input).verdict()));
}

#[test]
fn a_look_that_nobody_had_in_time_is_told_once_also_over_a_restart() {
    // REQ-RULES-05
    let mut story = overridden();
    story.later(SignedDuration::from_hours(23));
    assert!(!notes(&story).iter().any(|note| note.contains("in time")));
    story.restarts_with(reviewing());
    assert!(story.last.iter().any(|effect| matches!(effect, Effect::Arm(_))), "it is woken up for it");
    story.later(SignedDuration::from_hours(2));
    let late = |story: &Story| notes(story).iter().filter(|note| note.contains("reviewed in time")).count();
    assert_eq!(late(&story), 1);
    story.later(DAY).restarts_with(reviewing());
    assert_eq!(late(&story), 1, "once");
    assert!(story.session.record().asks[0].open_review().is_some(), "it stays open");
    assert_eq!(reviews(&mut story, &account("anna"), Proof::Account, ""), Verdict::Done);
}

#[test]
fn however_much_is_asked_afterwards_an_open_look_is_not_forgotten() {
    // REQ-RULES-05
    let mut story = overridden();
    let applied =
        AgentInput::Resolved { opencode_id: "per_1".into(), answer: "once".into(), by_gateway: true };
    story.then(applied);
    for n in 0..400 {
        let name = format!("per_x{n}");
        story.asks(&name, &format!("echo {n}"));
        story.answers(&account("anna"), &name, Answer::Deny { reason: None }, Proven::by(Proof::Account));
        story.then(AgentInput::Resolved { opencode_id: name, answer: "reject".into(), by_gateway: true });
    }
    assert!(story.session.record().asks.len() < 400, "others were");
    assert!(story.session.record().asks[0].open_review().is_some());
}

#[test]
fn who_lost_the_group_meanwhile_neither_overrides_nor_reviews() {
    // REQ-RULES-05
    let mut story = overridden();
    let mut people = people();
    people.groups.get_mut("release").unwrap().people = vec!["ben".into()];
    people.groups.get_mut("owners").unwrap().people = vec!["ben".into()];
    story.session.set_policy(AskPolicy { people: Arc::new(people.clone()), ..reviewing() });
    assert!(is_refused(&reviews(&mut story, &account("anna"), Proof::Account, "Fine.")));
    let demand = story.session.record().asks[0].rules.demand.clone().unwrap();
    let proven = Proven::by(Proof::Account);
    assert!(demand.lets_override(&super::people(), &account("dora"), &proven));
    assert!(!demand.lets_override(&people, &account("dora"), &proven), "not any more");
    assert!(!demand.lets_override(&people, &account("ben"), &proven), "not when it was asked");
}

#[test]
fn who_began_what_is_risky_does_not_review_the_override_of_it() {
    // REQ-RULES-05, REQ-RULES-02: whoever wrote the prompt could not allow it, and could say that the override of it was right.
    let mut policy = reviewing();
    let rules = policy.rules.as_ref().unwrap();
    let mut book = RuleBook { rules: rules.rules.clone(), places: places() };
    book.rules[0].risky = Some(risky("release"));
    policy.rules = Some(Arc::new(book));
    let mut story = Story::of(policy, "/work/shop", None);
    story.wrote(&account("anna")).asks("per_1", "git push origin main");
    let proven =
        Proven { break_glass: true, reason: Some("The shop is down.".into()), ..Proven::by(Proof::Account) };
    assert_eq!(story.answers(&account("dora"), "per_1", Answer::Once, proven), &Verdict::Taken);
    for one in [account("anna"), "slack:T1:U1".to_owned()] {
        let verdict = reviews(&mut story, &one, Proof::Account, "It was right.");
        assert!(is_refused(&verdict), "{verdict:?}");
    }
    assert_eq!(reviews(&mut story, &account("ben"), Proof::Account, "It was right."), Verdict::Done);
}
