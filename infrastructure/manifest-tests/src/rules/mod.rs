//! Rules of ours, over all documents of an overlay.

mod access;
mod network;
mod pods;
mod references;
mod selectors;

use crate::document::Document;
use std::collections::BTreeSet;

pub fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = doubles(all);
    faults.extend(secrets(all));
    faults.extend(waves(all));
    for rule in [pods::faults, selectors::faults, references::faults, network::faults, access::faults] {
        faults.extend(rule(all));
    }
    faults
}

fn doubles(all: &[Document]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = all.iter().filter(|document| !seen.insert(document.title()));
    again.map(|document| format!("{}: is there twice", document.title())).collect()
}

/// Secrets come from the store; a manifest with one would be in git.
fn secrets(all: &[Document]) -> Vec<String> {
    let plain = all.iter().filter(|document| document.kind() == "Secret");
    plain
        .map(|document| format!("{}: a secret must not be in git; use an ExternalSecret", document.title()))
        .collect()
}

/// What others stand on comes first.
fn waves(all: &[Document]) -> Vec<String> {
    let first_workload = all.iter().filter(|document| document.pod().is_some()).map(Document::wave).min();
    let early = |document: &&Document| {
        matches!(
            document.kind(),
            "Namespace" | "PersistentVolumeClaim" | "ClusterExternalSecret" | "ExternalSecret"
        )
    };
    let late = all.iter().filter(early).filter(|document| Some(document.wave()) >= first_workload);
    late.map(|document| format!("{}: its sync wave must be before the workloads'", document.title()))
        .collect()
}
