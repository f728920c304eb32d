//! What a lab is called in the cluster. People choose names for workspaces that Kubernetes would not take; each is mapped to a
//! DNS label, and one that the mapping changed carries a few digits of its own, so that two that map alike stay apart. Pure.

use sha2::{Digest, Sha256};

/// What a DNS label takes.
const LABEL: usize = 63;

/// Behind the name of each lab's namespace; the cluster's own policy lets the gateway make no other.
pub(super) const SUFFIX: &str = "-lab";

/// Digits that tell changed names apart.
const MARK: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LabPlace {
    /// The name as a DNS label: `shop-auth`.
    pub(super) name: String,
    /// `shop-auth-lab`.
    pub(super) namespace: String,
    /// `shop-auth.lab.example.com`.
    pub(super) host: String,
}

impl LabPlace {
    pub(super) fn of(builder: &str, domain: &str) -> Self {
        let name = dns_label(builder, LABEL - SUFFIX.len());
        Self { namespace: format!("{name}{SUFFIX}"), host: format!("{name}.{domain}"), name }
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}/", self.host)
    }
}

/// Lower case, digits and dashes, at most so many.
fn dns_label(text: &str, most: usize) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mapped: String = text.chars().map(plain).collect();
    let mapped = mapped.trim_matches('-');
    if mapped == text && !text.is_empty() && text.len() <= most {
        return text.to_owned();
    }
    let room = most - MARK - 1;
    let kept = mapped.get(..room.min(mapped.len())).unwrap_or_default().trim_end_matches('-');
    let digest = hex::encode(Sha256::digest(text));
    let mark = digest.get(..MARK).unwrap_or_default();
    if kept.is_empty() { format!("x-{mark}") } else { format!("{kept}-{mark}") }
}

/// As the value of a label, which takes a little more than a DNS label does.
pub(super) fn label_value(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let fits = bytes.len() <= LABEL && bytes.iter().all(|byte| is_plain(*byte));
    let stands = is_end(bytes.first()) && is_end(bytes.last());
    if fits && stands { text.to_owned() } else { dns_label(text, LABEL) }
}

#[cfg(test)]
mod tests {
    use super::{LABEL, LabPlace, label_value};

    fn namespace(builder: &str) -> String {
        LabPlace::of(builder, "lab.example.com").namespace
    }

    #[test]
    fn an_ordinary_name_stays_as_it_is() {
        // REQ-LAB-01, REQ-LAB-03
        let place = LabPlace::of("shop-auth", "lab.example.com");
        assert_eq!((place.name.as_str(), place.namespace.as_str()), ("shop-auth", "shop-auth-lab"));
        assert_eq!(place.url(), "https://shop-auth.lab.example.com/");
    }

    #[test]
    fn names_that_map_alike_stay_apart() {
        // REQ-LAB-01
        let alike = ["shop-auth", "shop_auth", "shop.auth", "Shop-Auth", "SHOP_AUTH", "-shop-auth"];
        let mapped: std::collections::BTreeSet<String> = alike.into_iter().map(namespace).collect();
        assert_eq!(mapped.len(), alike.len(), "{mapped:?}");
        assert!(mapped.iter().all(|name| name.starts_with("shop-auth")), "{mapped:?}");
    }

    #[test]
    fn whatever_the_name_it_is_a_dns_label() {
        // REQ-LAB-01
        let long = ["a".repeat(64), "A_.".repeat(21), "ä".repeat(64), "9".repeat(64), "-".repeat(64)];
        let odd = ["", ".", "__", "ß", "a/../b", "x\n"].map(str::to_owned);
        for builder in long.iter().chain(&odd) {
            let name = namespace(builder);
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.len() <= LABEL && name.chars().all(is_plain), "{builder:?}: {name}");
            assert!(!name.starts_with('-') && name.ends_with("-lab") && !name.ends_with("--lab"), "{name}");
        }
        // Two long ones that differ at their ends only.
        assert_ne!(namespace(&format!("{}b", "a".repeat(63))), namespace(&format!("{}c", "a".repeat(63))));
    }

    #[test]
    fn a_label_says_what_it_is_about_or_is_mapped() {
        assert_eq!(label_value("ses_1A.b"), "ses_1A.b");
        for odd in ["", "ends-", "ä", &"x".repeat(64)] {
            let value = label_value(odd);
            assert!(!value.is_empty() && value.len() <= LABEL && value != odd, "{odd}: {value}");
        }
    }
}
