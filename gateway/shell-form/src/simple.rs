//! A simple command: settings, a name, words and redirections, in whatever order they stand.

use crate::builtins;
use crate::form::{Setting, Step, Word};
use crate::reader::{Around, Walk};
use crate::why::{Why, WhyKind};
use crate::words;
use brush_parser::ast::{self, AssignmentName, AssignmentValue, CommandPrefixOrSuffixItem as Item};

impl Walk<'_, '_> {
    pub(crate) fn simple(&mut self, command: &ast::SimpleCommand, around: &Around) {
        let mut step = Step::default();
        for item in command.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                Item::AssignmentWord(assignment, word) => {
                    step.environment.extend(self.setting(assignment, word, around));
                }
                other => self.argument(other, &mut step, around),
            }
        }
        if let Some(name) = &command.word_or_name {
            // Behind a `!` or another `time` the one is syntax, and behind `time` the other; the parser takes both for programs.
            if let Ok(name @ ("time" | "--")) = self.source.of(name) {
                self.reader.opaque(Why::new(WhyKind::Unreadable, name));
            }
            step.argv.push(self.word(name, around));
        }
        for item in command.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.argument(item, &mut step, around);
        }
        self.reader.run(step, around);
    }

    /// Behind the name a setting is a word like any other.
    fn argument(&mut self, item: &Item, step: &mut Step, around: &Around) {
        match item {
            Item::IoRedirect(redirect) => step.redirections.extend(self.redirection(redirect, around)),
            Item::Word(word) | Item::AssignmentWord(_, word) => step.argv.push(self.word(word, around)),
            Item::ProcessSubstitution(_, shell) => step.argv.push(self.substituted(shell, around)),
        }
    }

    /// What `<(…)` runs, and the word that it becomes.
    pub(crate) fn substituted(&mut self, shell: &ast::SubshellCommand, around: &Around) -> Word {
        self.list(&shell.list, &around.deeper());
        let begin = shell.loc.start.index.saturating_sub(1);
        let source = self.source.between(begin, shell.loc.end.index).to_owned();
        Word::Dynamic { source, single: true }
    }

    fn setting(
        &mut self,
        assignment: &ast::Assignment,
        word: &ast::Word,
        around: &Around,
    ) -> Option<Setting> {
        let (AssignmentName::VariableName(name), AssignmentValue::Scalar(_)) =
            (&assignment.name, &assignment.value)
        else {
            self.reader.opaque(Why::new(WhyKind::Array, &word.value));
            return None;
        };
        if let Some(why) = builtins::set(name) {
            self.reader.opaque(why);
        }
        let text = self.source.of(word).map(|text| text.split_once('=').map_or("", |(_, value)| value));
        let value = match text.and_then(words::read) {
            Ok(piece) => self.piece(piece, around),
            Err(why) => {
                self.reader.opaque(why);
                Word::Dynamic { source: word.value.clone(), single: true }
            }
        };
        let value = match assignment.append {
            true => Word::Dynamic { source: format!("+{}", value.source()), single: true },
            false => value,
        };
        Some(Setting { name: name.clone(), value })
    }
}
