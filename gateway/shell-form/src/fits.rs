//! What a rule or a grant covers.

use crate::form::{Direction, Form, Redirection, Step, Word, WrapperKind};
use crate::{quote, words};

/// Whether a pattern covers all that this command runs.
///
/// A pattern is a command in normal form, word by word: `git push origin main`. Quotes in it are read as in a shell.
///
/// - `*` in the midst stands for exactly one word, whatever it is; at the beginning it stands for nothing.
/// - `*` at the end stands for any further words, also for none.
/// - A quoted `'*'` is the word `*` itself. A word with anything else that a shell would expand, such as `src/*` or `$x`,
///   covers nothing.
///
/// A command is covered if nothing in it is opaque, it runs exactly one program, all of whose words are fixed, and these
/// are the pattern's words from the first to the last, none left over on either side. It sets no variables and has no
/// redirection but of one descriptor to another and from or to `/dev/null`. Wrappers that only delay or limit it (`timeout`,
/// `nice`, `nohup`, `time`, `exec`) are looked through; `sudo`, `env`, `git -C`, `xargs`, `find` and shells are not, since
/// the same words do something else there. An option is a word like any other: `git push *` covers `git push --force` too,
/// and whoever writes it says so.
pub fn fits(pattern: &str, form: &Form) -> bool {
    let [step] = &form.steps[..] else { return false };
    form.opaque.is_empty() && is_bare(step) && covers(pattern, &step.argv)
}

fn is_bare(step: &Step) -> bool {
    step.environment.is_empty()
        && step.redirections.iter().all(goes_nowhere)
        && step.via.iter().all(|wrapper| wrapper.kind == WrapperKind::Plain)
}

fn goes_nowhere(redirection: &Redirection) -> bool {
    match redirection.direction {
        Direction::Duplicate => redirection.target.text().is_some(),
        _ => redirection.target.is("/dev/null"),
    }
}

fn covers(pattern: &str, argv: &[Word]) -> bool {
    let Some(pattern) = quote::split(pattern) else { return false };
    let (fixed, open) = match &pattern[..] {
        [fixed @ .., "*"] => (fixed, true),
        fixed => (fixed, false),
    };
    let counts = if open { argv.len() >= fixed.len() } else { argv.len() == fixed.len() };
    let known = argv.iter().all(|word| word.text().is_some());
    let named = fixed.first().is_some_and(|name| *name != "*");
    named && known && counts && fixed.iter().zip(argv).all(|(wanted, word)| is_one(wanted, word))
}

fn is_one(wanted: &str, word: &Word) -> bool {
    wanted == "*"
        || words::read(wanted).is_ok_and(|wanted| wanted.word.text().is_some() && wanted.word == *word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    #[test]
    fn a_pattern_covers_its_own_words_and_nothing_else() {
        // REQ-GATE-08
        let table = [
            ("git push origin *", "git push origin main", true),
            ("git push origin *", "git push origin", true),
            ("git push origin *", "git push 'origin' \"main\"", true),
            ("git push origin *", "git push upstream main", false),
            ("git push origin main", "git push origin main --force", false),
            ("git * origin main", "git push origin main", true),
            ("git * main", "git push origin main", false),
            ("npm test", "npm test", true),
            ("npm test", "timeout 60 npm test 2>&1", true),
            ("npm test", "npm test > /dev/null", true),
            ("npm test", "npm test > out.txt", false),
            ("npm test", "CI=1 npm test", false),
            ("npm test", "env CI=1 npm test", false),
            ("npm test", "sudo npm test", false),
            ("npm test", "./timeout 60 npm test", false),
            ("npm test", "/usr/bin/timeout 60 npm test", true),
            ("npm test", "npm test; rm x", false),
            ("npm test", "npm test && npm test", false),
            ("npm test", "sh -c 'npm test'", false),
            ("npm test *", "npm test $x", false),
            ("npm test *", "npm test *.js", false),
            ("npm test *", "npm test \"$(rm x)\"", false),
            ("git push *", "git -C /elsewhere push", false),
            ("rm *", "ls | xargs rm", false),
            ("rm *", "find . -exec rm {} +", false),
            ("echo '*'", "echo '*'", true),
            ("echo '*'", "echo x", false),
            ("ls src/*", "ls src/a", false),
            ("echo 'a b'", "echo a\\ b", true),
            ("*", "rm x", false),
            ("", "", false),
            ("bash *", "bash x.sh", false),
            ("rm x", "rm\u{a0}x", false),
        ];
        for (pattern, command, expected) in table {
            assert_eq!(fits(pattern, &read(command)), expected, "{pattern} for {command}");
        }
    }
}
