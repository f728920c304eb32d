//! Builds the manifests as ArgoCD does, and looks at every document: its type or schema ([`types`]), and rules of
//! ours ([`rules`]). What is wrong is told with the document and the place.

pub mod alloy;
pub mod build;
pub mod document;
pub mod rules;
pub mod types;

pub use build::{build, deployed, overlays, read};
pub use document::Document;

/// Everything that is wrong with these documents, one sentence each.
pub fn faults(documents: &[Document]) -> Vec<String> {
    let typed = documents.iter().flat_map(types::faults);
    typed.chain(rules::faults(documents)).collect()
}
