//! Kinds of risky things, as rules name them, with what they stand for.

use crate::ask::danger::{Danger, DangerKind};
use crate::pattern::matches;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskKind {
    pub name: &'static str,
    dangers: &'static [DangerKind],
    patterns: &'static [&'static str],
}

pub const RISK_KINDS: [RiskKind; 11] = [
    kind("push", &[DangerKind::ForcePush], &["git push*"]),
    kind("force_push", &[DangerKind::ForcePush], &[]),
    kind(
        "deploy",
        &[],
        &["*deploy*", "kubectl *", "helm *", "terraform *", "tofu *", "ansible*", "argocd *"],
    ),
    kind("publish", &[], &["*publish*", "docker push*", "podman push*", "twine upload*", "gh release *"]),
    kind("delete", &[DangerKind::Destructive], &[]),
    kind("credential", &[DangerKind::Secrets], &[]),
    kind("privileged", &[DangerKind::Privileged], &[]),
    kind("remote_code", &[DangerKind::RemoteCode], &[]),
    kind("decides_what_runs", &[DangerKind::DecidesWhatRuns], &[]),
    kind("outside_directory", &[DangerKind::OutsideDirectory], &[]),
    kind("network", &[DangerKind::Network], &[]),
];

const fn kind(
    name: &'static str,
    dangers: &'static [DangerKind],
    patterns: &'static [&'static str],
) -> RiskKind {
    RiskKind { name, dangers, patterns }
}

pub fn risk_kind(name: &str) -> Option<RiskKind> {
    RISK_KINDS.into_iter().find(|kind| kind.name == name)
}

impl RiskKind {
    pub(super) fn is_in(&self, runs: &[String], dangers: &[Danger]) -> bool {
        dangers.iter().any(|danger| self.dangers.contains(&danger.kind))
            || runs.iter().any(|text| self.patterns.iter().any(|pattern| matches(pattern, text)))
    }
}
