//! Rules of ours, over all documents of an overlay.

mod access;
mod network;
mod pods;
mod references;
mod secrets;
mod selectors;

use crate::document::Document;
use std::collections::BTreeSet;

pub fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = doubles(all);
    faults.extend(waves(all));
    let rules = [
        pods::faults,
        secrets::faults,
        selectors::faults,
        references::faults,
        network::faults,
        access::faults,
    ];
    for rule in rules {
        faults.extend(rule(all));
    }
    faults
}

fn doubles(all: &[Document]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = all.iter().filter(|document| !seen.insert(document.title()));
    again.map(|document| format!("{}: is there twice", document.title())).collect()
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
