//! Settings for a second gateway, and this one's identity in a cluster.

use super::Variables;
use crate::cluster::Identity;

/// What a gateway does when another one has the state folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standby {
    /// It ends, and says who has it.
    #[default]
    Off,
    /// It waits for the lock file.
    Lock,
    /// It waits for the cluster's lease.
    Lease,
}

pub(super) fn read(variables: &Variables<'_>, faults: &mut Vec<String>) -> (Standby, Option<Identity>) {
    let standby = match variables("GATEWAY_STANDBY").as_deref() {
        None | Some("off") => Standby::Off,
        Some("lock") => Standby::Lock,
        Some("lease") => Standby::Lease,
        Some(other) => {
            faults.push(format!("GATEWAY_STANDBY: unknown value {other:?}; use off, lock or lease."));
            Standby::Off
        }
    };
    let bridge_accounts = accounts(variables, faults);
    let wanted = standby == Standby::Lease || !bridge_accounts.is_empty();
    let mut name = |variable: &str, what: &str| {
        let value = variables(variable).unwrap_or_default();
        if wanted && !is_name(&value) {
            faults.push(format!("{variable}: must be set to this pod's {what}; the manifests do that."));
        }
        value
    };
    let identity = Identity {
        pod: name("POD_NAME", "name"),
        namespace: name("POD_NAMESPACE", "namespace"),
        bridge_accounts,
    };
    (standby, wanted.then_some(identity))
}

/// Such as Kubernetes gives.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !name.is_empty() && name.len() <= 253 && name.chars().all(plain)
}

fn accounts(variables: &Variables<'_>, faults: &mut Vec<String>) -> Vec<String> {
    let text = variables("GATEWAY_BRIDGE_ACCOUNTS").unwrap_or_default();
    let names: Vec<_> =
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    for name in &names {
        let parts: Vec<_> = name.split(':').collect();
        if !matches!(parts[..], ["system", "serviceaccount", space, account] if is_name(space) && is_name(account))
        {
            let example = "system:serviceaccount:ai-dev:codev";
            faults.push(format!(
                "GATEWAY_BRIDGE_ACCOUNTS: {name:?} is not a valid service account. Example: \
                {example}."
            ));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> (Standby, Option<Identity>, Vec<String>) {
        let mut faults = vec![];
        let find =
            |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let (standby, identity) = read(&find, &mut faults);
        (standby, identity, faults)
    }

    #[test]
    fn alone_it_asks_no_cluster() {
        assert_eq!(of(&[]), (Standby::Off, None, vec![]));
        assert_eq!(of(&[("GATEWAY_STANDBY", "lock")]), (Standby::Lock, None, vec![]));
    }

    #[test]
    fn in_a_cluster_it_must_know_who_it_is() {
        // REQ-STATE-05, REQ-BRIDGE-10
        let account = "system:serviceaccount:ai-dev:codev";
        let (_, _, faults) = of(&[("GATEWAY_STANDBY", "lease"), ("GATEWAY_BRIDGE_ACCOUNTS", "codev")]);
        assert_eq!(faults.len(), 3, "{faults:?}");
        let named = [
            ("GATEWAY_STANDBY", "lease"),
            ("GATEWAY_BRIDGE_ACCOUNTS", account),
            ("POD_NAME", "gateway-0"),
            ("POD_NAMESPACE", "ai-dev"),
        ];
        let (standby, identity, faults) = of(&named);
        let (pod, namespace) = ("gateway-0".to_owned(), "ai-dev".to_owned());
        let expected = Identity { pod, namespace, bridge_accounts: vec![account.to_owned()] };
        assert_eq!((standby, identity, faults), (Standby::Lease, Some(expected), vec![]));
    }
}
