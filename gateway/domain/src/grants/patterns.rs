//! Patterns of grants. What they cover is decided as for the project's rules; which ones a person can give is narrower.

use crate::ask::grantable::Likeness;
use crate::gate;
use crate::visible::visible;

/// Longest pattern.
const LONGEST: usize = 500;

/// Letters that a word with a star begins with, so that it names something.
const NAMED: usize = 3;

/// Programs that run whatever follows them, sooner or later.
const WRAPPERS: [&str; 24] = [
    "ash", "bash", "chroot", "command", "dash", "doas", "env", "eval", "exec", "find", "fish", "flock",
    "nice", "nohup", "parallel", "setsid", "sh", "ssh", "stdbuf", "sudo", "time", "timeout", "xargs", "zsh",
];

/// Programs whose next word says only that something else runs.
const RUNNERS: [(&str, &[&str]); 12] = [
    ("npm", &["exec", "x", "run", "run-script"]),
    ("pnpm", &["exec", "dlx", "run"]),
    ("yarn", &["exec", "dlx", "run"]),
    ("bun", &["x", "run"]),
    ("uv", &["run", "tool"]),
    ("poetry", &["run"]),
    ("pipenv", &["run"]),
    ("bundle", &["exec"]),
    ("go", &["run"]),
    ("docker", &["run", "exec", "compose"]),
    ("kubectl", &["exec", "run"]),
    ("cargo", &["run"]),
];

/// Whether the pattern covers everything that the call is about.
pub(crate) fn covers_all(pattern: &str, like: &Likeness) -> bool {
    // Most grants are of another program, and a command is read anew for each pattern.
    let program = pattern.split([' ', '*']).next().unwrap_or_default();
    let may = |one: &String| !like.is_command() || one.contains(program);
    let is_covered = |one: &String| may(one) && gate::is_covered(pattern, one, like.is_command());
    !like.subjects.is_empty() && like.subjects.iter().all(is_covered)
}

/// Why a person can't grant it, as a sentence.
pub(crate) fn pattern_fault(pattern: &str, like: &Likeness) -> Option<String> {
    if like.subjects.is_empty() {
        return Some("Only exactly this can be granted here, not a pattern.".to_owned());
    }
    if pattern.is_empty()
        || pattern.len() > LONGEST
        || pattern.contains(char::is_control)
        || visible(pattern) != pattern
        || pattern.trim() != pattern
    {
        return Some(format!("A pattern is one line of at most {LONGEST} plain characters."));
    }
    let is_narrow = if like.is_command() { names_what_runs(pattern) } else { names_a_place(pattern) };
    if !is_narrow {
        let first = match like.is_command() {
            true => "the program and what it does, such as `npm test *`",
            false => "a folder, such as `docs/*`",
        };
        return Some(format!("This pattern covers nearly everything. Begin it with {first}."));
    }
    (!covers_all(pattern, like)).then(|| "This pattern doesn't cover the call itself.".to_owned())
}

/// The program's name and the word behind it, and one more where that word says only that something else runs.
fn names_what_runs(pattern: &str) -> bool {
    if !pattern.contains('*') {
        return true;
    }
    let words: Vec<_> = pattern.split(' ').collect();
    let program = words.first().copied().unwrap_or_default();
    if WRAPPERS.contains(&base(program)) {
        return false;
    }
    let runs =
        |word: &str| RUNNERS.iter().any(|(name, words)| *name == base(program) && words.contains(&word));
    let needed = if words.get(1).is_some_and(|word| runs(word)) { 2 } else { 1 };
    let named = words.iter().skip(1).take(needed).filter(|word| is_named(word)).count();
    !program.contains('*') && !program.is_empty() && named == needed
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or_default()
}

/// A word that is no option, and has letters before its first star.
fn is_named(word: &str) -> bool {
    let fixed = word.split('*').next().unwrap_or_default();
    let is_whole = fixed.len() == word.len();
    let begins = fixed.starts_with(|c: char| c.is_ascii_alphanumeric() || "./_@".contains(c));
    begins && (is_whole || fixed.chars().filter(char::is_ascii_alphanumeric).count() >= NAMED)
}

fn names_a_place(pattern: &str) -> bool {
    let fixed = pattern.split('*').next().unwrap_or_default();
    fixed.chars().any(char::is_alphanumeric)
}

/// A wider pattern that could be wanted: the program, the word behind it, and any further words.
pub(crate) fn wider(like: &Likeness) -> Option<String> {
    let [command] = &like.subjects[..] else { return None };
    if !like.is_command() {
        return None;
    }
    let mut words = command.split(' ');
    let pattern = format!("{} {} *", words.next()?, words.next()?);
    pattern_fault(&pattern, like).is_none().then_some(pattern)
}
