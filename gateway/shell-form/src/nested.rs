//! Shells that are given a text to run, and `eval`.

use crate::form::{Step, Word, WrapperKind};
use crate::reader::{Around, Reader};
use crate::why::{Why, WhyKind};
use crate::wrappers::given_text;

const BASH: &str = "bash";

/// They know less than bash: what only bash knows means something else to them.
const OTHERS: [&str; 3] = ["sh", "dash", "ash"];

/// Settings of a shell that change nothing of what a text means.
const LETTERS: &str = "ceuxs";
const NAMED: [&str; 6] = ["pipefail", "errexit", "nounset", "xtrace", "noglob", "noclobber"];

/// What `sh` may read otherwise than bash.
const ONLY_BASH: [&str; 13] =
    ["$'", "$\"", "<(", ">(", "&>", "|&", "<<<", "[[", "((", ";&", "$[", "+=", "${!"];

pub(crate) fn is_shell(name: &str) -> bool {
    name == BASH || OTHERS.contains(&name)
}

/// What a shell does with its words.
enum Takes {
    /// The text in this word.
    Text(usize),
    /// The commands on its input.
    Input,
    /// A file, or an option that is not known.
    Refused(Why),
    /// It tells its version.
    Nothing,
}

impl Reader {
    pub(crate) fn shell(&mut self, step: Step, around: &Around) {
        match takes(&step.argv) {
            Takes::Text(at) => match step.argv[at].text().map(str::to_owned) {
                Some(text) => self.inner(&text, &step, at, around),
                None => self.refused(Why::new(WhyKind::Code, step.argv[at].source()), step, around),
            },
            Takes::Input => match given_text(&step).map(str::to_owned) {
                Some(text) => self.given(&text, &step, around),
                None => self.refused(Why::new(WhyKind::Fed, step.argv[0].source()), step, around),
            },
            Takes::Refused(why) => self.refused(why, step, around),
            Takes::Nothing => self.push(step, around),
        }
    }

    fn refused(&mut self, why: Why, step: Step, around: &Around) {
        self.opaque(why);
        self.push(step, around);
    }

    /// The first line of a text on the input may read the others as its own input, from any character on; and `exec` may put
    /// another input in its place.
    fn given(&mut self, text: &str, step: &Step, around: &Around) {
        if text.trim_end_matches('\n').contains('\n') || text.contains("exec") {
            self.opaque(Why::new(WhyKind::Fed, step.argv[0].source()));
        }
        self.inner(text, step, step.argv.len(), around);
    }

    /// With so many words of the shell's own.
    fn inner(&mut self, text: &str, step: &Step, own: usize, around: &Around) {
        let name = step.argv[0].source();
        if !name.ends_with(BASH) && only_bash_knows(text) {
            self.opaque(Why::new(
                WhyKind::Unreadable,
                &format!("{name} reads it otherwise than bash: {text}"),
            ));
        }
        let listed = self.listed();
        self.text(text, &within(step, &step.argv[..own], around));
        // Of an empty text nothing runs but the shell.
        if self.listed() == listed {
            self.push(step.clone(), around);
        }
    }

    pub(crate) fn eval(&mut self, step: Step, around: &Around) {
        let words = &step.argv[1..];
        let fixed: Option<Vec<&str>> = words.iter().map(Word::text).collect();
        match fixed.filter(|words| !words.first().is_some_and(|word| word.starts_with('-'))) {
            Some(words) => self.text(&words.join(" "), &within(&step, &step.argv[..1], around)),
            None => {
                let source: Vec<_> = words.iter().map(Word::source).collect();
                self.refused(Why::new(WhyKind::Code, &source.join(" ")), step, around);
            }
        }
    }
}

/// What a text runs has the settings and redirections of its shell.
fn within(step: &Step, words: &[Word], around: &Around) -> Around {
    let mut inner = around.deeper().within(WrapperKind::Shell, words);
    inner.environment.extend(step.environment.iter().cloned());
    inner.redirections.extend(step.redirections.iter().cloned());
    inner
}

fn takes(argv: &[Word]) -> Takes {
    let (mut at, mut text, mut input) = (1, false, false);
    while let Some(word) = argv.get(at) {
        let refused =
            || Takes::Refused(Why::new(WhyKind::Option, &format!("{} {}", argv[0].source(), word.source())));
        let Some(option) = word.text() else { break };
        match option {
            "--" => {
                at += 1;
                break;
            }
            "--version" | "--help" => return Takes::Nothing,
            "--norc" | "--noprofile" => at += 1,
            "-o" | "+o"
                if argv.get(at + 1).and_then(Word::text).is_some_and(|name| NAMED.contains(&name)) =>
            {
                at += 2
            }
            // The name belongs to the `o` at the end of `-euo pipefail`.
            option if option.starts_with('-') && option.len() > 1 => {
                let (letters, named) = match option[1..].strip_suffix('o') {
                    Some(letters) => (letters, true),
                    None => (&option[1..], false),
                };
                let name = argv.get(at + 1).and_then(Word::text).filter(|_| named);
                let name_fits = !named || name.is_some_and(|name| NAMED.contains(&name));
                if !name_fits || !letters.chars().all(|letter| LETTERS.contains(letter)) {
                    return refused();
                }
                text |= letters.contains('c');
                input |= letters.contains('s');
                at += if named { 2 } else { 1 };
            }
            option if option.starts_with(['-', '+']) => return refused(),
            _ => break,
        }
    }
    match argv.get(at) {
        Some(_) if text => Takes::Text(at),
        None if text => Takes::Nothing,
        Some(word) if !input => Takes::Refused(Why::new(WhyKind::File, word.source())),
        _ => Takes::Input,
    }
}

/// Also descriptors of two digits, which bash alone takes for such.
fn only_bash_knows(text: &str) -> bool {
    let long_descriptor = |three: &[u8]| {
        three[0].is_ascii_digit() && three[1].is_ascii_digit() && matches!(three[2], b'<' | b'>')
    };
    ONLY_BASH.iter().any(|sign| text.contains(sign)) || text.as_bytes().windows(3).any(long_descriptor)
}
