//! Addresses of OpenCode's web UIs, and where people open them.

use super::{Variables, given_secret};
use crate::opencode_ui::{Login, Target};
use crate::sessions::pages::POD;
use reqwest::Url;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8001);

/// OpenCode's own name for whoever knows its password.
const DEFAULT_USER: &str = "opencode";

/// All pods without an entry of their own.
const EVERY_POD: &str = "*";

/// `opencode_ui` in the file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Section {
    /// Where the web UI is served, unless a pod has its own address. `GATEWAY_OPENCODE_UI_LISTEN` overrides it.
    #[schemars(extend("default" = DEFAULT_LISTEN.to_string()))]
    listen: Option<String>,
    /// Pods by name. `*` stands for all others, and `{pod}` in its addresses for the pod's name.
    pods: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// OpenCode's address, such as `http://10.0.0.4:4096`.
    opencode: String,
    /// Where people open it. Default: `http://localhost` and the port of `listen`, on loopback only.
    url: Option<String>,
    /// Where it is served. Default: `opencode_ui.listen`.
    listen: Option<String>,
    /// OpenCode's user. Default: `GATEWAY_OPENCODE_USER`, or `opencode`.
    user: Option<String>,
    /// Name of the variable with OpenCode's password. Default: `GATEWAY_OPENCODE_PASSWORD`.
    password_from: Option<String>,
}

/// All targets; what is wrong is named.
pub(super) fn targets(section: &Section, variables: &Variables<'_>, faults: &mut Vec<String>) -> Vec<Target> {
    let mut entries = section.pods.clone();
    if let Some(opencode) = variables("GATEWAY_OPENCODE_URL") {
        let url = variables("GATEWAY_OPENCODE_UI_URL");
        entries.insert(EVERY_POD.to_owned(), Entry { opencode, url, ..Entry::default() });
    }
    let listen = variables("GATEWAY_OPENCODE_UI_LISTEN").or_else(|| section.listen.clone());
    if entries.is_empty() && listen.is_some() {
        faults.push(
            "GATEWAY_OPENCODE_UI_LISTEN: no OpenCode is configured. Set GATEWAY_OPENCODE_URL, or add pods \
                under `opencode_ui`."
                .to_owned(),
        );
        return vec![];
    }
    let mut reader = Reader { variables, listen, faults };
    let targets: Vec<_> = entries.iter().filter_map(|(pod, entry)| reader.target(pod, entry)).collect();
    reader.distinct(&targets);
    targets
}

struct Reader<'a> {
    variables: &'a Variables<'a>,
    listen: Option<String>,
    faults: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn target(&mut self, pod: &str, entry: &Entry) -> Option<Target> {
        let place = match (pod, (self.variables)("GATEWAY_OPENCODE_URL")) {
            (EVERY_POD, Some(_)) => "GATEWAY_OPENCODE_URL".to_owned(),
            _ => format!("opencode_ui.pods.{pod}"),
        };
        let listen = self.listen(&place, entry);
        let opencode = self.address(&place, "opencode", &entry.opencode, &["http"]);
        let origin = self.origin(&place, entry, listen);
        self.patterns(&place, pod, &entry.opencode, origin.as_deref().unwrap_or_default());
        let login = self.login(&place, entry);
        let pod = (pod != EVERY_POD).then(|| pod.to_owned());
        Some(Target { pod, opencode: opencode?, origin: origin?, listen: listen?, login })
    }

    fn listen(&mut self, place: &str, entry: &Entry) -> Option<SocketAddr> {
        let Some(text) = entry.listen.as_ref().or(self.listen.as_ref()) else { return Some(DEFAULT_LISTEN) };
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.faults.push(format!(
                "{place} (GATEWAY_OPENCODE_UI_LISTEN, or `listen`): {text:?} is not a valid address. Example: 127.0.0.1:8001."
            ));
        }
        parsed
    }

    fn origin(&mut self, place: &str, entry: &Entry, listen: Option<SocketAddr>) -> Option<String> {
        if let Some(url) = &entry.url {
            return self.address(place, "url", url, &["http", "https"]);
        }
        let listen = listen?;
        if listen.ip().is_loopback() {
            return Some(super::public_url::address_of(listen));
        }
        self.faults.push(format!(
            "{place} (GATEWAY_OPENCODE_UI_URL, or `url`): set the address where people open it. Example: \
                https://opencode.example.com."
        ));
        None
    }

    /// An address without a path: OpenCode's web UI works at the root of a host only.
    fn address(&mut self, place: &str, key: &str, text: &str, schemes: &[&str]) -> Option<String> {
        let url = Url::parse(&text.replace(POD, "pod")).ok();
        let whole = |url: &Url| {
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            schemes.contains(&url.scheme()) && url.has_host() && bare && url.username().is_empty()
        };
        if url.as_ref().is_some_and(whole) {
            return Some(text.trim_end_matches('/').to_ascii_lowercase());
        }
        // Somebody may have written a password into it.
        let scheme = schemes.join(":// or ");
        self.faults.push(format!(
            "{place}.{key}: must be {scheme}:// and a host, with an optional port; no path, user or password."
        ));
        None
    }

    /// `{pod}` stands in both addresses or in none, and only where it can be many.
    fn patterns(&mut self, place: &str, pod: &str, opencode: &str, origin: &str) {
        let (inside, outside) = (opencode.matches(POD).count(), origin.matches(POD).count());
        if pod != EVERY_POD && inside + outside > 0 {
            self.faults.push(format!("{place}: {POD} only works under `'*'`."));
        } else if inside != outside || outside > 1 {
            self.faults.push(format!(
                "{place}: {POD} must appear once in `opencode` and once in `url`, or in neither."
            ));
        }
    }

    fn login(&mut self, place: &str, entry: &Entry) -> Option<Login> {
        let name = entry.password_from.as_deref();
        let password = given_secret(self.variables, name.unwrap_or("GATEWAY_OPENCODE_PASSWORD"), self.faults);
        if let (None, Some(name)) = (&password, name) {
            self.faults.push(format!("{place}.password_from: the variable {name} is not set."));
        }
        let user = entry.user.clone().or_else(|| (self.variables)("GATEWAY_OPENCODE_USER"));
        let user = user.unwrap_or_else(|| DEFAULT_USER.to_owned());
        Some(Login { user, password: SecretString::from(password?) })
    }

    /// Each has an address of its own.
    fn distinct(&mut self, targets: &[Target]) {
        for (at, target) in targets.iter().enumerate() {
            let before = &targets[..at];
            if before.iter().any(|other| other.origin == target.origin) {
                let (pod, origin) = (target.pod.as_deref().unwrap_or(EVERY_POD), &target.origin);
                self.faults.push(format!(
                    "opencode_ui.pods.{pod}: {origin} is already another pod's address; give each pod its \
                        own `url` or `listen`."
                ));
            }
        }
    }
}
