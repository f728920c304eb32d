//! `people` and `groups` in the file: who is who, and what is refused of it.

use super::{File, Variables, policies, resource_rules, sign_in_rules};
use gateway_domain::{Group, GroupClaim, People, PolicyBook, is_claim, look_alikes};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// What stands below a person's name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PersonEntry {
    /// The accounts that this person signs in with.
    accounts: Vec<AccountEntry>,
}

/// One account: `oidc` with `sub`, `slack` with `user`, `github`, or one name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct AccountEntry {
    /// The provider's issuer, exactly as in `sign_in.oidc.issuer`.
    oidc: Option<String>,
    /// With `oidc`: the person's subject there. It never changes, as names and addresses can.
    sub: Option<String>,
    /// The account's number at GitHub: `id` at `https://api.github.com/users/LOGIN`. It never changes, as logins can.
    github: Option<u64>,
    /// With `github`: whose number it is, where `sign_in.github.url` is not github.com. Default: `github.com`.
    host: Option<String>,
    /// The ID of a Slack workspace, such as `T0123`.
    slack: Option<String>,
    /// With `slack`: the person's member ID there, such as `U0456`.
    user: Option<String>,
    /// The name that the trusted proxy says.
    proxy: Option<String>,
    /// The name of a sign-in with the gateway's token. It proves nothing, so it can't decide about what is risky.
    web: Option<String>,
    /// The name that a program says in `X-Gateway-Person`. It proves nothing either.
    api: Option<String>,
}

/// What stands below a group's name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GroupEntry {
    /// Names from `people`.
    people: Vec<String>,
    /// A group at the provider: people whose sign-in names it belong to this group too.
    claim: Option<ClaimEntry>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClaimEntry {
    /// The provider's issuer.
    oidc: String,
    /// The group's name there. A sign-in without groups belongs to none.
    group: String,
}

pub(super) fn people(file: &File, faults: &mut Vec<String>) -> People {
    let mut people = People::default();
    for (name, entry) in &file.people {
        let place = format!("people.{name}");
        let accounts = entry.accounts.iter().enumerate();
        let accounts = accounts.filter_map(|(n, account)| {
            let id = account.id();
            if id.is_none() {
                faults.push(format!("{place}.accounts[{n}]: {ONE_ACCOUNT}"));
            }
            id
        });
        let accounts = accounts.collect();
        people.humans.insert(name.clone(), accounts);
    }
    twins(&people, faults);
    people.groups = file.groups.iter().map(|(name, entry)| (name.clone(), entry.group())).collect();
    for (group, entry) in &file.groups {
        for name in entry.people.iter().filter(|name| !file.people.contains_key(*name)) {
            faults.push(format!("groups.{group}.people: {name:?} is not one of `people`."));
        }
    }
    people
}

/// The numbers of people's accounts at this GitHub.
pub(super) fn github_accounts(file: &File, host: &str) -> BTreeSet<u64> {
    let accounts = file.people.values().flat_map(|entry| &entry.accounts);
    let here = accounts.filter(|account| account.host.as_deref().unwrap_or(GITHUB_COM) == host);
    here.filter_map(|account| account.github).collect()
}

/// Whose numbers they are, unless something else is written.
pub(super) const GITHUB_COM: &str = "github.com";

const ONE_ACCOUNT: &str =
    "write one account: `oidc` with `sub`, `slack` with `user`, `github`, `proxy`, `web` or `api`.";

impl AccountEntry {
    /// As the gateway calls the account. None unless exactly one is written.
    fn id(&self) -> Option<String> {
        let Self { oidc, sub, github, host, slack, user, proxy, web, api } = self;
        let github = &github.map(|id| id.to_string());
        let written = [oidc, sub, github, host, slack, user, proxy, web, api];
        let some = |text: &&&Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        let count = written.iter().filter(some).count();
        if count != written.iter().filter(|text| text.is_some()).count() {
            return None;
        }
        if let Some(number) = github {
            let host = host.as_deref().unwrap_or(GITHUB_COM);
            let is_alone = count == 1 + usize::from(self.host.is_some());
            return is_alone.then(|| format!("github:{host}#{number}"));
        }
        match (count, oidc, sub, slack, user) {
            (2, Some(issuer), Some(sub), _, _) => Some(format!("oidc:{issuer}#{sub}")),
            (2, _, _, Some(team), Some(user)) => Some(format!("slack:{team}:{user}")),
            (1, ..) => {
                let named = [("proxy", proxy), ("web", web), ("api", api)];
                named.into_iter().find_map(|(kind, name)| Some(format!("{kind}:{}", name.as_ref()?)))
            }
            _ => None,
        }
    }
}

impl GroupEntry {
    fn group(&self) -> Group {
        let claim = self.claim.as_ref();
        let claim = claim.map(|claim| GroupClaim { issuer: claim.oidc.clone(), group: claim.group.clone() });
        Group { people: self.people.clone(), claim }
    }
}

/// Two people are never told apart by capitals or look-alikes, and never share an account.
fn twins(people: &People, faults: &mut Vec<String>) {
    for (one, other) in look_alikes(people.humans.keys()) {
        faults.push(format!("people.{other}: can be taken for {one:?}. Use another name."));
    }
    let mut owners: HashMap<String, &String> = HashMap::new();
    let all = people.humans.iter().flat_map(|(name, accounts)| accounts.iter().map(move |own| (name, own)));
    for (name, account) in all {
        let key = if is_claim(account) { account.to_lowercase() } else { account.clone() };
        match owners.insert(key, name) {
            Some(first) if first != name => {
                faults.push(format!("people.{name}: the account {account} belongs to {first} already."));
            }
            _ => {}
        }
    }
}

/// People of a group whom nothing proves.
pub(super) fn unproven<'a>(people: &'a People, group: &str) -> Vec<&'a String> {
    let listed = people.groups.get(group).map(|group| &group.people).into_iter().flatten();
    let of = |name: &String| people.humans.get_key_value(name);
    let claims = |(_, accounts): &(&String, &Vec<String>)| accounts.iter().any(|account| is_claim(account));
    let mut names: Vec<_> = listed.filter_map(of).filter(claims).map(|(name, _)| name).collect();
    names.dedup();
    names
}

/// All rules of the file and of the environment, with who is who.
pub(super) fn policies(
    file: &File,
    variables: &Variables<'_>,
    workspaces: &Path,
    faults: &mut Vec<String>,
) -> PolicyBook {
    let permission = variables("PERMISSION_TIMEOUT_SECONDS").map(|text| text.parse().unwrap_or(0));
    let book = policies::book(&file.rules, &file.projects, &file.users, permission, faults);
    with_rules(book, file, workspaces, faults)
}

/// People and rules hold in every project. Where people sign in as themselves, the gateway's token alone is a program's.
fn with_rules(
    mut policies: PolicyBook,
    file: &File,
    workspaces: &Path,
    faults: &mut Vec<String>,
) -> PolicyBook {
    let people = Arc::new(people(file, faults));
    let rules = resource_rules::book(file, &people, workspaces, faults).map(Arc::new);
    let persons_only = !people.is_empty() || rules.is_some() || sign_in_rules::is_set(file);
    for policy in policies.projects.values_mut().chain([&mut policies.standard]) {
        policy.people = Arc::clone(&people);
        policy.rules.clone_from(&rules);
        policy.persons_only = persons_only;
    }
    policies
}
