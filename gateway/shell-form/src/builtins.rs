//! Builtins and variables that change what later words mean, or read their words once more as code.

use crate::form::Word;
use crate::why::{Why, WhyKind};

/// Whatever they are given.
const NEVER: [&str; 17] = [
    "alias", "bind", "caller", "compgen", "complete", "compopt", "coproc", "enable", "fc", "hash", "history",
    "jobs", "let", "shopt", "suspend", "trap", "unalias",
];

/// They say how programs are found, started and read, or what they run in turn.
const NAMES: [&str; 40] = [
    "BASHOPTS",
    "BASH_ALIASES",
    "BASH_CMDS",
    "BASH_COMPAT",
    "BASH_ENV",
    "BASH_LOADABLES_PATH",
    "CDPATH",
    "CLASSPATH",
    "EDITOR",
    "ENV",
    "EXECIGNORE",
    "FCEDIT",
    "FPATH",
    "GLOBIGNORE",
    "HISTFILE",
    "HOME",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "LESSCLOSE",
    "LESSOPEN",
    "MAKEFLAGS",
    "MANPAGER",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PAGER",
    "PATH",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS4",
    "RUBYLIB",
    "RUBYOPT",
    "RUSTC_WRAPPER",
    "SHELL",
    "SHELLOPTS",
    "SUDO_ASKPASS",
    "VISUAL",
    "XDG_CONFIG_HOME",
];
const BEGINNINGS: [&str; 10] = [
    "BASH_FUNC_",
    "CARGO_",
    "DYLD_",
    "GCONV_",
    "GIT_",
    "LD_",
    "MALLOC_",
    "NPM_CONFIG_",
    "PYTHON",
    "npm_config_",
];

/// Whether this is a name, and what depends on it if it is set.
pub(crate) fn set(name: &str) -> Option<Why> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_name =
        name.bytes().all(letter) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty();
    if !is_name {
        return Some(Why::new(WhyKind::Array, name));
    }
    let tells =
        NAMES.binary_search(&name).is_ok() || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    tells.then(|| Why::new(WhyKind::Meaning, name))
}

/// A word that sets a variable, as `env` takes it: whether it is one, and whether it is a harmless one.
pub(crate) fn setting(word: &Word) -> Option<Result<(), Why>> {
    if word.splits() {
        return None;
    }
    let (name, _) = word.source().split_once('=')?;
    Some(set(name).map_or(Ok(()), Err))
}

/// What a builtin changes, with these words.
pub(crate) fn changes(name: &str, words: &[Word]) -> Option<Why> {
    let refused = |why| {
        let words: Vec<_> = words.iter().map(Word::source).collect();
        Some(Why::new(why, &format!("{name} {}", words.join(" "))))
    };
    match name {
        "." | "source" => refused(WhyKind::File),
        "[" | "test" if may_run(words) => refused(WhyKind::Test),
        "printf" if !words.first().is_some_and(is_pattern) => refused(WhyKind::Builtin),
        "wait" if !words.iter().all(is_process) => refused(WhyKind::Builtin),
        "set" if !words.iter().all(is_plain_option) => refused(WhyKind::Builtin),
        name if NEVER.binary_search(&name).is_ok() => refused(WhyKind::Builtin),
        _ => sets(name, words),
    }
}

/// Those that set variables.
fn sets(name: &str, words: &[Word]) -> Option<Why> {
    let names: &[Word] = match name {
        "declare" | "export" | "local" | "readonly" | "typeset" => words,
        "unset" => behind(words, &["-v", "-f"]),
        "read" => behind(words, &["-r", "-s", "-a", "-ra"]),
        "mapfile" | "readarray" => behind(words, &["-t"]),
        "getopts" => words.get(1..2).unwrap_or_default(),
        _ => return None,
    };
    let refused = |word: &Word| Why::new(WhyKind::Builtin, &format!("{name} {}", word.source()));
    names.iter().find_map(|word| match word.splits() {
        true => Some(refused(word)),
        false => {
            let (name, _) = word.source().split_once('=').unwrap_or((word.source(), ""));
            set(name.strip_suffix('+').unwrap_or(name))
        }
    })
}

fn behind<'a>(words: &'a [Word], options: &[&str]) -> &'a [Word] {
    let count = words.iter().take_while(|word| options.iter().any(|option| word.is(option))).count();
    &words[count..]
}

/// Of `printf`: `-v` takes a name, and runs what stands in its brackets.
fn is_pattern(word: &Word) -> bool {
    word.text().is_some_and(|text| !text.starts_with("-v"))
}

/// Of `wait`, whose `-p` does the same.
fn is_process(word: &Word) -> bool {
    match word {
        Word::Static(text) => !text.starts_with('-'),
        Word::Dynamic { source, .. } => matches!(source.trim_matches('"'), "$!" | "${!}"),
    }
}

/// `-eu`, `-o pipefail`, `+x`. Everything else changes how words are read, or what `$1` is.
fn is_plain_option(word: &Word) -> bool {
    let Some(text) = word.text() else { return false };
    let letters = text.strip_prefix(['-', '+']);
    let named = ["pipefail", "errexit", "nounset", "xtrace", "noglob", "noclobber"].contains(&text);
    named
        || letters.is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| "euxfo".contains(c)))
}

/// `-v 'a[$(b)]'` runs b. So an operator must be known, and be another one.
fn may_run(words: &[Word]) -> bool {
    const RUNNING: [&str; 2] = ["-v", "-R"];
    let words = match words {
        [words @ .., last] if last.is("]") => words,
        words => words,
    };
    let fixed = words.iter().all(|word| word.text().is_some());
    if words.iter().any(|word| word.splits() || RUNNING.iter().any(|option| word.is(option))) {
        return true;
    }
    match words {
        _ if fixed => false,
        [_] => false,
        [operator, _] => operator.text().is_none(),
        [left, operator, _] => operator.text().is_none() && !left.is("!"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order() {
        assert!(NAMES.is_sorted() && NEVER.is_sorted());
    }
}
