//! What the card says of the rules.

use super::*;

fn terms(story: &Story) -> String {
    let written = |part: &gateway_domain::Part| match part {
        gateway_domain::Part::Text { text } => text.clone(),
        other => format!("{other:?}"),
    };
    story.session.record().asks[0].display().terms.who.written(written)
}

#[test]
fn it_says_who_and_how_many_and_what_it_takes() {
    // REQ-RULES-02
    let mut risky = risky("release");
    (risky.approval.proof, risky.reason) = (Proof::Passkey, true);
    let shop = Rule { risky: Some(risky), ..rule("shop", repository("web"), "release") };
    let mut story = Story::of(policy(vec![shop.clone()]), "/work/shop", None);
    story.asks("per_1", "git push origin main");
    assert_eq!(
        terms(&story),
        "Needs two people of release, each with a passkey. Not carl: they started this session or wrote to its agent. \
         They have to say why."
    );
    let mut plain = Story::of(policy(vec![shop]), "/work/shop", None);
    plain.asks("per_1", "make");
    assert_eq!(terms(&plain), "Needs one person of release.");
    let mut unknown = Story::of(policy(rules()), "/elsewhere", None);
    unknown.asks("per_1", "make");
    assert_eq!(terms(&unknown), "Nobody can allow this: no rule is about /elsewhere. It can be denied.");
}

#[test]
fn a_trial_says_what_the_rules_of_today_would_have_said() {
    // REQ-RULES-04
    let mut story = Story::of(AskPolicy::default(), "/work/shop", None);
    story.asks("per_1", "make").asks("per_2", "git push origin main");
    story.answers(&account("carl"), "per_1", Answer::Once, Proven::by(Proof::Account));
    story.answers(&account("anna"), "per_2", Answer::Once, Proven::by(Proof::Account));
    let standard = policy(rules());
    let book = gateway_domain::PolicyBook { standard, ..gateway_domain::PolicyBook::default() };
    let trials = gateway_domain::try_rules(&book, story.session.record());
    let told: Vec<_> = trials.iter().map(|(_, trial)| (trial.counts, trial.why_not.clone())).collect();
    assert_eq!(told[0], (Some(false), Some("Only people of release can answer this.".into())));
    assert_eq!(told[1], (Some(false), Some("Only one person allowed it.".into())));
    assert!(gateway_domain::try_rules(&Default::default(), story.session.record()).is_empty());
}
