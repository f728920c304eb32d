//! Whether an object has to be sent at all. What stands in the cluster as it is wanted is left alone, so a redeploy sends what
//! changed and nothing else; what somebody took away or changed is sent again. Pure.

use super::manifests::ATTEMPT;
use kube::Resource;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// An annotation: the digest of what was sent. By it an object is known that says more than it should by now.
const CONTENT: &str = "opencode-gateway/content";

/// As it is sent.
pub(super) fn marked<K: Resource + Serialize + Clone>(object: &K) -> K {
    let digest = hex::encode(Sha256::digest(without_attempt(object).to_string()));
    let mut marked = object.clone();
    marked.meta_mut().annotations.get_or_insert_default().insert(CONTENT.to_owned(), digest);
    marked
}

/// `wanted` is marked, `there` is what the cluster has. Which attempt sent it last does not matter.
pub(super) fn is_same<K: Serialize>(wanted: &K, there: &K) -> bool {
    is_within(&without_attempt(wanted), &without_attempt(there))
}

fn without_attempt(object: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    if let Some(labels) = value.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(ATTEMPT);
    }
    value
}

/// The cluster adds its own to what it is given, and takes nothing away.
fn is_within(wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        (Value::Object(wanted), Value::Object(there)) => {
            wanted.iter().all(|(name, value)| there.get(name).is_some_and(|there| is_within(value, there)))
        }
        (Value::Array(wanted), Value::Array(there)) => {
            wanted.len() == there.len() && wanted.iter().zip(there).all(|(one, other)| is_within(one, other))
        }
        (Value::String(wanted), Value::String(there)) => {
            wanted == there
                || amount(wanted).is_some_and(|amount_wanted| Some(amount_wanted) == amount(there))
        }
        _ => wanted == there,
    }
}

/// In thousandths: the cluster writes `1024Mi` as `1Gi`.
fn amount(text: &str) -> Option<u128> {
    let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor: u128 = match unit {
        "m" => 1,
        "" => 1_000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        "Ti" => 1_000 << 40,
        _ => return None,
    };
    number.parse::<u128>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::{amount, is_same, marked};
    use k8s_openapi::api::core::v1::{ConfigMap, ResourceQuota};
    use serde_json::{Value, json};

    fn quota(attempt: &str, memory: &str) -> ResourceQuota {
        let whole = json!({
            "metadata": { "name": "lab", "labels": { "opencode-gateway/attempt": attempt } },
            "spec": { "hard": { "limits.memory": memory, "pods": "10" } },
        });
        serde_json::from_value(whole).unwrap()
    }

    /// As the cluster keeps it: with what is its own, and amounts as it writes them.
    fn kept(object: &ResourceQuota, change: impl FnOnce(&mut Value)) -> ResourceQuota {
        let mut value = serde_json::to_value(object).unwrap();
        value["metadata"]["uid"] = json!("7d1c");
        value["status"] = json!({ "used": { "pods": "1" } });
        change(&mut value);
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_stands_there_as_wanted_is_not_sent_whoever_sent_it() {
        // REQ-LAB-02, REQ-LAB-11
        let there = kept(&marked(&quota("lab1", "1024Mi")), |value| {
            value["spec"]["hard"]["limits.memory"] = json!("1Gi");
        });
        assert!(is_same(&marked(&quota("lab2", "1024Mi")), &there));
        assert!(!is_same(&marked(&quota("lab2", "2048Mi")), &there));
    }

    #[test]
    fn what_somebody_changed_or_took_away_is_sent_again() {
        // REQ-LAB-01, REQ-LAB-11
        let wanted = marked(&quota("lab1", "1Gi"));
        for (place, value) in [("pods", json!("99")), ("limits.memory", Value::Null)] {
            let there = kept(&wanted, |whole| match value {
                Value::Null => drop(whole["spec"]["hard"].as_object_mut().unwrap().remove(place)),
                value => whole["spec"]["hard"][place] = value,
            });
            assert!(!is_same(&wanted, &there), "{place}");
        }
    }

    #[test]
    fn what_says_more_than_it_should_is_sent_again() {
        // REQ-LAB-02: a file that is gone stays in no map.
        let map = |files: Value| -> ConfigMap {
            serde_json::from_value(json!({ "metadata": { "name": "config" }, "data": files })).unwrap()
        };
        let there = marked(&map(json!({ "f0001": "a", "f0002": "b" })));
        assert!(is_same(&there, &there));
        assert!(!is_same(&marked(&map(json!({ "f0001": "a" }))), &there));
    }

    #[test]
    fn amounts_are_equal_however_they_are_written() {
        for (one, other) in [("1024Mi", "1Gi"), ("1", "1000m"), ("1000k", "1M")] {
            assert_eq!(amount(one), amount(other), "{one}");
        }
        assert!(amount("1Gi") != amount("1G") && amount("/healthz").is_none() && amount("Mi").is_none());
    }
}
