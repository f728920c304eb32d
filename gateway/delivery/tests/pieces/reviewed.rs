//! Whose approval counts (D7).

use crate::made::{after, review};
use gateway_delivery::ReviewVerdict::{Approved, ChangesRequested, Commented, Dismissed};
use gateway_delivery::*;

fn rules<'a>(not_counted: &'a [String], owners: &'a [String]) -> ReviewRules<'a> {
    ReviewRules { head: "h1", not_counted, owners, from: None, wanted: 1, owner_approves: false }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_requester_counts_for_nothing() {
    // REQ-DELIVER-11 (D7)
    let own = names(&["annab"]);
    for login in ["annab", "AnnaB", "ANNAB"] {
        let found = count_approvals(&[review(login, Approved, "h1", 1)], &rules(&own, &[]));
        assert!(!found.are_enough() && found.own == [login], "{found:?}");
    }
    let both = [review("annab", Approved, "h1", 1), review("carla", Approved, "h1", 2)];
    assert!(count_approvals(&both, &rules(&own, &[])).are_enough());
}

#[test]
fn bots_strangers_old_heads_and_withdrawn_approvals_do_not_count() {
    // REQ-DELIVER-11, 12
    let bot = ReviewSeen { bot: true, ..review("helper", Approved, "h1", 1) };
    let stranger = ReviewSeen { may_write: false, ..review("eve", Approved, "h1", 1) };
    let old = review("carla", Approved, "h0", 1);
    for review in [bot, stranger, old] {
        assert!(!count_approvals(std::slice::from_ref(&review), &rules(&[], &[])).are_enough(), "{review:?}");
    }
    let withdrawn = ReviewRules { from: Some(after(5)), ..rules(&[], &[]) };
    assert!(!count_approvals(&[review("carla", Approved, "h1", 5)], &withdrawn).are_enough());
    assert!(count_approvals(&[review("carla", Approved, "h1", 6)], &withdrawn).are_enough());
}

#[test]
fn what_a_person_said_last_counts() {
    let last = |verdicts: &[ReviewVerdict]| {
        let said: Vec<_> =
            verdicts.iter().zip(1..).map(|(verdict, at)| review("carla", *verdict, "h1", at)).collect();
        let turned: Vec<_> = said.iter().rev().cloned().collect();
        let (found, again) =
            (count_approvals(&said, &rules(&[], &[])), count_approvals(&turned, &rules(&[], &[])));
        assert_eq!(found, again, "whatever order they come in");
        found.are_enough()
    };
    assert!(last(&[ChangesRequested, Approved]));
    assert!(!last(&[Approved, ChangesRequested]));
    assert!(!last(&[Approved, Dismissed]));
    assert!(last(&[Approved, Commented]), "a comment takes nothing back");
}

#[test]
fn one_who_wants_changes_holds_all_the_others() {
    let said = [review("ben", Approved, "h1", 1), review("carla", ChangesRequested, "h0", 2)];
    let found = count_approvals(&said, &rules(&[], &[]));
    assert!(!found.are_enough() && found.changes_wanted_by == ["carla"]);
}

#[test]
fn tier_and_owners_want_what_they_want() {
    // REQ-DELIVER-07, 11
    assert_eq!([Tier::Low, Tier::Medium, Tier::High].map(|tier| approvals_of(tier, 0)), [0, 1, 2]);
    assert_eq!(approvals_of(Tier::Low, 3), 3, "rules may want more");
    let owners = names(&["Ben"]);
    let wants = ReviewRules { owner_approves: true, wanted: 2, ..rules(&[], &owners) };
    let two = [review("carla", Approved, "h1", 1), review("dora", Approved, "h1", 1)];
    assert!(count_approvals(&two, &wants).owner_missing);
    let with_owner = [review("carla", Approved, "h1", 1), review("ben", Approved, "h1", 1)];
    assert!(count_approvals(&with_owner, &wants).are_enough());
    let twice = [review("ben", Approved, "h1", 1), review("BEN", Approved, "h1", 2)];
    assert_eq!(count_approvals(&twice, &wants).missing, 1, "one person is one approval");
}
