//! `gateway doctor`: rules that can never hold, names that nothing proves, groups that are too small, and holes.

use super::doctor::{Finding, Level};
use crate::config::Config;
use gateway_domain::{Approvers, AskPolicy, Fits, Group, KnownPlace, Rule, RuleBook, is_claim};
use std::collections::BTreeSet;

const CHECK: &str = "rules";

pub(super) fn look(config: &Config, findings: &mut Vec<Finding>) {
    let mut add = |level, says| findings.push(Finding { check: CHECK, level, says });
    for name in unproven(config) {
        add(
            Level::Warning,
            format!("{name} decides here, and anyone with the gateway's token can use that name"),
        );
    }
    let Some(book) = &config.policies.standard.rules else { return };
    let found = faults(&config.policies.standard, book);
    if found.is_empty() {
        add(
            Level::Ok,
            format!("{} rules: each can hold, and every known repository has one", book.rules.len()),
        );
    }
    found.into_iter().for_each(|says| add(Level::Warning, says));
}

/// Approvers and those who stand in, under names that are only a claim.
fn unproven(config: &Config) -> BTreeSet<&String> {
    let policies = config.policies.projects.values().chain([&config.policies.standard]);
    let names = policies.flat_map(|policy| {
        let approvers: &[String] = match &policy.approvers {
            Approvers::Anybody => &[],
            Approvers::Only(names) => names,
        };
        let backup = policy.backup.iter().flat_map(|backup| &backup.people);
        approvers.iter().chain(backup)
    });
    names.filter(|name| is_claim(name)).collect()
}

fn faults(policy: &AskPolicy, book: &RuleBook) -> Vec<String> {
    let idle = book.rules.iter().filter(|rule| can_never_fit(rule, book));
    let idle =
        idle.map(|rule| format!("the rule {} can never hold: it fits nothing that is configured", rule.name));
    let small = book.rules.iter().flat_map(|rule| too_few(policy, rule));
    let holes = book.places.known.iter().filter(|place| !book.rules.iter().any(|rule| fits(rule, place)));
    let holes = holes.map(|place| {
        format!("no rule is about the repository {}, so nothing can be allowed there", place.name)
    });
    idle.chain(small).chain(holes).collect()
}

/// A directory may be anywhere on the volume; everything else is known from the configuration.
fn can_never_fit(rule: &Rule, book: &RuleBook) -> bool {
    let is_elsewhere = rule.is_for_all() || matches!(rule.fits, Fits::Directory(_));
    !is_elsewhere && !book.places.known.iter().any(|place| fits(rule, place))
}

fn fits(rule: &Rule, place: &KnownPlace) -> bool {
    RuleBook::is_about(rule, place)
}

fn too_few(policy: &AskPolicy, rule: &Rule) -> Vec<String> {
    let approvals = rule.approve.iter().chain(rule.risky.as_ref().map(|risky| &risky.approval));
    let needed = approvals.map(|approval| (&approval.by, approval.people));
    let glass = rule.break_glass.iter().map(|glass| (&glass.by, 1));
    let start = rule.start.iter().map(|start| (start, 1));
    let group = |name: &String| policy.people.groups.get(name).cloned().unwrap_or_default();
    let lacks = |(name, people): &(&String, u8)| is_short(&group(name), *people);
    let told = |(name, people): (&String, u8)| match people {
        1 => format!("the rule {} needs people of {name}, and that group is empty", rule.name),
        _ => format!("the rule {} needs {people} people of {name}, and that group has fewer", rule.name),
    };
    needed.chain(glass).chain(start).filter(lacks).map(told).collect()
}

/// How many a provider's group has, nobody knows here.
fn is_short(group: &Group, people: u8) -> bool {
    group.claim.is_none() && group.people.iter().collect::<BTreeSet<_>>().len() < usize::from(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let config = Config::from(&|name| (name == "GATEWAY_CONFIG").then(|| path.clone())).unwrap();
        let mut findings = vec![];
        look(&config, &mut findings);
        findings.into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn rules_that_never_hold_small_groups_and_holes_are_named() {
        // REQ-RULES-04
        let found = told(
            "approvers: ['web:anna']\n\
             people: { anna: { accounts: [{ oidc: 'https://id.example.com', sub: u-1 }] } }\n\
             groups: { one: { people: [anna] }, none: {}, far: { claim: { oidc: 'https://id.example.com', group: g } } }\n\
             repositories: { web: { remote: 'https://git.test/shop' }, api: { remote: 'https://git.test/api' } }\n\
             rules:\n\
             - { name: shop, for: { repository: web }, start: none, approve: { by: far }, risky: { by: one } }\n\
             - { name: typo, for: { remote: 'git.test/shpo' }, approve: { by: one } }\n",
        );
        for part in [
            "web:anna decides here",
            "the rule typo can never hold",
            "the rule shop needs people of none, and that group is empty",
            "the rule shop needs 2 people of one",
            "no rule is about the repository api",
        ] {
            assert!(found.iter().any(|says| says.contains(part)), "{part} in {found:#?}");
        }
        assert_eq!(found.len(), 5, "{found:#?}");
        assert_eq!(told("{}"), Vec::<String>::new());
    }
}
