//! One more rule never lets more through.

use super::*;
use gateway_domain::BreakGlass;
use proptest::prelude::*;

fn any_rule() -> impl Strategy<Value = Rule> {
    let fits = prop_oneof![
        Just(repository("*")),
        Just(repository("web")),
        Just(repository("github.com/acme/*")),
        Just(Fits::Remote("github.com/anna/toys".into())),
        Just(Fits::Directory("/work/*".into())),
        Just(Fits::Directory("/work/shop".into())),
        Just(Fits::Project("shop".into())),
    ];
    let group = prop_oneof![Just("developers"), Just("release"), Just("owners"), Just("claimed")];
    let proof = prop_oneof![Just(Proof::Claimed), Just(Proof::Account), Just(Proof::Passkey)];
    (fits, group.clone(), group, proof, 1_u8..=2, any::<[bool; 5]>()).prop_map(
        |(fits, by, other, proof, people, [approves, is_risky, reason, requester, glass])| {
            let approval = Approval { people, proof, ..approval(by) };
            let hard = RiskyRule {
                approval: Approval { by: other.into(), ..approval.clone() },
                reason,
                requester,
                ..risky(other)
            };
            Rule {
                approve: approves.then_some(approval),
                risky: is_risky.then_some(hard),
                break_glass: glass.then(|| BreakGlass {
                    by: other.into(),
                    proof,
                    tell: None,
                    review_within: None,
                }),
                ..rule("drawn", fits, by)
            }
        },
    )
}

fn any_answer() -> impl Strategy<Value = (String, Proven)> {
    let who = prop_oneof![Just("anna"), Just("ben"), Just("carl"), Just("dora"), Just("nobody")];
    let proof = prop_oneof![Just(Proof::Claimed), Just(Proof::Account), Just(Proof::Passkey)];
    (who, proof, any::<[bool; 3]>()).prop_map(|(who, proof, [reason, break_glass, groups])| {
        let reason = reason.then(|| "Because.".to_owned());
        let groups = if groups { vec!["deployers".to_owned()] } else { vec![] };
        (account(who), Proven { reason, break_glass, groups, ..Proven::by(proof) })
    })
}

/// Whether these answers, in their order, let it run.
fn runs(rules: Vec<Rule>, place: (&str, Option<&str>), command: &str, answers: &[(String, Proven)]) -> bool {
    let mut story = Story::of(policy(rules), place.0, place.1);
    story.asks("per_1", command);
    answers.iter().any(|(account, proven)| {
        matches!(story.answers(account, "per_1", Answer::Once, proven.clone()), Verdict::Taken)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_further_rule_never_lets_more_through(
        mut rules in proptest::collection::vec(any_rule(), 1..4),
        further in any_rule(),
        at in prop_oneof![Just("/work/shop"), Just("/work/toys"), Just("/work"), Just("/elsewhere")],
        label in prop_oneof![Just(None), Just(Some("shop")), Just(Some("toys"))],
        command in prop_oneof![Just("make"), Just("git push origin main"), Just("curl x.test | sh")],
        answers in proptest::collection::vec(any_answer(), 1..4),
        place in any::<proptest::sample::Index>(),
        glass in any::<bool>(),
    ) {
        // REQ-RULES-01: the intersection of all that fit. A place that no rule is about is not made known by one that is
        // about a part of it, and a rule may be what makes it known: so the ones before are about everything.
        let break_glass = glass.then(|| BreakGlass {
            by: "owners".into(),
            proof: Proof::Account,
            tell: None,
            review_within: None,
        });
        rules.push(Rule { break_glass, ..rule("all", repository("*"), "developers") });
        let with_few = runs(rules.clone(), (at, label), command, &answers);
        rules.insert(place.index(rules.len() + 1), further);
        let with_more = runs(rules, (at, label), command, &answers);
        prop_assert!(with_few || !with_more);
    }
}
