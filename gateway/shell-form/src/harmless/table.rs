//! What may run without being asked about: programs with exactly these options. An option that is not here asks, also one
//! that only reads; a beginning of a long option asks too. Whoever adds one has looked at what it can write, delete, run
//! or send, in every combination with the others.
//!
//! Letters may be joined (`-la`). `numbers` and `texts` take a value: `-n 5`, `-n5`, `--max-count=5`.

use super::Operands::{self, Nothing, Paths, TextThenPaths, Texts};

pub(super) struct Program {
    /// The first words: `ls`, `git log`.
    pub(super) name: &'static [&'static str],
    pub(super) flags: &'static [&'static str],
    pub(super) numbers: &'static [&'static str],
    pub(super) texts: &'static [&'static str],
    /// `-20`.
    pub(super) count: bool,
    pub(super) operands: Operands,
}

const NONE: Program =
    Program { name: &[], flags: &[], numbers: &[], texts: &[], count: false, operands: Nothing };

pub(super) const PROGRAMS: &[Program] = &[
    // Of the shell itself.
    Program { name: &["cd"], operands: Operands::OnePath, ..NONE },
    Program { name: &["pwd"], flags: &["-P", "-L"], ..NONE },
    Program { name: &["echo"], flags: &["-n", "-e", "-E"], operands: Texts, ..NONE },
    Program { name: &["printf"], operands: Texts, ..NONE },
    Program { name: &["true"], ..NONE },
    Program { name: &["false"], ..NONE },
    Program { name: &[":"], ..NONE },
    Program { name: &["command"], flags: &["-v", "-V"], operands: Texts, ..NONE },
    Program { name: &["type"], flags: &["-t", "-p", "-a"], operands: Texts, ..NONE },
    // Files.
    Program {
        name: &["ls"],
        flags: &[
            "-1",
            "-a",
            "-A",
            "-C",
            "-d",
            "-F",
            "-g",
            "-G",
            "-h",
            "-i",
            "-k",
            "-l",
            "-L",
            "-m",
            "-n",
            "-N",
            "-o",
            "-p",
            "-q",
            "-Q",
            "-r",
            "-R",
            "-s",
            "-S",
            "-t",
            "-u",
            "-U",
            "-x",
            "-X",
            "--all",
            "--almost-all",
            "--directory",
            "--human-readable",
            "--inode",
            "--recursive",
            "--reverse",
            "--size",
        ],
        texts: &["--color", "--sort", "--time", "--time-style", "--format"],
        operands: Paths,
        ..NONE
    },
    Program {
        name: &["cat"],
        flags: &["-A", "-b", "-e", "-E", "-n", "-s", "-t", "-T", "-v", "--number", "--show-all"],
        operands: Paths,
        ..NONE
    },
    Program {
        name: &["head"],
        flags: &["-q", "-v"],
        numbers: &["-n", "-c", "--lines", "--bytes"],
        count: true,
        operands: Paths,
        ..NONE
    },
    Program {
        name: &["tail"],
        flags: &["-q", "-v"],
        numbers: &["-n", "-c", "--lines", "--bytes"],
        count: true,
        operands: Paths,
        ..NONE
    },
    Program {
        name: &["wc"],
        flags: &["-c", "-l", "-L", "-m", "-w", "--bytes", "--lines", "--words"],
        operands: Paths,
        ..NONE
    },
    Program { name: &["nl"], flags: &["-ba"], operands: Paths, ..NONE },
    Program { name: &["stat"], flags: &["-L", "-t"], texts: &["-c", "--format"], operands: Paths, ..NONE },
    Program {
        name: &["du"],
        flags: &["-a", "-c", "-h", "-k", "-s", "--summarize"],
        numbers: &["-d", "--max-depth"],
        operands: Paths,
        ..NONE
    },
    Program { name: &["cmp"], flags: &["-s", "-l"], operands: Paths, ..NONE },
    Program {
        name: &["diff"],
        flags: &["-b", "-B", "-i", "-q", "-r", "-u", "-w", "-y", "--brief", "--recursive", "--unified"],
        numbers: &["-U"],
        operands: Paths,
        ..NONE
    },
    Program { name: &["basename"], flags: &["-a"], texts: &["-s"], operands: Texts, ..NONE },
    Program { name: &["dirname"], operands: Texts, ..NONE },
    Program { name: &["realpath"], flags: &["-e", "-m", "-s"], operands: Paths, ..NONE },
    // Text. `grep` without -R, which follows links, and -f; `sort` without -o, -T and --compress-program; `uniq` without operands, since its second is written to.
    Program {
        name: &["grep"],
        flags: &[
            "-a",
            "-b",
            "-c",
            "-E",
            "-F",
            "-G",
            "-h",
            "-H",
            "-i",
            "-I",
            "-l",
            "-L",
            "-n",
            "-o",
            "-P",
            "-q",
            "-r",
            "-s",
            "-v",
            "-w",
            "-x",
            "-z",
            "--count",
            "--extended-regexp",
            "--files-with-matches",
            "--fixed-strings",
            "--ignore-case",
            "--invert-match",
            "--line-number",
            "--only-matching",
            "--quiet",
            "--recursive",
            "--word-regexp",
        ],
        numbers: &["-A", "-B", "-C", "-m", "--after-context", "--before-context", "--context", "--max-count"],
        texts: &["--color", "--include", "--exclude", "--exclude-dir"],
        operands: TextThenPaths,
        ..NONE
    },
    Program {
        name: &["sort"],
        flags: &["-b", "-d", "-f", "-g", "-h", "-i", "-n", "-r", "-s", "-u", "-V"],
        texts: &["-k", "-t"],
        operands: Paths,
        ..NONE
    },
    Program { name: &["uniq"], flags: &["-c", "-d", "-i", "-u"], ..NONE },
    Program { name: &["cut"], flags: &["-s"], texts: &["-b", "-c", "-d", "-f"], operands: Paths, ..NONE },
    Program { name: &["tr"], flags: &["-c", "-C", "-d", "-s"], operands: Texts, ..NONE },
    // The machine.
    Program { name: &["date"], flags: &["-u"], ..NONE },
    Program { name: &["uname"], flags: &["-a", "-m", "-r", "-s"], ..NONE },
    Program { name: &["whoami"], ..NONE },
    Program { name: &["id"], flags: &["-g", "-n", "-u"], ..NONE },
    Program { name: &["nproc"], ..NONE },
    Program { name: &["which"], flags: &["-a"], operands: Texts, ..NONE },
    // Git: nothing that writes a file (--output), runs a program (--ext-diff, --textconv, -O) or leaves the repository
    // (--no-index).
    Program {
        name: &["git", "status"],
        flags: &["-b", "-s", "-u", "-v", "--branch", "--ignored", "--long", "--porcelain", "--short"],
        texts: &["--porcelain", "--untracked-files"],
        operands: Paths,
        ..NONE
    },
    Program {
        name: &["git", "log"],
        flags: LOG,
        numbers: LOG_NUMBERS,
        texts: LOG_TEXTS,
        count: true,
        operands: Paths,
    },
    Program {
        name: &["git", "show"],
        flags: LOG,
        numbers: LOG_NUMBERS,
        texts: LOG_TEXTS,
        count: true,
        operands: Paths,
    },
    Program {
        name: &["git", "diff"],
        flags: LOG,
        numbers: LOG_NUMBERS,
        texts: LOG_TEXTS,
        count: false,
        operands: Paths,
    },
    Program {
        name: &["git", "blame"],
        flags: &["-e", "-l", "-s", "-w"],
        texts: &["-L"],
        operands: Paths,
        ..NONE
    },
    Program {
        name: &["git", "branch"],
        flags: &["-a", "-r", "-v", "-vv", "--all", "--list", "--remotes", "--show-current"],
        ..NONE
    },
    Program { name: &["git", "remote"], flags: &["-v"], ..NONE },
    Program {
        name: &["git", "ls-files"],
        flags: &["-c", "-d", "-m", "-o", "-s", "--exclude-standard"],
        operands: Paths,
        ..NONE
    },
    Program {
        name: &["git", "rev-parse"],
        flags: &[
            "--abbrev-ref",
            "--git-dir",
            "--is-inside-work-tree",
            "--short",
            "--show-toplevel",
            "--verify",
        ],
        operands: Paths,
        ..NONE
    },
];

const LOG: &[&str] = &[
    "-b",
    "-p",
    "-s",
    "-u",
    "-w",
    "--abbrev-commit",
    "--all",
    "--branches",
    "--cached",
    "--decorate",
    "--first-parent",
    "--follow",
    "--graph",
    "--merges",
    "--minimal",
    "--name-only",
    "--name-status",
    "--no-color",
    "--no-ext-diff",
    "--no-merges",
    "--no-patch",
    "--no-textconv",
    "--numstat",
    "--oneline",
    "--patch",
    "--quiet",
    "--raw",
    "--reverse",
    "--shortstat",
    "--staged",
    "--stat",
    "--summary",
    "--tags",
];
const LOG_NUMBERS: &[&str] = &["-n", "-U", "--max-count", "--skip", "--unified"];
const LOG_TEXTS: &[&str] = &[
    "-G",
    "-S",
    "--after",
    "--author",
    "--before",
    "--color",
    "--date",
    "--diff-filter",
    "--format",
    "--grep",
    "--pretty",
    "--since",
    "--until",
];
