//! Who is who: the people whom the configuration names, with the accounts that each of them signs in with, and groups.

pub(crate) mod look_alike;

use crate::proven::Proven;
use look_alike::{are_alike, folded};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The gateway's own token without a name: a program.
pub(crate) const SERVICE: &str = "api:operator";

/// Accounts that are only a name which the holder of the gateway's token chose.
const CLAIMED: [&str; 2] = ["web:", "api:"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// The accounts of each person, such as `oidc:https://id.example.com#u-1001` or `slack:T0123:U0456`.
    pub humans: BTreeMap<String, Vec<String>>,
    pub groups: BTreeMap<String, Group>,
}

/// People by name, and those whose provider says that they are in a group of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<GroupClaim>,
}

/// A group of a provider's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupClaim {
    pub issuer: String,
    pub group: String,
}

/// A person of the table, with what came with their answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) human: &'a str,
    pub(crate) account: &'a str,
    pub(crate) proven: &'a Proven,
}

impl People {
    pub fn is_empty(&self) -> bool {
        self.humans.is_empty()
    }

    /// The one person whose account it is; an account that two have is nobody's.
    pub fn human_of(&self, account: &str) -> Option<&str> {
        let has = |(_, accounts): &(&String, &Vec<String>)| accounts.iter().any(|own| is_same(own, account));
        let mut found = self.humans.iter().filter(has);
        match (found.next(), found.next()) {
            (Some((human, _)), None) => Some(human),
            _ => None,
        }
    }

    /// Whether both accounts may be one person's: they count as one then.
    pub fn may_be_one(&self, one: &str, other: &str) -> bool {
        match (self.human_of(one), self.human_of(other)) {
            (Some(one), Some(other)) => one == other,
            (Some(human), None) => claimed_name(other).is_some_and(|name| are_alike(name, human)),
            (None, Some(human)) => claimed_name(one).is_some_and(|name| are_alike(name, human)),
            (None, None) => match (claimed_name(one), claimed_name(other)) {
                (Some(one), Some(other)) => are_alike(one, other),
                _ => are_alike(one, other),
            },
        }
    }

    /// Whether a list of accounts or people means this account.
    pub fn lists(&self, list: &[String], account: &str) -> bool {
        let human = self.human_of(account);
        let is_meant = |listed: &String| {
            is_same(listed, account)
                || human.is_some_and(|human| listed == human || self.human_of(listed) == Some(human))
        };
        list.iter().any(is_meant)
    }

    pub(crate) fn known<'a>(&'a self, account: &'a str, proven: &'a Proven) -> Option<Known<'a>> {
        self.human_of(account).map(|human| Known { human, account, proven })
    }
}

impl Group {
    /// A claim counts only from the provider that it names.
    pub(crate) fn has(&self, known: &Known<'_>) -> bool {
        self.people.iter().any(|person| person == known.human)
            || self.claim.as_ref().is_some_and(|claim| claim.is_of(known))
    }
}

impl GroupClaim {
    fn is_of(&self, known: &Known<'_>) -> bool {
        let subject = known.account.strip_prefix("oidc:").and_then(|rest| rest.strip_prefix(&self.issuer));
        subject.is_some_and(|rest| rest.starts_with('#')) && known.proven.groups.contains(&self.group)
    }
}

/// What a provider or Slack proves is compared letter by letter: who is let in by it is nobody who only looks alike. A name
/// that is only a claim is the same in capitals.
fn is_same(listed: &str, account: &str) -> bool {
    listed == account || is_claim(listed) && is_claim(account) && folded(listed) == folded(account)
}

/// Whether nothing proves the account.
pub fn is_claim(account: &str) -> bool {
    CLAIMED.iter().any(|kind| account.starts_with(kind))
}

fn claimed_name(account: &str) -> Option<&str> {
    CLAIMED.iter().find_map(|kind| account.strip_prefix(kind))
}

/// Names of which two can be taken for one another.
pub fn look_alikes<'a>(names: impl Iterator<Item = &'a String>) -> Vec<(String, String)> {
    let mut known: BTreeMap<String, &String> = BTreeMap::new();
    let twin = |name: &'a String| known.insert(folded(name), name).map(|first| (first.clone(), name.clone()));
    names.filter_map(twin).collect()
}
