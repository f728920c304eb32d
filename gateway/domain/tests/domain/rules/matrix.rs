//! Who counts as whom: each pair of accounts, capitals, look-alikes, and what a provider says.

use super::*;

#[test]
fn two_accounts_of_one_person_are_one_person_on_every_surface() {
    // REQ-RULES-02 (H3)
    let anna = [account("anna"), "slack:T1:U1".to_owned(), "proxy:anna".to_owned()];
    for first in &anna {
        for second in &anna {
            let mut story = Story::in_the_shop();
            story.asks("per_1", "git push origin main");
            assert!(is_first(story.allows(first, "per_1")), "{first}");
            assert!(is_first(story.allows(second, "per_1")), "{first} and {second} are one");
            assert_eq!(story.allows(&account("ben"), "per_1"), &Verdict::Taken, "{first} and ben are two");
        }
    }
}

#[test]
fn an_account_that_nobody_knows_is_nobody() {
    // REQ-RULES-02: capitals, look-alikes, another issuer, another workspace, a name that is only a claim.
    for odd in [
        account("Anna"),
        account("аnna"),
        account("anna "),
        "oidc:https://id.example.com.evil.test#anna".to_owned(),
        "oidc:https://other.example.com#anna".to_owned(),
        "slack:T2:U1".to_owned(),
        "slack:T1:u1".to_owned(),
        "proxy:Anna".to_owned(),
        "web:anna".to_owned(),
        "api:anna".to_owned(),
        "api:operator".to_owned(),
        "anna".to_owned(),
    ] {
        let mut story = Story::in_the_shop();
        story.asks("per_1", "make").asks("per_2", "git push origin main");
        assert!(is_refused(story.allows(&odd, "per_1")), "{odd:?} allows nothing");
        assert!(is_refused(story.allows(&odd, "per_2")), "{odd:?} is not the first of two");
    }
}

#[test]
fn without_rules_the_names_of_today_are_folded() {
    // REQ-RULES-02 (H3): today's `approvers` and `risky` hold as they did, but `Anna` is no second person beside `anna`.
    let risk = gateway_domain::Risk { pattern: "git push*".into(), ..gateway_domain::Risk::default() };
    for twin in ["web:anna", "web:Anna", "web:аnna", "web:ＡＮＮＡ", "api:anna"] {
        let mut story =
            Story::of(AskPolicy { risks: vec![risk.clone()], ..AskPolicy::default() }, "/work", None);
        story.asks("per_1", "git push origin main");
        story.answers("web:anna", "per_1", Answer::Once, Proven::default());
        let verdict = story.answers(twin, "per_1", Answer::Once, Proven::default());
        assert!(is_first(verdict), "{twin}: {verdict:?}");
        assert_eq!(story.answers("web:ben", "per_1", Answer::Once, Proven::default()), &Verdict::Taken);
    }
    let approvers = gateway_domain::Approvers::Only(vec!["web:Anna".into(), account("anna")]);
    let mut story = Story::of(AskPolicy { approvers, ..AskPolicy::default() }, "/work", None);
    story.asks("per_1", "make").asks("per_2", "make x");
    assert_eq!(
        story.answers(&account("Anna"), "per_2", Answer::Once, Proven::default()),
        &Verdict::NotAllowed
    );
    assert_eq!(story.answers("web:anna", "per_1", Answer::Once, Proven::default()), &Verdict::Taken);
}

#[test]
fn a_person_of_the_table_is_one_also_where_only_names_are_listed() {
    // REQ-RULES-02
    let risk = gateway_domain::Risk { pattern: "git push*".into(), ..gateway_domain::Risk::default() };
    let policy = AskPolicy { people: Arc::new(people()), risks: vec![risk], ..AskPolicy::default() };
    let mut story = Story::of(policy, "/work", None);
    story.asks("per_1", "git push origin main");
    assert!(is_first(story.allows("slack:T1:U1", "per_1")));
    assert!(is_first(story.allows(&account("anna"), "per_1")) && is_first(story.allows("web:Anna", "per_1")));
    assert_eq!(story.allows(&account("ben"), "per_1"), &Verdict::Taken);
}

#[test]
fn a_group_of_the_provider_counts_only_from_that_provider_and_only_when_it_is_said() {
    // REQ-RULES-02: a claim that is missing is no group, and so is an old one that is not said any more.
    let groups = |groups: &[&str]| Proven {
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..Proven::by(Proof::Account)
    };
    for (account, said, counts) in [
        (account("ben"), groups(&["deployers"]), true),
        (account("ben"), groups(&["Deployers"]), false),
        (account("ben"), groups(&[]), false),
        ("slack:T1:U1".to_owned(), groups(&["deployers"]), false),
        ("oidc:https://evil.test#ben".to_owned(), groups(&["deployers"]), false),
        (account("stranger"), groups(&["deployers"]), false),
    ] {
        let mut story = Story::of(policy(vec![rule("all", repository("*"), "claimed")]), "/work", None);
        story.asks("per_1", "make");
        let verdict = story.answers(&account, "per_1", Answer::Once, said);
        assert_eq!(verdict == &Verdict::Taken, counts, "{account}: {verdict:?}");
    }
}

#[test]
fn the_token_alone_reads_and_denies_and_never_allows() {
    // REQ-WHO-02: with people or rules it is a program.
    let mut story = Story::of(AskPolicy { persons_only: true, ..AskPolicy::default() }, "/work", None);
    story.asks("per_1", "make").asks("per_2", "make x");
    assert!(is_refused(story.answers("api:operator", "per_1", Answer::Once, Proven::default())));
    let denied = story.answers("api:operator", "per_1", Answer::Deny { reason: None }, Proven::default());
    assert_eq!(denied, &Verdict::Taken);
    let mut alone = Story::of(AskPolicy::default(), "/work", None);
    alone.asks("per_1", "make");
    assert_eq!(alone.answers("api:operator", "per_1", Answer::Once, Proven::default()), &Verdict::Taken);
}
