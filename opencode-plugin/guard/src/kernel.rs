//! What only the kernel itself can tell or do. The two system calls here have no safe wrapper in the crates that we use.
#![allow(unsafe_code)]

use std::io;

/// Descriptors from here on are nobody's but OpenCode's.
const FIRST_FOREIGN: libc::c_uint = 3;

/// The kernel's version of Landlock; 0 where there is none.
pub(crate) fn landlock_abi() -> i32 {
    const VERSION: libc::c_uint = 1;
    let nothing = std::ptr::null::<libc::c_void>();
    // SAFETY: with the flag that asks for the version the kernel reads no memory of ours: pointer and size are null.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) };
    i32::try_from(abi).unwrap_or(0).max(0)
}

/// No program that is started from here on inherits a descriptor above standard error.
pub(crate) fn close_descriptors_with_exec() -> io::Result<()> {
    let flags = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: three integers. Nothing is closed here: the descriptors are only marked, so what the standard library
    // holds open stays valid.
    let done = unsafe { libc::syscall(libc::SYS_close_range, FIRST_FOREIGN, libc::c_uint::MAX, flags) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether system calls can be refused here.
pub(crate) fn has_seccomp() -> bool {
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail");
    actions.is_ok_and(|actions| actions.split_whitespace().any(|action| action == "errno"))
}
