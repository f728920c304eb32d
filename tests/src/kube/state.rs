//! What the double remembers, and how it is told to behave.

use k8s_openapi::api::coordination::v1::Lease;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A call that came: verb, group and resource, the object's name where it has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub verb: &'static str,
    pub group: &'static str,
    pub resource: &'static str,
    pub name: Option<String>,
}

#[derive(Default)]
pub struct State {
    pub lease: Option<Lease>,
    /// Counts writes: a version is one of these.
    pub version: u64,
    /// Labels that pods were given.
    pub labels: BTreeMap<String, BTreeMap<String, Value>>,
    /// Tokens that were made.
    pub tokens: BTreeMap<String, MadeToken>,
    /// The pods there are, each with its uid.
    pub pods: BTreeMap<String, String>,
    /// What is forbidden: verb and resource.
    pub forbidden: BTreeSet<(String, String)>,
    /// Does not answer, as a server behind a cut network.
    pub silent: bool,
    /// The next so many writes of the lease find that somebody else was faster.
    pub conflicts: u32,
    /// Everything that was called.
    pub calls: BTreeSet<Call>,
    /// Every write of the gateway to an object of the cluster, in their order, whatever came of it.
    pub writes: Vec<Call>,
    /// What a strict server would have refused. A test looks that there is nothing.
    pub complaints: Vec<String>,
}

/// A token as somebody asked for it.
#[derive(Clone, Debug, Default)]
pub struct MadeToken {
    /// Such as `system:serviceaccount:ai-dev:codev`.
    pub account: String,
    pub audiences: Vec<String>,
    /// The pod that it is bound to, and that pod's uid.
    pub pod: Option<(String, String)>,
}

impl State {
    /// A pod that runs, and what its projected volume gives it for the gateway.
    pub fn run_pod(&mut self, name: &str, uid: &str, account: &str) -> String {
        self.pods.insert(name.to_owned(), uid.to_owned());
        let token = format!("token-of-{name}-{uid}");
        let (account, audiences) = (account.to_owned(), vec!["opencode-gateway".to_owned()]);
        let pod = Some((name.to_owned(), uid.to_owned()));
        self.tokens.insert(token.clone(), MadeToken { account, audiences, pod });
        token
    }

    pub fn holder(&self) -> Option<String> {
        self.lease.as_ref()?.spec.as_ref()?.holder_identity.clone()
    }
}
