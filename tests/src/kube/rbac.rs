//! Who may do what. The gateway's account has the rights that the manifests grant, and no others; a test adds and takes away.

use super::failure::Failure;
use super::kinds::Kind;
use super::request::ApiRequest;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub name: String,
    /// Nothing is forbidden.
    pub administrator: bool,
}

/// The gateway's account.
pub const GATEWAY: &str = "system:serviceaccount:ai-dev:gateway";

/// What the administrators and ArgoCD apply.
const MANIFESTS: [&str; 3] = [
    include_str!("../../../infrastructure/kustomize/components/gateway/access.yaml"),
    include_str!("../../../infrastructure/kustomize/components/labs/access.yaml"),
    include_str!("../../../infrastructure/kustomize/cluster/access.yaml"),
];

#[derive(Clone, Debug)]
struct Grant {
    user: String,
    /// None: in the whole cluster.
    namespace: Option<String>,
    groups: Vec<String>,
    resources: Vec<String>,
    /// Empty: whatever the name.
    names: Vec<String>,
    verbs: Vec<String>,
}

pub(super) struct Rights {
    grants: Vec<Grant>,
    /// Verb and resource, whatever the manifests say.
    forbidden: BTreeSet<(String, String)>,
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt<'a> {
    pub user: &'a User,
    pub verb: &'a str,
    pub group: &'a str,
    /// With its subresource: `pods/log`.
    pub resource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
}

impl Rights {
    pub(super) fn of_the_manifests() -> Self {
        let documents = MANIFESTS.iter().flat_map(|text| serde_yaml::Deserializer::from_str(text));
        let documents = documents.filter_map(|part| Value::deserialize(part).ok());
        let mut grants = vec![];
        for role in documents.filter(|document| document["rules"].is_array()) {
            let namespace = role["metadata"]["namespace"].as_str().map(str::to_owned);
            for rule in role["rules"].as_array().into_iter().flatten() {
                let list = |name: &str| -> Vec<String> {
                    let words = rule[name].as_array().into_iter().flatten();
                    words.filter_map(Value::as_str).map(str::to_owned).collect()
                };
                grants.push(Grant {
                    user: GATEWAY.to_owned(),
                    namespace: namespace.clone(),
                    groups: list("apiGroups"),
                    resources: list("resources"),
                    names: list("resourceNames"),
                    verbs: list("verbs"),
                });
            }
        }
        Self { grants, forbidden: BTreeSet::new() }
    }

    /// In the whole cluster.
    pub(super) fn grant(&mut self, user: &str, group: &str, resource: &str, verbs: &[&str]) {
        for verb in verbs {
            self.forbidden.remove(&((*verb).to_owned(), resource.to_owned()));
        }
        self.grants.push(Grant {
            user: user.to_owned(),
            namespace: None,
            groups: vec![group.to_owned()],
            resources: vec![resource.to_owned()],
            names: vec![],
            verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
        });
    }

    pub(super) fn forbid(&mut self, verb: &str, resource: &str) {
        self.forbidden.insert((verb.to_owned(), resource.to_owned()));
    }

    pub(super) fn allow(&self, wanted: &Attempt<'_>) -> bool {
        if wanted.user.administrator {
            return true;
        }
        let has = |list: &[String], word: &str| list.iter().any(|one| one == word || one == "*");
        let within = |grant: &Grant| grant.namespace.as_deref().is_none_or(|one| one == wanted.namespace);
        let fits = |grant: &&Grant| {
            grant.user == wanted.user.name
                && within(grant)
                && has(&grant.groups, wanted.group)
                && has(&grant.resources, wanted.resource)
                && has(&grant.verbs, wanted.verb)
                && (grant.names.is_empty() || has(&grant.names, wanted.name))
        };
        !self.forbidden.contains(&(wanted.verb.to_owned(), wanted.resource.to_owned()))
            && self.grants.iter().any(|grant| fits(&grant))
    }

    pub(super) fn check(&self, request: &ApiRequest) -> Result<(), Failure> {
        self.check_verb(request, request.verb, &request.name)
    }

    /// Applying what isn't there needs the right to create it, too.
    pub(super) fn check_verb(&self, request: &ApiRequest, verb: &str, name: &str) -> Result<(), Failure> {
        let subresource = request.subresource;
        let resource = if subresource.is_empty() {
            request.kind.resource.to_owned()
        } else {
            format!("{}/{subresource}", request.kind.resource)
        };
        // A namespace counts as within itself when it has a name.
        let namespace = if request.kind.namespaced { &request.namespace } else { &request.name };
        let wanted = Attempt {
            user: &request.user,
            verb,
            group: request.kind.group,
            resource: &resource,
            namespace,
            name,
        };
        if self.allow(&wanted) { Ok(()) } else { Err(refusal(request.kind, &wanted)) }
    }
}

fn refusal(kind: &Kind, wanted: &Attempt<'_>) -> Failure {
    let place = match wanted.namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace \"{namespace}\""),
    };
    let why = format!(
        "User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
        wanted.user.name, wanted.verb, wanted.resource, wanted.group
    );
    Failure::forbidden(kind, wanted.name, &why)
}
