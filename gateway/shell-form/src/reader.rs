//! From the parser's tree to steps: every pipeline, list, loop, function and substitution.

use crate::form::{Form, Redirection, Setting, Step, Word, Wrapper, WrapperKind};
use crate::limits::{self, DEEPEST, MOST_STEPS};
use crate::source::Source;
use crate::why::{Why, WhyKind};
use crate::{builtins, quote, words};
use brush_parser::ast::{self, Command, CompoundCommand};
use brush_parser::{ParserImpl, ParserOptions, TokenizerOptions, parse_tokens, uncached_tokenize_str};

/// As bash reads what it is given with `-c`: its extended patterns are off.
const SYNTAX: ParserOptions = ParserOptions {
    enable_extended_globbing: false,
    posix_mode: false,
    sh_mode: false,
    tilde_expansion_at_word_start: false,
    tilde_expansion_after_colon: false,
    parser_impl: ParserImpl::Peg,
};
const TOKENS: TokenizerOptions =
    TokenizerOptions { enable_extended_globbing: false, posix_mode: false, sh_mode: false };

pub(crate) fn read(command: &str) -> Form {
    let mut reader = Reader::default();
    match parsed(command) {
        Ok(program) => {
            let source = Source::new(command);
            reader.program(&program, &source, &Around::default());
            reader.form.rendered = quote::rendered(&program, &source);
        }
        Err(why) => reader.opaque(why),
    }
    reader.form
}

fn parsed(text: &str) -> Result<ast::Program, Why> {
    limits::text(text)?;
    let unreadable = |about: String| Why::new(WhyKind::Unreadable, &about);
    let tokens = uncached_tokenize_str(text, &TOKENS).map_err(|error| unreadable(error.to_string()))?;
    limits::tokens(&tokens)?;
    parse_tokens(&tokens, &SYNTAX).map_err(|error| unreadable(error.to_string()))
}

/// What a command stands in.
#[derive(Clone, Default)]
pub(crate) struct Around {
    pub(crate) via: Vec<Wrapper>,
    pub(crate) environment: Vec<Setting>,
    pub(crate) redirections: Vec<Redirection>,
    pub(crate) level: usize,
}

impl Around {
    pub(crate) fn deeper(&self) -> Self {
        Self { level: self.level + 1, ..self.clone() }
    }

    /// What a wrapper runs.
    pub(crate) fn within(&self, kind: WrapperKind, words: &[Word]) -> Self {
        let mut inner = self.clone();
        inner.via.push(Wrapper::new(kind, words));
        inner
    }
}

#[derive(Default)]
pub(crate) struct Reader {
    form: Form,
}

impl Reader {
    /// A command within the command.
    pub(crate) fn text(&mut self, text: &str, around: &Around) {
        if around.level > DEEPEST {
            return self.opaque(Why::whole(WhyKind::TooDeep));
        }
        match parsed(text) {
            Ok(program) => self.program(&program, &Source::new(text), around),
            Err(why) => self.opaque(why),
        }
    }

    fn program(&mut self, program: &ast::Program, source: &Source<'_>, around: &Around) {
        let mut walk = Walk { reader: self, source };
        program.complete_commands.iter().for_each(|list| walk.list(list, around));
    }

    pub(crate) fn opaque(&mut self, why: Why) {
        if !self.form.opaque.contains(&why) && self.form.opaque.len() < MOST_STEPS {
            self.form.opaque.push(why);
        }
    }

    pub(crate) fn listed(&self) -> usize {
        self.form.steps.len()
    }

    /// A step as it runs, with what it stands in.
    pub(crate) fn push(&mut self, step: Step, around: &Around) {
        if self.form.steps.len() == MOST_STEPS {
            return self.opaque(Why::whole(WhyKind::TooMany));
        }
        self.form.steps.push(Step {
            redirections: joined(&around.redirections, step.redirections),
            environment: joined(&around.environment, step.environment),
            via: around.via.clone(),
            argv: step.argv,
        });
    }
}

fn joined<T: Clone>(outer: &[T], own: Vec<T>) -> Vec<T> {
    match outer.is_empty() {
        true => own,
        false => [outer, &own].concat(),
    }
}

