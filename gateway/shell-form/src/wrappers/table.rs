//! Programs that run another: which of their own words stand in front of it. What is not here is not known, also where a
//! program would take it as short for something that is.

use crate::form::WrapperKind::{self, Elsewhere, Plain, Privileged};

pub(crate) struct Options {
    pub(crate) kind: WrapperKind,
    /// Letters that stand alone, and those with a value behind them.
    pub(crate) letters: &'static str,
    pub(crate) valued: &'static str,
    pub(crate) long: &'static [&'static str],
    pub(crate) long_valued: &'static [&'static str],
    /// `-5`.
    pub(crate) numbers: bool,
    /// `NAME=value` in front of the program.
    pub(crate) settings: bool,
    /// Words that are the wrapper's own, behind its options.
    pub(crate) operands: usize,
}

const NONE: Options = Options {
    kind: Plain,
    letters: "",
    valued: "",
    long: &[],
    long_valued: &[],
    numbers: false,
    settings: false,
    operands: 0,
};

static WRAPPERS: [(&str, Options); 13] = [
    ("builtin", NONE),
    ("command", Options { letters: "p", ..NONE }),
    ("doas", Options { kind: Privileged, letters: "n", valued: "u", ..NONE }),
    (
        "env",
        Options {
            kind: Elsewhere,
            letters: "i0v",
            valued: "uC",
            long: &["--ignore-environment", "--null", "--debug"],
            long_valued: &["--unset", "--chdir"],
            settings: true,
            ..NONE
        },
    ),
    ("exec", NONE),
    ("ionice", Options { letters: "t", valued: "cn", long_valued: &["--class", "--classdata"], ..NONE }),
    ("nice", Options { valued: "n", long_valued: &["--adjustment"], numbers: true, ..NONE }),
    ("nohup", NONE),
    ("setsid", Options { letters: "cfw", long: &["--ctty", "--fork", "--wait"], ..NONE }),
    ("stdbuf", Options { valued: "ioe", long_valued: &["--input", "--output", "--error"], ..NONE }),
    (
        "sudo",
        Options {
            kind: Privileged,
            letters: "nEHSkbP",
            valued: "ugp",
            long: &["--non-interactive", "--preserve-env", "--set-home", "--stdin"],
            long_valued: &["--user", "--group", "--prompt"],
            settings: true,
            ..NONE
        },
    ),
    (
        "time",
        Options {
            letters: "pvaq",
            valued: "of",
            long: &["--portability", "--verbose", "--append", "--quiet"],
            long_valued: &["--output", "--format"],
            ..NONE
        },
    ),
    (
        "timeout",
        Options {
            letters: "fpv",
            valued: "ks",
            long: &["--foreground", "--preserve-status", "--verbose"],
            long_valued: &["--kill-after", "--signal"],
            operands: 1,
            ..NONE
        },
    ),
];

pub(crate) const XARGS: Options = Options {
    kind: WrapperKind::Feeding,
    letters: "0rtx",
    valued: "nPLIdas",
    long: &["--null", "--no-run-if-empty", "--verbose", "--exit"],
    long_valued: &["--max-args", "--max-procs", "--max-lines", "--delimiter", "--arg-file", "--max-chars"],
    ..NONE
};

pub(crate) fn options(name: &str) -> Option<&'static Options> {
    let at = WRAPPERS.binary_search_by_key(&name, |(known, _)| known).ok()?;
    Some(&WRAPPERS[at].1)
}

#[cfg(test)]
pub(crate) fn is_sorted() -> bool {
    WRAPPERS.is_sorted_by_key(|(name, _)| name)
}

/// They run others too, each in its own way, or are whole shells of their own: nobody reads those here.
pub(crate) const UNREAD: [&str; 49] = [
    "at",
    "batch",
    "busybox",
    "capsh",
    "chroot",
    "chrt",
    "csh",
    "dbus-run-session",
    "elvish",
    "entr",
    "expect",
    "fakeroot",
    "faketime",
    "fish",
    "flock",
    "gdb",
    "ksh",
    "linux32",
    "linux64",
    "ltrace",
    "mksh",
    "nsenter",
    "nu",
    "numactl",
    "parallel",
    "pkexec",
    "prlimit",
    "proot",
    "pwsh",
    "rbash",
    "rlwrap",
    "run-parts",
    "runuser",
    "screen",
    "script",
    "setarch",
    "setpriv",
    "start-stop-daemon",
    "strace",
    "su",
    "systemd-run",
    "taskset",
    "tcsh",
    "tmux",
    "toybox",
    "unshare",
    "watch",
    "xvfb-run",
    "zsh",
];

/// What they read on their input is code.
pub(crate) const INTERPRETERS: [&str; 14] = [
    "bun",
    "deno",
    "irb",
    "lua",
    "node",
    "nodejs",
    "osascript",
    "perl",
    "php",
    "python",
    "Rscript",
    "ruby",
    "tclsh",
    "xonsh",
];
