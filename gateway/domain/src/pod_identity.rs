//! Who a pod is: its name, and what its credential proves of that. Only the pod that a session lives in speaks for it, and
//! another one takes its place by these rules alone.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Two links are of one pod when this is the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PodIdentity {
    pub name: String,
    pub credential: PodCredential,
}

/// What a pod has shown for its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum PodCredential {
    /// Nobody wrote it down: the record is from before that was done.
    #[default]
    Unknown,
    /// A token that other pods may have too: the name is the pod's own word.
    Shared,
    /// A token of its own, by its id in the gateway's list.
    OwnToken(String),
    /// A service account's token that the cluster bound to this one pod.
    Bound { uid: String, account: String },
}

/// Whether a pod may have what was another one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Succession {
    /// They are the same pod.
    Same,
    /// It has more to show for the same name.
    AtOnce,
    /// When the other one is gone for good.
    OnceGone,
    Never,
}

impl PodIdentity {
    pub fn new(name: impl Into<String>, credential: PodCredential) -> Self {
        Self { name: name.into(), credential }
    }

    /// Whether this pod may have what was `before`'s.
    pub fn succeeds(&self, before: &Self) -> Succession {
        use PodCredential::{Bound, OwnToken, Shared, Unknown};
        let same_name = self.name == before.name;
        match (&before.credential, &self.credential) {
            (Unknown, Unknown) | (Shared, Shared) if same_name => Succession::Same,
            (OwnToken(old), OwnToken(new)) if old == new => Succession::Same,
            (Bound { uid: old, .. }, Bound { uid: new, .. }) if old == new => Succession::Same,
            (Unknown, _) if same_name => Succession::AtOnce,
            (Unknown, Shared | Bound { .. }) | (Shared, Shared) => Succession::OnceGone,
            (Shared, OwnToken(_) | Bound { .. }) if same_name => Succession::AtOnce,
            (Bound { account: old, .. }, Bound { account: new, .. }) => of_workload(old, new, same_name),
            // An operator gave the name another token, or took away the one that it had.
            (OwnToken(_), _) | (Bound { .. }, OwnToken(_)) if same_name => Succession::OnceGone,
            _ => Succession::Never,
        }
    }
}

/// A workload's pods have one account. A name is given to one pod of a namespace at a time.
fn of_workload(old: &str, new: &str, same_name: bool) -> Succession {
    let same_space = namespace(old).is_some() && namespace(old) == namespace(new);
    if old == new || (same_name && same_space) { Succession::OnceGone } else { Succession::Never }
}

/// Of an account such as `system:serviceaccount:ai-dev:codev`.
fn namespace(account: &str) -> Option<&str> {
    account.strip_prefix("system:serviceaccount:")?.split(':').next()
}

impl PodCredential {
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    /// The namespace that the pod is in, where a cluster vouches for it.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Bound { account, .. } => namespace(account),
            _ => None,
        }
    }

    /// In a word, for people.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Shared => "shared",
            Self::OwnToken(_) => "own",
            Self::Bound { .. } => "cluster",
        }
    }
}

const OWN: &str = "token ";
const BOUND: &str = "uid ";
const OF: &str = " of ";

impl From<PodCredential> for String {
    fn from(credential: PodCredential) -> Self {
        credential.to_string()
    }
}

/// What nobody understands proves nothing.
impl From<String> for PodCredential {
    fn from(text: String) -> Self {
        let bound = text.strip_prefix(BOUND).and_then(|rest| rest.split_once(OF));
        match (text.strip_prefix(OWN), bound) {
            (Some(id), _) => Self::OwnToken(id.to_owned()),
            (_, Some((uid, account))) => Self::Bound { uid: uid.to_owned(), account: account.to_owned() },
            _ if text == "shared" => Self::Shared,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for PodCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Shared => f.write_str("shared"),
            Self::OwnToken(id) => write!(f, "{OWN}{id}"),
            Self::Bound { uid, account } => write!(f, "{BOUND}{uid}{OF}{account}"),
        }
    }
}

impl fmt::Display for PodIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.credential)
    }
}

#[cfg(test)]
mod tests {
    use super::PodCredential::{OwnToken, Shared, Unknown};
    use super::Succession::{AtOnce, Never, OnceGone, Same};
    use super::*;

    const CODEV: &str = "system:serviceaccount:ai-dev:codev";

    fn bound(uid: &str, account: &str) -> PodCredential {
        PodCredential::Bound { uid: uid.to_owned(), account: account.to_owned() }
    }

    fn own(id: &str) -> PodCredential {
        OwnToken(id.to_owned())
    }

    #[test]
    fn a_pod_takes_the_place_of_another_by_these_rules_alone() {
        // REQ-WHO-04, H7: what was, who comes, under the same name, under another one.
        let (elsewhere, other) = ("system:serviceaccount:lab:codev", "system:serviceaccount:ai-dev:other");
        let cases = [
            (Unknown, Shared, AtOnce, OnceGone),
            (Unknown, own("1"), AtOnce, Never),
            (Unknown, bound("u1", CODEV), AtOnce, OnceGone),
            (Shared, Shared, Same, OnceGone),
            (Shared, own("1"), AtOnce, Never),
            (Shared, bound("u1", CODEV), AtOnce, Never),
            (own("1"), Shared, OnceGone, Never),
            (own("1"), own("1"), Same, Same),
            (own("1"), own("2"), OnceGone, Never),
            (own("1"), bound("u1", CODEV), OnceGone, Never),
            (bound("u1", CODEV), Shared, Never, Never),
            (bound("u1", CODEV), own("1"), OnceGone, Never),
            (bound("u1", CODEV), bound("u1", CODEV), Same, Same),
            (bound("u1", CODEV), bound("u2", CODEV), OnceGone, OnceGone),
            (bound("u1", CODEV), bound("u2", other), OnceGone, Never),
            (bound("u1", CODEV), bound("u2", elsewhere), Never, Never),
        ];
        for (was, comes, under_the_same, under_another) in cases {
            let before = PodIdentity::new("pod-a", was);
            for (name, wanted) in [("pod-a", under_the_same), ("pod-b", under_another)] {
                let newcomer = PodIdentity::new(name, comes.clone());
                assert_eq!(newcomer.succeeds(&before), wanted, "{before} -> {newcomer}");
            }
        }
    }

    #[test]
    fn it_is_read_as_it_was_written_and_nonsense_proves_nothing() {
        // REQ-WHO-04
        for credential in [Unknown, Shared, own("3f2a"), bound("3ae1-00", CODEV)] {
            assert_eq!(PodCredential::from(credential.to_string()), credential);
        }
        for nonsense in ["", "Shared", "uid 1", "admin"] {
            assert_eq!(PodCredential::from(nonsense.to_owned()), Unknown);
        }
    }
}
