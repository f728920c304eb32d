//! A request of the API, read from its address, query and headers.

use super::kinds::{KINDS, Kind};
use super::rbac::User;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri, header};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) struct ApiRequest {
    pub verb: &'static str,
    pub kind: &'static Kind,
    /// Empty: all of them, or a thing of the cluster.
    pub namespace: String,
    /// Empty: the collection.
    pub name: String,
    /// Empty: the object itself.
    pub subresource: &'static str,
    pub query: BTreeMap<String, String>,
    pub user: User,
    pub agent: String,
    pub content_type: String,
    pub accept: String,
    pub body: Bytes,
}

/// The subresources that the double has.
const SUBRESOURCES: [&str; 3] = ["status", "log", "finalize"];

impl ApiRequest {
    /// None: the address is none of those that the double has.
    pub(super) fn read(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        user: User,
        body: Bytes,
    ) -> Option<Self> {
        let (kind, namespace, name, subresource) = place(uri.path())?;
        let query = query(uri.query().unwrap_or_default());
        let watches = query.get("watch").is_some_and(|value| matches!(value.as_str(), "true" | "1"));
        let verb = match (method.as_str(), name.is_empty()) {
            ("GET", true) if watches => "watch",
            ("GET", true) => "list",
            ("GET", false) => "get",
            ("POST", true) => "create",
            ("PUT", false) => "update",
            ("PATCH", false) => "patch",
            ("DELETE", true) => "deletecollection",
            ("DELETE", false) => "delete",
            _ => return None,
        };
        let text = |name| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Some(Self {
            verb,
            kind,
            namespace,
            name,
            subresource,
            query,
            user,
            agent: text(header::USER_AGENT),
            content_type: text(header::CONTENT_TYPE),
            accept: text(header::ACCEPT),
            body,
        })
    }

    pub(super) fn asked(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub(super) fn is_dry(&self) -> bool {
        !self.asked("dryRun").is_empty()
    }

    /// Who is written down as the writer: as it says, or the first word of its program's name.
    pub(super) fn field_manager(&self) -> String {
        let given = self.asked("fieldManager");
        let program = self.agent.split('/').next().unwrap_or_default();
        match (given, program) {
            ("", "") => "unknown".to_owned(),
            ("", program) => program.to_owned(),
            (given, _) => given.to_owned(),
        }
    }

    /// What was called, for tests that look.
    pub(super) fn resource(&self) -> &'static str {
        if (self.kind.resource, self.subresource) == ("pods", "log") {
            "pods/log"
        } else {
            self.kind.resource
        }
    }
}

type Place = (&'static Kind, String, String, &'static str);

fn place(path: &str) -> Option<Place> {
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("", rest),
        ["apis", group, "v1", rest @ ..] => (*group, rest),
        _ => return None,
    };
    let kind = |resource: &str| KINDS.iter().find(|kind| kind.resource == resource && kind.group == group);
    let subresource = |name: &str| SUBRESOURCES.into_iter().find(|one| *one == name);
    let owned = str::to_owned;
    Some(match rest {
        ["namespaces"] => (kind("namespaces")?, String::new(), String::new(), ""),
        ["namespaces", name] => (kind("namespaces")?, String::new(), owned(name), ""),
        ["namespaces", name, sub] if subresource(sub).is_some() => {
            (kind("namespaces")?, String::new(), owned(name), subresource(sub)?)
        }
        ["namespaces", namespace, resource] => (kind(resource)?, owned(namespace), String::new(), ""),
        ["namespaces", namespace, resource, name] => (kind(resource)?, owned(namespace), owned(name), ""),
        ["namespaces", namespace, resource, name, sub] => {
            (kind(resource)?, owned(namespace), owned(name), subresource(sub)?)
        }
        [resource] => (kind(resource)?, String::new(), String::new(), ""),
        _ => return None,
    })
}

fn query(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = vec![];
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
