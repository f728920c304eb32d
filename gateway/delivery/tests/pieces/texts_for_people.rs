//! The sentences of 5.12, as people read them.

use crate::made::{after, decision, full};
use crate::straight_way::Straight;
use gateway_delivery::sentences::*;
use gateway_delivery::*;

fn opened() -> DeliveryRecord {
    let mut way = Straight::done(full(), false);
    way.until_judged("9f31", decision(Tier::Low));
    way.until_open("9f31", "a1b2c3d4e5");
    way.delivery.record().clone()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn each_says_what_happened_and_what_can_be_done() {
    let record = opened();
    let right = Refusal::RightMissing { right: "Pull requests: write".to_owned() };
    let all = [
        (nothing_changed(), "The agent changed nothing, so there is nothing to deliver."),
        (
            unjudged("delivery.rego:41 expected `}`"),
            "Not delivered: the rules gave no answer (delivery.rego:41 expected `}`).",
        ),
        (moved(&names(&["Ben"]), 1), "Ben pushed a commit to the branch. I won't push over that."),
        (
            closed(&record, Some("Ben")),
            "Ben closed #482. This delivery has ended; the work is in the workspace shop-12.",
        ),
        (
            rights_lost(&record, &right, after(0)),
            "The forge refused: this needs “Pull requests: write”. I continue when it is granted.",
        ),
        (
            rights_lost(&record, &Refusal::Revoked, after(0)),
            "Access was withdrawn at 11:06 UTC. Paused; nothing is lost.",
        ),
        (
            refused(&Order::BackToDraft { number: 1 }, &Refusal::Unsigned),
            "The repository wants signed commits, and the gateway can't sign them yet.",
        ),
        (no_ci("a1b2c3d4e5", &[]), "No CI ran for a1b2c3d in 5 minutes."),
        (
            ci_weaker(&[
                Weakness::CheckGone { name: "e2e".to_owned() },
                Weakness::JudgeChanged { path: "jest.config.js".to_owned() },
            ]),
            "CI is green, but “e2e” no longer runs and jest.config.js changed. I don't call that green.",
        ),
        (
            still_red(&record, &names(&["test (node 22)"])),
            "Still red, no automatic fix is allowed here: “test (node 22)”.",
        ),
        (conflict("main"), "main has moved on, and conflicts with this."),
        (requester_approved(&record), "Anna Berg asked for this, so their approval doesn't count."),
        (
            forge_silent(&record, after(0)),
            "The forge hasn't answered since 11:06 UTC; the pull request is there.",
        ),
    ];
    for (told, says) in all {
        assert_eq!(told.says, says);
        assert!(!told.details.is_empty(), "what can a person do about it? {says}");
    }
    assert_eq!(
        ci_inherited(&names(&["lint"]), "main").says,
        "“lint” fails on main as well. Not ours; nothing was changed for it."
    );
}

#[test]
fn a_found_secret_is_named_by_its_place() {
    let found =
        FoundSecret { rule: "aws-key".to_owned(), path: "a.env".to_owned(), line: 3, commit: Some(2) };
    assert_eq!(
        secret_found(&found, 3),
        "What looks like a secret: aws-key at a.env:3, in commit 2 of 3; the sealed commit wouldn't have it. Replace it if it was real."
    );
}

#[test]
fn lengths_of_time_read_well() {
    let minutes = |minutes| duration(jiff::SignedDuration::from_mins(minutes));
    assert_eq!([0, 9, 60, 134, 72 * 60].map(minutes), ["0 s", "9 min", "1 h", "2 h 14 min", "3 days"]);
}
