//! Where people open a session in OpenCode's own web UI.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The part of an address that stands for the pod's name.
pub const POD: &str = "{pod}";

/// A pod's web UI, or that of all pods without one of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub pod: Option<String>,
    /// Such as `https://pod-a.example.test`, or with [`POD`] in it.
    pub origin: String,
}

impl Page {
    /// The pod that this host's name means here; an empty name where all are one.
    pub fn pod_at<'a>(&self, host: &'a str) -> Option<&'a str> {
        let authority =
            self.origin.split_once("://").map_or(self.origin.as_str(), |(_, authority)| authority);
        match authority.split_once(POD) {
            Some((before, after)) => {
                host.strip_prefix(before)?.strip_suffix(after).filter(|pod| is_label(pod))
            }
            None => (authority == host).then_some(""),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct OpenCodePages(Vec<Page>);

impl OpenCodePages {
    pub fn new(pages: Vec<Page>) -> Self {
        Self(pages)
    }

    /// The session's page. None when no web UI is known for its pod.
    pub fn url(&self, pod: &str, directory: &str, session: &str) -> Option<String> {
        // A session that OpenCode has only named yet has no directory.
        if directory.is_empty() {
            return None;
        }
        let origin = self.origin(pod)?;
        Some(format!("{origin}/{}/session/{session}", URL_SAFE_NO_PAD.encode(directory)))
    }

    /// The origin of ours that a host's name stands for; with just one there is no other to be meant.
    pub fn origin_at(&self, host: &str) -> Option<String> {
        let named = self.0.iter().find_map(|page| Some(page.origin.replace(POD, page.pod_at(host)?)));
        let only = || match self.0.as_slice() {
            [only] if !only.origin.contains(POD) => Some(only.origin.clone()),
            _ => None,
        };
        named.or_else(only)
    }

    fn origin(&self, pod: &str) -> Option<String> {
        let own = self.0.iter().find(|page| page.pod.as_deref() == Some(pod));
        let page = own.or_else(|| self.0.iter().find(|page| page.pod.is_none()))?;
        let nameable = !page.origin.contains(POD) || is_label(pod);
        nameable.then(|| page.origin.replace(POD, pod))
    }
}

/// May stand in a host's name.
pub fn is_label(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(pod: Option<&str>, origin: &str) -> Page {
        Page { pod: pod.map(str::to_owned), origin: origin.to_owned() }
    }

    #[test]
    fn a_sessions_page_names_its_directory_as_opencode_does() {
        // REQ-THREAD-01
        let pages = OpenCodePages::new(vec![
            page(Some("pod-b"), "http://localhost:8002"),
            page(None, "https://{pod}.example.test"),
        ]);
        let url = |pod: &str| pages.url(pod, "/work/a?b", "ses_00000001");
        assert_eq!(url("pod-b").unwrap(), "http://localhost:8002/L3dvcmsvYT9i/session/ses_00000001");
        assert_eq!(url("pod-a").unwrap(), "https://pod-a.example.test/L3dvcmsvYT9i/session/ses_00000001");
        assert_eq!(url("Pod.A/evil"), None, "no name for a host");
        assert_eq!(pages.url("pod-b", "", "ses_00000001"), None);
        assert_eq!(pages.origin_at("pod-a.example.test").unwrap(), "https://pod-a.example.test");
        assert_eq!(pages.origin_at("evil.test"), None);
        assert_eq!(OpenCodePages::default().url("pod-a", "/work", "ses_00000001"), None);
    }
}
