//! What is left of root. The kernel lets some of its powers past Landlock: whoever may measure performance may read every
//! process's environment and map of memory.

use crate::refusal::Refusal;
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

/// What installing packages and owning files needs. Whoever runs as an ordinary user has none of them anyway.
const ORDINARY: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::NET_BIND_SERVICE);

/// For good: with "no new privileges", which Landlock demands, no program gets them back.
pub(crate) fn drop_all_but_ordinary() -> Result<(), Refusal> {
    let dropped = capabilities(None).and_then(|now| {
        let left = |set: CapabilitySet| set.intersection(ORDINARY);
        let CapabilitySets { effective, permitted, .. } = now;
        let inheritable = CapabilitySet::empty();
        set_capabilities(
            None,
            CapabilitySets { effective: left(effective), permitted: left(permitted), inheritable },
        )
    });
    dropped.map_err(|error| {
        Refusal::new(
            format!("root's powers cannot be dropped ({error})"),
            "the kernel",
            "Run OpenCode as an ordinary user",
        )
    })
}
