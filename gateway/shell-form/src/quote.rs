//! Words quoted again, so that bash reads exactly them.

use crate::form::{Direction, Form, Redirection, Step, Word, Wrapper, WrapperKind};
use crate::source::Source;
use crate::words;
use brush_parser::ast::{self, Command, CommandPrefixOrSuffixItem as Item, SeparatorOperator};
use std::borrow::Cow;

/// As names of programs they would be read as syntax.
const RESERVED: [&str; 22] = [
    "!", "[[", "]]", "{", "}", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for",
    "function", "if", "in", "select", "then", "time", "until", "while",
];

/// So much of a here-document is shown in a line.
const TEXT_SHOWN: usize = 60;

impl Form {
    /// A line for each step, for people.
    pub fn shown(&self) -> Vec<String> {
        self.steps.iter().map(Step::shown).collect()
    }
}

impl Step {
    /// `timeout 5 npm test > out.txt`; what a shell or `find` runs stands behind a colon.
    pub fn shown(&self) -> String {
        let settings = self.environment.iter().map(|one| format!("{}={}", one.name, shown(&one.value)));
        let mut parts: Vec<String> = self.via.iter().flat_map(before).chain(settings).collect();
        let moved = self.via.last().is_some_and(|wrapper| is_git(&wrapper.words));
        let named = self.argv.first().filter(|_| !moved).map(name);
        parts.extend(named.into_iter().chain(self.argv.iter().skip(1).map(shown)));
        parts.extend(self.redirections.iter().map(redirected));
        parts.join(" ")
    }
}

fn before(wrapper: &Wrapper) -> Vec<String> {
    let mut parts: Vec<String> = wrapper.words.iter().map(shown).collect();
    let reads =
        wrapper.kind == WrapperKind::Shell || wrapper.words.first().is_some_and(|word| word.is("find"));
    if let Some(last) = parts.last_mut().filter(|_| reads) {
        last.push(':');
    }
    parts
}

/// `git -C x` stands in front of `push`, not of `git push`.
fn is_git(words: &[Word]) -> bool {
    words.first().and_then(Word::text).is_some_and(|name| name == "git" || name.ends_with("/git"))
}

fn name(word: &Word) -> String {
    match word {
        Word::Static(text) => quoted_name(text).into_owned(),
        Word::Dynamic { .. } => shown(word),
    }
}

fn shown(word: &Word) -> String {
    match word {
        Word::Static(text) => quoted(text).into_owned(),
        Word::Dynamic { source, .. } => source.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn redirected(redirection: &Redirection) -> String {
    let number = redirection.descriptor.map(|number| number.to_string()).unwrap_or_default();
    let sign = match redirection.direction {
        Direction::Read => "< ",
        Direction::Write => "> ",
        Direction::Append => ">> ",
        Direction::ReadWrite => "<> ",
        Direction::Duplicate => ">&",
        Direction::Text => "<<< ",
    };
    let target = shown(&redirection.target);
    let mut short: String = target.chars().take(TEXT_SHOWN).collect();
    let is_long = redirection.direction == Direction::Text && target.chars().nth(TEXT_SHOWN).is_some();
    short = if is_long { short + "…" } else { target };
    format!("{number}{sign}{short}")
}

fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:=,@%+-".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    match text.contains(['\n', '\t']) {
        true => Cow::Owned(on_one_line(text)),
        false => Cow::Owned(format!("'{}'", text.replace('\'', r"'\''"))),
    }
}

/// `a=b` would be a setting, `if` syntax.
fn quoted_name(text: &str) -> Cow<'_, str> {
    match quoted(text) {
        Cow::Borrowed(_) if text.contains('=') || RESERVED.contains(&text) => Cow::Owned(format!("'{text}'")),
        quoted => quoted,
    }
}

fn on_one_line(text: &str) -> String {
    let mut line = String::from("$'");
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            '\\' | '\'' => line.extend(['\\', c]),
            c => line.push(c),
        }
    }
    line.push('\'');
    line
}

/// The whole command, if it is one program with fixed words.
pub(crate) fn rendered(program: &ast::Program, source: &Source<'_>) -> Option<String> {
    let command = only_command(program).filter(|command| command.prefix.is_none())?;
    let mut text = String::new();
    let suffix = command.suffix.iter().flat_map(|suffix| &suffix.0);
    for word in suffix.map(|item| match item {
        Item::Word(word) | Item::AssignmentWord(_, word) => Some(word),
        Item::IoRedirect(_) | Item::ProcessSubstitution(..) => None,
    }) {
        text.push(' ');
        text.push_str(&quoted(fixed(word?, source)?.text()?));
    }
    let name = command.word_or_name.as_ref().filter(|name| source.of(name) != Ok("time"))?;
    let name = fixed(name, source)?;
    Some(quoted_name(name.text()?).into_owned() + &text)
}

fn fixed(word: &ast::Word, source: &Source<'_>) -> Option<Word> {
    source.of(word).and_then(words::read).ok().map(|piece| piece.word)
}

fn only_command(program: &ast::Program) -> Option<&ast::SimpleCommand> {
    let [list] = &program.complete_commands[..] else { return None };
    let [ast::CompoundListItem(list, SeparatorOperator::Sequence)] = &list.0[..] else { return None };
    let alone = list.additional.is_empty() && list.first.timed.is_none() && !list.first.bang;
    match &list.first.seq[..] {
        [Command::Simple(command)] if alone => Some(command),
        _ => None,
    }
}

/// A pattern's words, each as it is written: parted at blanks outside of quotes.
pub(crate) fn split(text: &str) -> Option<Vec<&str>> {
    let (mut words, mut rest) = (vec![], text.trim_matches([' ', '\t']));
    while !rest.is_empty() {
        let end = end_of_word(rest)?;
        words.push(&rest[..end]);
        rest = rest[end..].trim_start_matches([' ', '\t']);
    }
    Some(words)
}

fn end_of_word(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', None | Some('"')) => escaped = true,
            (' ' | '\t', None) => return Some(at),
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    (quote.is_none() && !escaped).then_some(text.len())
}
