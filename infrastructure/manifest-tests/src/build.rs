//! Runs kustomize, which is part of kubectl, and reads what it prints.

use crate::document::Document;
use anyhow::{Context, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The overlays, which are all that is ever deployed.
pub fn overlays() -> Vec<PathBuf> {
    ["dev", "lab"].map(|name| repository().join("infrastructure/kustomize/overlays").join(name)).into()
}

/// What the cluster's administrators apply before, and ArgoCD may not change.
pub fn cluster() -> PathBuf {
    repository().join("infrastructure/kustomize/cluster")
}

/// All that is there once an overlay is deployed.
pub fn deployed(overlay: &Path) -> anyhow::Result<Vec<Document>> {
    let mut documents = build(&cluster())?;
    documents.extend(build(overlay)?);
    Ok(documents)
}

/// The documents of a kustomization.
pub fn build(kustomization: &Path) -> anyhow::Result<Vec<Document>> {
    let output = Command::new(kubectl()).arg("kustomize").arg(kustomization).output();
    let output = output.context("kubectl is missing; `make manifest-tools` brings it")?;
    if !output.status.success() {
        bail!("kustomize: {}", String::from_utf8_lossy(&output.stderr));
    }
    read(&String::from_utf8(output.stdout)?)
}

/// The documents of a YAML text.
pub fn read(text: &str) -> anyhow::Result<Vec<Document>> {
    let parts = serde_yaml::Deserializer::from_str(text);
    let values = parts.map(|part| Ok(Document(serde_json::Value::deserialize(part)?)));
    values.filter(|document| !matches!(document, Ok(Document(serde_json::Value::Null)))).collect()
}

/// `KUBECTL`, or what the Makefile brought, or the machine's own.
fn kubectl() -> PathBuf {
    if let Some(path) = std::env::var_os("KUBECTL") {
        return path.into();
    }
    let brought = repository().join("target/tools/kubectl");
    if brought.is_file() { brought } else { "kubectl".into() }
}
