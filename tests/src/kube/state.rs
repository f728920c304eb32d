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
    /// Tokens that are valid, with the account's name and the audiences that they were made for.
    pub tokens: BTreeMap<String, (String, Vec<String>)>,
    /// What is forbidden: verb and resource.
    pub forbidden: BTreeSet<(String, String)>,
    /// Does not answer, as a server behind a cut network.
    pub silent: bool,
    /// The next so many writes of the lease find that somebody else was faster.
    pub conflicts: u32,
    /// Everything that was called.
    pub calls: BTreeSet<Call>,
    /// What a strict server would have refused. A test looks that there is nothing.
    pub complaints: Vec<String>,
}

impl State {
    pub fn holder(&self) -> Option<String> {
        self.lease.as_ref()?.spec.as_ref()?.holder_identity.clone()
    }
}
