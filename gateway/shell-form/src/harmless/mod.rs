//! What may run without being asked about.

mod table;

use self::table::{PROGRAMS, Program};
use crate::form::{Direction, Form, Redirection, Step, Word};
use crate::why::Why;
use std::fmt;

/// Why a command is not known to be harmless; that does not make it harmful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nobody knows what runs.
    Opaque(Why),
    /// It runs nothing.
    Empty,
    /// A program or one of its words is not in the table.
    Word(String),
    /// A word is known only when it runs.
    Computed(String),
    /// A variable is set, a wrapper is used.
    Surroundings(String),
    /// A file is written, or read from elsewhere.
    File(String),
}

impl fmt::Display for Doubt {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opaque(why) => why.fmt(to),
            Self::Empty => to.write_str("it runs nothing"),
            Self::Word(word) => write!(to, "not known to only read: {word}"),
            Self::Computed(word) => write!(to, "known only when it runs: {word}"),
            Self::Surroundings(word) => write!(to, "it changes what it runs in: {word}"),
            Self::File(file) => {
                write!(to, "a file outside of the directory, a secret, or one that is written: {file}")
            }
        }
    }
}

/// What the words that are no options may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operands {
    Nothing,
    Texts,
    Paths,
    OnePath,
    TextThenPaths,
}

/// Whether every program of a command is known to only read, with exactly these options, below the directory that it
/// starts in. Where the names lead (links) is not known here.
pub fn harmless(form: &Form) -> Result<(), Doubt> {
    if let Some(why) = form.opaque.first() {
        return Err(Doubt::Opaque(why.clone()));
    }
    if form.steps.is_empty() {
        return Err(Doubt::Empty);
    }
    form.steps.iter().try_for_each(step)
}

fn step(step: &Step) -> Result<(), Doubt> {
    if let Some(wrapper) = step.via.first() {
        return Err(Doubt::Surroundings(
            wrapper.words.iter().map(Word::source).collect::<Vec<_>>().join(" "),
        ));
    }
    if let Some(setting) = step.environment.first() {
        return Err(Doubt::Surroundings(setting.name.clone()));
    }
    step.redirections.iter().try_for_each(redirection)?;
    let computed = |word: &Word| Doubt::Computed(word.source().to_owned());
    let fixed = step.argv.iter().map(|word| word.text().ok_or_else(|| computed(word)));
    let argv = fixed.collect::<Result<Vec<&str>, _>>()?;
    words(&argv)
}

fn redirection(redirection: &Redirection) -> Result<(), Doubt> {
    let target = &redirection.target;
    let fixed = target.text().ok_or_else(|| Doubt::Computed(target.source().to_owned()))?;
    match redirection.direction {
        Direction::Duplicate | Direction::Text => Ok(()),
        Direction::Read if target.is("/dev/null") => Ok(()),
        Direction::Read => path(fixed),
        Direction::Write | Direction::Append | Direction::ReadWrite if !redirection.writes() => Ok(()),
        Direction::Write | Direction::Append | Direction::ReadWrite => Err(Doubt::File(fixed.to_owned())),
    }
}

fn words(argv: &[&str]) -> Result<(), Doubt> {
    let known = PROGRAMS.iter().find(|program| argv.starts_with(program.name));
    let program =
        known.ok_or_else(|| Doubt::Word(argv.iter().take(2).copied().collect::<Vec<_>>().join(" ")))?;
    let (mut operands, mut rest) = (vec![], &argv[program.name.len()..]);
    while let Some((word, behind)) = rest.split_first() {
        rest = behind;
        if *word == "--" {
            operands.extend_from_slice(behind);
            break;
        }
        if word.starts_with('-') && *word != "-" {
            rest = behind.get(option(program, word, behind)?..).unwrap_or_default();
        } else {
            operands.push(word);
        }
    }
    check(program.operands, &operands)
}

/// How many of the words behind an option are its value.
fn option(program: &Program, word: &str, behind: &[&str]) -> Result<usize, Doubt> {
    let doubt = || Doubt::Word(format!("{} {word}", program.name.join(" ")));
    let (name, value) = match word.split_once('=').filter(|_| word.starts_with("--")) {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let is_number = |value: &str| {
        let digits = value.strip_prefix('+').unwrap_or(value);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let attached = |names: &[&'static str]| {
        let short = names.iter().filter(|name| !name.starts_with("--"));
        short.filter_map(|name| word.strip_prefix(*name)).find(|value| !value.is_empty())
    };
    if value.is_none() && (program.flags.contains(&word) || are_flags(program, word)) {
        return Ok(0);
    }
    if program.count && is_number(&word[1..]) {
        return Ok(0);
    }
    if program.numbers.contains(&name) {
        let number = value.or(behind.first().copied()).is_some_and(is_number);
        return if number { Ok(usize::from(value.is_none())) } else { Err(doubt()) };
    }
    if program.texts.contains(&name) {
        return match (value, behind.first()) {
            (Some(_), _) => Ok(0),
            // Long options take these values with `=` only.
            (None, Some(_)) if !name.starts_with("--") => Ok(1),
            _ => Err(doubt()),
        };
    }
    let number = attached(program.numbers).is_some_and(is_number);
    if number || attached(program.texts).is_some() { Ok(0) } else { Err(doubt()) }
}

/// `-la`.
fn are_flags(program: &Program, word: &str) -> bool {
    let is_flag = |letter: char| program.flags.iter().any(|flag| flag.len() == 2 && flag.ends_with(letter));
    word.len() > 1 && !word.starts_with("--") && word[1..].chars().all(is_flag)
}

fn check(kind: Operands, operands: &[&str]) -> Result<(), Doubt> {
    let first = operands.first().copied().unwrap_or_default();
    match kind {
        Operands::Texts => Ok(()),
        Operands::Nothing if operands.is_empty() => Ok(()),
        Operands::Paths => operands.iter().try_for_each(|operand| path(operand)),
        Operands::OnePath if operands.len() == 1 && first != "-" => path(first),
        Operands::TextThenPaths if !operands.is_empty() => {
            operands[1..].iter().try_for_each(|operand| path(operand))
        }
        Operands::Nothing | Operands::OnePath | Operands::TextThenPaths => Err(Doubt::Word(first.to_owned())),
    }
}

/// Below the directory, and not where secrets lie.
fn path(path: &str) -> Result<(), Doubt> {
    let inside = !path.starts_with(['/', '~']) && !climbs_out(path) && !is_secret(path);
    if inside { Ok(()) } else { Err(Doubt::File(path.to_owned())) }
}

/// `a/../../b` leads out; `a/../b` does not.
pub fn climbs_out(path: &str) -> bool {
    let mut depth = 0i32;
    path.split('/').any(|part| {
        match part {
            ".." => depth -= 1,
            "" | "." => {}
            _ => depth += 1,
        }
        depth < 0
    })
}

/// Where keys, passwords and tokens are kept.
const SECRETS: [&str; 14] = [
    ".aws",
    ".docker",
    ".env",
    ".git-credentials",
    ".gnupg",
    ".kube",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".ssh",
    "gateway-sign-ins.json",
    "id_ed25519",
    "id_rsa",
];

fn is_secret(path: &str) -> bool {
    path.to_lowercase().split(['/', ':']).any(|part| {
        SECRETS.contains(&part)
            || part.starts_with(".env.")
            || [".pem", ".key", ".p12", ".kdbx"].iter().any(|ending| part.ends_with(ending))
    })
}
