//! System calls that ordinary work does not need, and that lead around Landlock or out of the session.

use crate::refusal::Refusal;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;

/// Refused whatever their arguments: mounts and namespaces, other processes' memory, what works beside the checks of
/// the kernel (io_uring), and what has often been a way into it.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_open_by_handle_at,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
];

/// Typing into somebody else's terminal.
const TERMINAL_TRICKS: [u64; 2] = [0x5412 /* TIOCSTI */, 0x541C /* TIOCLINUX */];

/// Landlock's rules on ports are about TCP: MPTCP and SMC connect without asking them.
const OTHER_TRANSPORTS: [u64; 2] = [262 /* IPPROTO_MPTCP */, 256 /* IPPROTO_SMC */];
const FAMILY_SMC: u64 = 43;

/// TCP Fast Open connects while it sends, past the check of `connect`. The flag is the third argument of `sendmsg`, and
/// the fourth of the other two.
const SENDING: [(libc::c_long, u8); 3] =
    [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// From here on, for this process and all that it starts.
pub(crate) fn enter() -> Result<(), Refusal> {
    let wrong = |error: &dyn std::fmt::Display| {
        Refusal::new(
            format!("system calls cannot be refused ({error})"),
            "seccomp",
            "Allow seccomp filters in this container",
        )
    };
    for program in [refusing(forbidden(), libc::EPERM), refusing(transports(), libc::EPROTONOSUPPORT)] {
        let program = program.map_err(|error| wrong(&error))?;
        seccompiler::apply_filter(&program).map_err(|error| wrong(&error))?;
    }
    Ok(())
}

fn refusing(
    rules: Result<Rules, seccompiler::BackendError>,
    error: i32,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let error = SeccompAction::Errno(error.unsigned_abs());
    SeccompFilter::new(rules?, SeccompAction::Allow, error, std::env::consts::ARCH.try_into()?)?.try_into()
}

fn forbidden() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = Rules::new();
    for call in REFUSED {
        add(&mut rules, *call, vec![]);
    }
    let tricks = TERMINAL_TRICKS.iter().map(|request| one(1, SeccompCmpOp::Eq, *request));
    add(&mut rules, libc::SYS_ioctl, tricks.collect::<Result<_, _>>()?);
    let fast_open = u64::from(libc::MSG_FASTOPEN.unsigned_abs());
    for (call, flags) in SENDING {
        add(&mut rules, call, vec![one(flags, SeccompCmpOp::MaskedEq(fast_open), fast_open)?]);
    }
    Ok(rules)
}

/// Answered as by a kernel that was built without them, so that programs fall back to TCP.
fn transports() -> Result<Rules, seccompiler::BackendError> {
    let mut sockets = vec![one(0, SeccompCmpOp::Eq, FAMILY_SMC)?];
    for protocol in OTHER_TRANSPORTS {
        sockets.push(one(2, SeccompCmpOp::Eq, protocol)?);
    }
    let mut rules = Rules::new();
    add(&mut rules, libc::SYS_socket, sockets);
    Ok(rules)
}

fn one(argument: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, Dword, is, value)?])
}

/// Also under the numbers that the same calls have for programs of the x32 kind, which the check of the
/// architecture lets through.
fn add(rules: &mut Rules, call: libc::c_long, conditions: Vec<SeccompRule>) {
    for call in [Some(call), x32(call)].into_iter().flatten() {
        rules.insert(call, conditions.clone());
    }
}

#[cfg(target_arch = "x86_64")]
fn x32(call: libc::c_long) -> Option<libc::c_long> {
    const BIT: libc::c_long = 0x4000_0000;
    let own = match call {
        libc::SYS_ioctl => 514,
        libc::SYS_sendmsg => 518,
        libc::SYS_kexec_load => 528,
        libc::SYS_sendmmsg => 538,
        libc::SYS_process_vm_readv => 539,
        libc::SYS_process_vm_writev => 540,
        same => same,
    };
    Some(BIT | own)
}

#[cfg(not(target_arch = "x86_64"))]
fn x32(_: libc::c_long) -> Option<libc::c_long> {
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_filters_can_be_made_for_this_machine() {
        // REQ-GATE-07
        for rules in [super::forbidden(), super::transports()] {
            let program = super::refusing(rules, libc::EPERM).unwrap();
            // The kernel takes 4,096 instructions at most.
            assert!((10..4096).contains(&program.len()), "{}", program.len());
        }
    }
}
