//! How the agents of each pod are kept from what is not theirs, as the pod said it last.

use bridge_protocol::{EffectivePermissions, GuardReport, Hello};
use dashmap::DashMap;
use gateway_domain::{GuardState, one_line};

/// Pods that are remembered; more than ever are connected. Whoever is forgotten counts as unguarded.
const REMEMBERED: usize = 4_000;

/// What a pod tells is shown to people: so many lines.
const LINES: usize = 20;

const NO_GUARD: &str = "OpenCode was started without the guard";

/// Why a pod is not believed to guard its agents before it has said so.
pub(super) const NOT_SAID: &str = "its pod hasn't reported how it guards its agents";

#[derive(Default)]
pub struct Guards(DashMap<String, PodGuard>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodGuard {
    pub state: GuardState,
    /// Every call waits for the gateway, whatever the gateway's own rules say.
    pub has_gate: bool,
}

impl Guards {
    pub(super) fn note(&self, pod: &str, hello: &Hello) {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(pod) {
            self.0.clear();
        }
        let has_gate = hello.effective.as_ref().is_some_and(|told| told.gate);
        let state = state(hello);
        if state.is_unguarded() {
            tracing::warn!(pod, why = state.sentence(), "agents of this pod are unguarded");
        }
        self.0.insert(pod.to_owned(), PodGuard { state, has_gate });
    }

    /// Nothing before the pod has said so.
    pub fn of(&self, pod: &str) -> Option<PodGuard> {
        self.0.get(pod).map(|known| known.clone())
    }

    /// Also where nobody knows.
    pub(super) fn is_unguarded(&self, pod: &str) -> bool {
        self.0.get(pod).is_none_or(|known| known.state.is_unguarded())
    }
}

/// Older plugins do not say what gets into OpenCode, so it may be anything.
const NOT_TOLD: &str = "its plugins, settings and skills (the plugin of this pod is too old to tell)";

/// From what a pod said.
pub(crate) fn state(hello: &Hello) -> GuardState {
    let EffectivePermissions { gate, repository, unasked } = hello.effective.clone().unwrap_or_else(|| {
        EffectivePermissions { repository: vec![NOT_TOLD.to_owned()], ..EffectivePermissions::default() }
    });
    // Behind the gate OpenCode's own rules let nothing run.
    judged(hello.guard.as_ref(), repository, if gate { vec![] } else { lines(unasked) })
}

fn judged(guard: Option<&GuardReport>, repository: Vec<String>, unasked: Vec<String>) -> GuardState {
    match guard {
        None => GuardState::unguarded(NO_GUARD, unasked),
        Some(GuardReport { refused: Some(why), .. }) => GuardState::unguarded(one_line(why), unasked),
        Some(GuardReport { abi: 0, .. }) => GuardState::unguarded("the kernel has no Landlock", unasked),
        Some(GuardReport { missing, .. }) => {
            let brought = repository.into_iter().map(|what| format!("what a repository brings: {what}"));
            GuardState::guarded(lines(missing.iter().cloned().chain(brought)), unasked)
        }
    }
}

fn lines(told: impl IntoIterator<Item = String>) -> Vec<String> {
    told.into_iter().take(LINES).map(|line| one_line(&line)).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use bridge_protocol::{Position, VersionRange};
    use gateway_domain::GuardLevel;

    fn report(missing: &[&str], refused: Option<&str>) -> GuardReport {
        let missing = missing.iter().map(|&one| one.to_owned()).collect();
        GuardReport { abi: 7, missing, refused: refused.map(str::to_owned) }
    }

    /// Of a pod without sessions.
    pub(crate) fn hello(guard: Option<GuardReport>, effective: Option<EffectivePermissions>) -> Hello {
        Hello {
            protocol: VersionRange { min: 1, max: 1 },
            plugin_version: String::new(),
            opencode_version: String::new(),
            pod: "pod-a".to_owned(),
            boot_id: String::new(),
            started_at: 0,
            server_url: None,
            directories: vec![],
            sessions: vec![],
            permissions: vec![],
            questions: vec![],
            held: vec![],
            guard,
            effective,
            position: Position::default(),
        }
    }

    #[test]
    fn only_a_guard_that_works_guards_and_what_is_open_is_named() {
        // REQ-GATE-05, REQ-GATE-07
        let told = EffectivePermissions { repository: vec!["its skills".to_owned()], ..Default::default() };
        let of = |guard: Option<GuardReport>, told: &EffectivePermissions| {
            state(&hello(guard, Some(told.clone())))
        };
        let closed = EffectivePermissions::default();
        assert_eq!(of(Some(report(&[], None)), &closed).level, GuardLevel::Guarded);
        let partly = of(Some(report(&["sockets"], None)), &told);
        assert_eq!(partly.sentence(), "partly guarded: sockets; what a repository brings: its skills");
        for none in
            [None, Some(report(&[], Some("not used"))), Some(GuardReport { abi: 0, ..report(&[], None) })]
        {
            assert!(of(none.clone(), &closed).is_unguarded(), "{none:?}");
        }
        let older = state(&hello(Some(report(&[], None)), None));
        assert_eq!(older.level, GuardLevel::Partly, "what is not told is not believed to be closed");
    }

    #[test]
    fn a_pod_that_says_much_is_cut_short_and_says_it_in_plain_lines() {
        // REQ-HARD-02
        let many = vec!["a\u{202e}b\nc".to_owned() + &"x".repeat(9_000); 100];
        let told = EffectivePermissions { unasked: many, ..Default::default() };
        let GuardState { unasked, .. } = state(&hello(None, Some(told)));
        assert_eq!(unasked.len(), LINES);
        assert!(unasked[0].chars().count() < 1_000 && !unasked[0].contains(['\n', '\u{202e}']));
    }

    #[test]
    fn a_pod_that_said_nothing_is_not_believed_to_be_guarded() {
        // REQ-GATE-05
        assert!(Guards::default().is_unguarded("pod-a"));
        assert_eq!(Guards::default().of("pod-a"), None);
    }
}
