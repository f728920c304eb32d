//! Which OpenCode is meant: by the port that was called, and where several share one, by the host's name.

use crate::sessions::pages::{POD, Page};
use axum::http::{HeaderMap, header};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use std::net::SocketAddr;

/// An OpenCode whose web UI is served.
#[derive(Clone, Debug)]
pub struct Target {
    /// The pod; without one it is for all pods that have none of their own.
    pub pod: Option<String>,
    /// Where OpenCode is, such as `http://pod-a:4096`, perhaps with `{pod}` in it.
    pub opencode: String,
    /// Where people open it, such as `https://pod-a.example.test`, perhaps with `{pod}` in it.
    pub origin: String,
    pub listen: SocketAddr,
    pub login: Option<Login>,
}

/// What OpenCode wants to see with every request. Never printed.
#[derive(Clone, Debug)]
pub struct Login {
    pub user: String,
    pub password: SecretString,
}

impl Login {
    pub(super) fn sign(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.basic_auth(&self.user, Some(self.password.expose_secret()))
    }
}

impl Target {
    pub fn page(&self) -> Page {
        Page { pod: self.pod.clone(), origin: self.origin.clone() }
    }
}

/// A port, and the OpenCodes behind it.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) listen: SocketAddr,
    targets: Vec<Target>,
}

/// The OpenCode that a request is for.
#[derive(Clone)]
pub(super) struct OpenCodeAddress {
    pub(super) base: Url,
    pub(super) login: Option<Login>,
}

impl Door {
    /// The doors that these targets need.
    pub(super) fn all(targets: &[Target]) -> Vec<Self> {
        let mut doors: Vec<Self> = vec![];
        for target in targets {
            match doors.iter_mut().find(|door| door.listen == target.listen) {
                Some(door) => door.targets.push(target.clone()),
                None => doors.push(Self { listen: target.listen, targets: vec![target.clone()] }),
            }
        }
        doors
    }

    /// A name of its own counts before a pattern. A port with just one OpenCode behind it needs no names.
    pub(super) fn find(&self, headers: &HeaderMap, known: &dyn Fn(&str) -> bool) -> Option<OpenCodeAddress> {
        let host = headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
        let mut named: Vec<_> = self
            .targets
            .iter()
            .filter_map(|target| Some((target, target.page().pod_at(&host)?.to_owned())))
            .collect();
        named.sort_by_key(|(_, pod)| !pod.is_empty());
        match (named.first(), self.targets.as_slice()) {
            // A name that nobody has is not asked for in the network.
            (Some((target, pod)), _) => (pod.is_empty() || known(pod)).then(|| target.found(pod)).flatten(),
            (None, [only]) if !only.origin.contains(POD) => only.found(""),
            (None, _) => None,
        }
    }
}

impl Target {
    fn found(&self, pod: &str) -> Option<OpenCodeAddress> {
        let base = Url::parse(&self.opencode.replace(POD, pod)).ok()?;
        Some(OpenCodeAddress { base, login: self.login.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn target(pod: Option<&str>, origin: &str, opencode: &str, port: u16) -> Target {
        Target {
            pod: pod.map(str::to_owned),
            opencode: opencode.to_owned(),
            origin: origin.to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            login: None,
        }
    }

    fn found(door: &Door, host: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        door.find(&headers, &|pod| pod == "pod-a" || pod == "pod-b").map(|found| found.base.to_string())
    }

    #[test]
    fn pods_share_a_port_by_their_names() {
        let doors = Door::all(&[
            target(None, "https://{pod}.example.test", "http://{pod}.pods:4096", 1),
            target(Some("pod-b"), "https://pod-b.example.test", "http://10.0.0.2:4096", 1),
        ]);
        assert_eq!(doors.len(), 1);
        assert_eq!(found(&doors[0], "pod-a.example.test").unwrap(), "http://pod-a.pods:4096/");
        assert_eq!(found(&doors[0], "POD-B.example.test").unwrap(), "http://10.0.0.2:4096/");
        for nobody in ["pod-c.example.test", "pod-a.evil.test", ".example.test", "x/pod-a.example.test"] {
            assert_eq!(found(&doors[0], nobody), None, "{nobody}");
        }
    }

    #[test]
    fn a_port_with_one_opencode_needs_no_name() {
        let doors = Door::all(&[
            target(Some("pod-a"), "http://localhost:1", "http://127.0.0.1:4096", 1),
            target(Some("pod-b"), "http://localhost:2", "http://127.0.0.1:4097", 2),
        ]);
        assert_eq!(found(&doors[0], "127.0.0.1:1").unwrap(), "http://127.0.0.1:4096/");
        assert_eq!(found(&doors[1], "gateway.example.test").unwrap(), "http://127.0.0.1:4097/");
    }
}