/// Through the tree of one text.
pub(crate) struct Walk<'r, 's> {
    pub(crate) reader: &'r mut Reader,
    pub(crate) source: &'r Source<'s>,
}

impl Walk<'_, '_> {
    pub(crate) fn list(&mut self, list: &ast::CompoundList, around: &Around) {
        let lists = list.0.iter().map(|item| &item.0);
        lists.flat_map(|list| list.iter()).for_each(|(_, pipeline)| self.pipeline(pipeline, around));
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline, around: &Around) {
        let timed = pipeline.timed.as_ref().map(|timed| match timed.is_posix_output() {
            true => around.within(WrapperKind::Plain, &["time", "-p"].map(Word::fixed)),
            false => around.within(WrapperKind::Plain, &[Word::fixed("time")]),
        });
        let around = timed.as_ref().unwrap_or(around);
        pipeline.seq.iter().for_each(|command| self.command(command, around));
    }

    fn command(&mut self, command: &Command, around: &Around) {
        match command {
            Command::Simple(simple) => self.simple(simple, around),
            Command::Compound(compound, redirected) => {
                let around = self.redirected(redirected.as_ref(), around);
                self.compound(compound, &around);
            }
            Command::Function(function) => {
                self.reader.opaque(Why::new(WhyKind::Function, &function.fname.value));
                let around = self.redirected(function.body.1.as_ref(), around);
                self.compound(&function.body.0, &around);
            }
            Command::ExtendedTest(..) => self.reader.opaque(Why::new(WhyKind::Test, "[[ ]]")),
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, around: &Around) {
        let around = &around.deeper();
        if around.level > DEEPEST {
            return self.reader.opaque(Why::whole(WhyKind::TooDeep));
        }
        match compound {
            CompoundCommand::Arithmetic(_) => self.reader.opaque(Why::new(WhyKind::Arithmetic, "(( ))")),
            CompoundCommand::ArithmeticForClause(looped) => {
                self.reader.opaque(Why::new(WhyKind::Arithmetic, "for (( ))"));
                self.list(&looped.body.list, around);
            }
            CompoundCommand::BraceGroup(group) => self.list(&group.list, around),
            CompoundCommand::Subshell(shell) => self.list(&shell.list, around),
            CompoundCommand::ForClause(looped) => self.for_each(looped, around),
            CompoundCommand::CaseClause(case) => self.case(case, around),
            CompoundCommand::IfClause(branch) => self.branch(branch, around),
            CompoundCommand::WhileClause(looped) | CompoundCommand::UntilClause(looped) => {
                self.list(&looped.0, around);
                self.list(&looped.1.list, around);
            }
            CompoundCommand::Coprocess(process) => {
                self.reader.opaque(Why::whole(WhyKind::Coprocess));
                self.command(&process.body, around);
            }
        }
    }

    fn for_each(&mut self, looped: &ast::ForClauseCommand, around: &Around) {
        if let Some(why) = builtins::set(&looped.variable_name) {
            self.reader.opaque(why);
        }
        for value in looped.values.iter().flatten() {
            self.word(value, around);
        }
        self.list(&looped.body.list, around);
    }

    fn case(&mut self, case: &ast::CaseClauseCommand, around: &Around) {
        self.word(&case.value, around);
        for item in &case.cases {
            for pattern in &item.patterns {
                self.word(pattern, around);
            }
            item.cmd.iter().for_each(|list| self.list(list, around));
        }
    }

    fn branch(&mut self, branch: &ast::IfClauseCommand, around: &Around) {
        self.list(&branch.condition, around);
        self.list(&branch.then, around);
        for other in branch.elses.iter().flatten() {
            other.condition.iter().for_each(|condition| self.list(condition, around));
            self.list(&other.body, around);
        }
    }

    /// A word, once the commands in it are listed.
    pub(crate) fn word(&mut self, word: &ast::Word, around: &Around) -> Word {
        match self.source.of(word).and_then(words::read) {
            Ok(piece) => self.piece(piece, around),
            Err(why) => {
                self.reader.opaque(why);
                Word::Dynamic { source: word.value.clone(), single: false }
            }
        }
    }

    pub(crate) fn piece(&mut self, piece: words::Piece<'_>, around: &Around) -> Word {
        for command in piece.commands {
            self.reader.text(command, &around.deeper());
        }
        piece.word
    }
}
