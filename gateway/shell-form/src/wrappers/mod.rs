//! Wrappers are taken off: what counts is what they run.

mod feeding;
mod git;
mod table;

use self::table::{INTERPRETERS, Options, UNREAD};
use crate::builtins;
use crate::form::{Direction, Step, Word, WrapperKind};
use crate::limits::DEEPEST;
use crate::nested;
use crate::reader::{Around, Reader};
use crate::why::{Why, WhyKind};

impl Reader {
    /// Lists what a program runs, or the program itself.
    pub(crate) fn run(&mut self, step: Step, around: &Around) {
        let Some(first) = step.argv.first() else { return self.push(step, around) };
        let Some(name) = program(first) else {
            self.opaque(Why::new(WhyKind::Name, first.source()));
            return self.push(step, around);
        };
        if around.via.len() > DEEPEST {
            self.opaque(Why::whole(WhyKind::TooDeep));
            return self.push(step, around);
        }
        let name = name.to_owned();
        match &*name {
            "git" => self.git(step, around),
            "find" => self.find(step, around),
            "xargs" => self.xargs(step, around),
            "eval" => self.eval(step, around),
            shell if nested::is_shell(shell) => self.shell(step, around),
            "command" if only_asks(&step.argv) => self.push(step, around),
            other => match table::options(other) {
                Some(options) => self.wrapper(options, step, around),
                None => self.plain(other, step, around),
            },
        }
    }

    fn wrapper(&mut self, options: &Options, step: Step, around: &Around) {
        match inner(options, &step.argv) {
            Ok(at) if at < step.argv.len() => {
                let kind = if is_known_place(&step.argv[0]) { options.kind } else { WrapperKind::Elsewhere };
                let around = around.within(kind, &step.argv[..at]);
                self.run(Step { argv: step.argv[at..].to_vec(), ..step }, &around);
            }
            Ok(_) => self.push(step, around),
            Err(why) => {
                self.opaque(why);
                self.push(step, around);
            }
        }
    }

    fn plain(&mut self, name: &str, step: Step, around: &Around) {
        let unread = UNREAD.binary_search(&name).is_ok().then(|| Why::new(WhyKind::Unread, name));
        let fed = reads_code(name, &step).then(|| Why::new(WhyKind::Fed, name));
        let changes = builtins::changes(name, &step.argv[1..]);
        unread.into_iter().chain(fed).chain(changes).for_each(|why| self.opaque(why));
        self.push(step, around);
    }
}

/// The name without its folder; nothing but plain letters, so that it is what it looks like.
fn program(word: &Word) -> Option<&str> {
    let text =
        word.text().filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))?;
    Some(text.rsplit('/').next().unwrap_or(text))
}

/// `./timeout` may be anything.
fn is_known_place(name: &Word) -> bool {
    let folder = name.source().rsplit_once('/').map(|(folder, _)| folder);
    folder.is_none_or(|folder| matches!(folder, "/bin" | "/usr/bin"))
}

/// `command -v x` says where x is.
fn only_asks(argv: &[Word]) -> bool {
    argv.get(1).is_some_and(|word| word.is("-v") || word.is("-V"))
}

/// Where the words of what it runs begin.
fn inner(options: &Options, argv: &[Word]) -> Result<usize, Why> {
    let mut at = 1;
    while let Some(word) = argv.get(at) {
        let text = word.text().ok_or_else(|| Why::new(WhyKind::Name, word.source()))?;
        match own(options, text) {
            Own::Ends if text == "--" => {
                at += 1;
                break;
            }
            Own::Ends => break,
            Own::Words(count) => at += count,
            Own::Unknown => {
                return Err(Why::new(WhyKind::Option, &format!("{} {text}", argv[0].source())));
            }
        }
    }
    while let Some(word) = argv.get(at).filter(|_| options.settings) {
        match builtins::setting(word) {
            None => break,
            Some(Err(why)) => return Err(why),
            Some(Ok(())) => at += 1,
        }
    }
    let operands = argv.iter().skip(at).take(options.operands);
    match operands.clone().find(|word| word.text().is_none()) {
        Some(word) => Err(Why::new(WhyKind::Name, word.source())),
        // The last option may lack its value.
        None => Ok((at + operands.count()).min(argv.len())),
    }
}

enum Own {
    /// So many words are an option of the wrapper.
    Words(usize),
    Ends,
    Unknown,
}

fn own(options: &Options, text: &str) -> Own {
    if text == "--" || !text.starts_with('-') {
        return Own::Ends;
    }
    if let Some((name, _)) = text.split_once('=').filter(|_| text.starts_with("--")) {
        return if options.long_valued.contains(&name) { Own::Words(1) } else { Own::Unknown };
    }
    if text.starts_with("--") {
        return match (options.long.contains(&text), options.long_valued.contains(&text)) {
            (true, _) => Own::Words(1),
            (_, true) => Own::Words(2),
            _ => Own::Unknown,
        };
    }
    letters(options, &text[1..])
}

fn letters(options: &Options, letters: &str) -> Own {
    if options.numbers && !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_digit()) {
        return Own::Words(1);
    }
    for (at, letter) in letters.char_indices() {
        match letter {
            letter if options.letters.contains(letter) => {}
            // Its value is the rest, or the next word.
            letter if options.valued.contains(letter) => {
                return Own::Words(if at + 1 == letters.len() { 2 } else { 1 });
            }
            _ => return Own::Unknown,
        }
    }
    // A lone `-` means something else to each program.
    if letters.is_empty() { Own::Unknown } else { Own::Words(1) }
}

/// Whether an interpreter takes its code from its input, and that is not a text which stands in the command.
fn reads_code(name: &str, step: &Step) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !INTERPRETERS.contains(&name) || given_text(step).is_some() {
        return false;
    }
    let words = &step.argv[1..];
    let only_tells = ["--version", "-V", "-v", "--help", "-h"];
    let tells = words.iter().any(|word| word.text().is_some_and(|text| only_tells.contains(&text)));
    let is_program = |word: &Word| match word {
        Word::Static(text) => !text.starts_with('-'),
        Word::Dynamic { single, .. } => *single,
    };
    !tells && !words.iter().any(is_program) || words.iter().any(|word| word.is("-"))
}

/// The fixed text that a step reads on its input.
pub(crate) fn given_text(step: &Step) -> Option<&str> {
    let input = step.redirections.iter().rfind(|one| match one.direction {
        Direction::Text | Direction::Read | Direction::ReadWrite => {
            one.descriptor.is_none_or(|number| number == 0)
        }
        Direction::Duplicate => one.descriptor.is_none_or(|number| number == 0),
        Direction::Write | Direction::Append => one.descriptor == Some(0),
    })?;
    input.target.text().filter(|_| input.direction == Direction::Text)
}

/// What runs behind `find` and `xargs` gets words that nobody knows; in place of `{}` alone `find` may put many.
pub(crate) fn fed(word: &Word) -> Word {
    let source = word.source().to_owned();
    Word::Dynamic { single: source != "{}", source }
}

pub(crate) const FEEDING: WrapperKind = WrapperKind::Feeding;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        assert!(UNREAD.is_sorted() && table::is_sorted());
    }
}
