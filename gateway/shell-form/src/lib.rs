//! What a shell command runs: its normal form, read once, and then shown to people, matched by rules and run.
//!
//! [`read`] lists every program with its words, from pipelines, lists, loops, functions, substitutions, nested shells and
//! behind wrappers such as `sudo`. Where nobody can know before it runs, the form says so ([`Form::opaque`]); it is never
//! silent. The grammar is brush-parser's; words, quotes and expansions are read here, strictly: what is not known for
//! certain to mean the same in bash is opaque. So two readings have to agree, and a test has bash judge both.
//!
//! [`harmless`] says what may run without being asked about, [`fits`] what a grant or rule covers. Nothing opaque is ever
//! either of them.

mod builtins;
mod expansions;
mod fits;
mod form;
mod harmless;
mod limits;
mod nested;
mod quote;
mod reader;
mod redirections;
mod simple;
mod source;
mod why;
mod words;
mod wrappers;

pub use fits::fits;
pub use form::{Direction, Form, Redirection, Setting, Step, Word, Wrapper, WrapperKind};
pub use harmless::{Doubt, climbs_out, harmless};
pub use limits::{DEEPEST, LONGEST, MOST_STEPS};
pub use why::{Why, WhyKind};

/// Reads a command as bash would that is given it with `-c`.
pub fn read(command: &str) -> Form {
    // The parser is somebody else's; whatever it trips over is a command that asks.
    std::panic::catch_unwind(|| reader::read(command))
        .unwrap_or_else(|_| Form::unknown(Why::new(WhyKind::Unreadable, command)))
}
