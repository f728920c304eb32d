//! `find` and `xargs` run others with words that they find or read.

use super::table::XARGS;
use super::{FEEDING, fed, inner};
use crate::form::{Step, Word};
use crate::reader::{Around, Reader};
use crate::why::{Why, WhyKind};

const RUNS: [&str; 4] = ["-exec", "-execdir", "-ok", "-okdir"];

impl Reader {
    /// `find` itself, and each command behind an `-exec`.
    pub(super) fn find(&mut self, step: Step, around: &Around) {
        if let Some(word) = may_hide_a_command(&step.argv) {
            self.opaque(Why::new(WhyKind::Option, &format!("find {}", word.source())));
        }
        let inner: Vec<_> =
            commands(&step.argv).into_iter().map(|argv| Step { argv, ..step.clone() }).collect();
        let words = [step.argv[0].clone(), Word::fixed("-exec")];
        self.push(step, around);
        let around = around.within(FEEDING, &words);
        inner.into_iter().for_each(|step| self.run(step, &around));
    }

    pub(super) fn xargs(&mut self, step: Step, around: &Around) {
        let at = match inner(&XARGS, &step.argv) {
            Ok(at) => at,
            Err(why) => {
                self.opaque(why);
                return self.push(step, around);
            }
        };
        let mark = replaced(&step.argv[..at]);
        let fill = |word: &Word| match mark.as_deref() {
            Some(mark) if word.source().contains(mark) => fed(word),
            _ => word.clone(),
        };
        let mut argv: Vec<Word> = step.argv[at..].iter().map(fill).collect();
        if argv.is_empty() {
            argv.push(Word::fixed("echo"));
        }
        argv.push(Word::Dynamic { source: "…".to_owned(), single: false });
        let around = around.within(FEEDING, &step.argv[..at]);
        self.run(Step { argv, ..step }, &around);
    }
}

/// `-I{}` or `-I {}`.
fn replaced(own: &[Word]) -> Option<String> {
    let at = own.iter().rposition(|word| {
        word.text().is_some_and(|text| text.starts_with('-') && !text.starts_with("--") && text.contains('I'))
    })?;
    let (_, mark) = own[at].text()?.split_once('I')?;
    let next = own.get(at + 1).map(|word| word.source().to_owned());
    if mark.is_empty() { next } else { Some(mark.to_owned()) }
}

/// One computed word may be `-exec`, or the end of one: harmless only if nothing can follow or end it.
fn may_hide_a_command(argv: &[Word]) -> Option<&Word> {
    let mut computed = argv.iter().filter(|word| word.text().is_none());
    let first = computed.next()?;
    let ends = argv.iter().any(|word| word.is(";") || word.is("+"));
    (first.splits() || ends || computed.next().is_some()).then_some(first)
}

/// Between each `-exec` and its `;`, or the `+` behind `{}`.
fn commands(argv: &[Word]) -> Vec<Vec<Word>> {
    let (mut found, mut at) = (vec![], 1);
    while at < argv.len() {
        at += 1;
        if argv[at - 1].text().is_some_and(|text| RUNS.contains(&text)) {
            let many = argv[at - 1].is("-exec") || argv[at - 1].is("-execdir");
            let end = end_of_command(argv, at, many);
            let fill = |word: &Word| if word.source().contains("{}") { fed(word) } else { word.clone() };
            found.push(argv[at..end].iter().map(fill).collect());
            at = end + 1;
        }
    }
    found
}

/// A `+` ends those that take many files at once.
fn end_of_command(argv: &[Word], begin: usize, many: bool) -> usize {
    let ends =
        |at: usize| argv[at].is(";") || many && argv[at].is("+") && at > begin && argv[at - 1].is("{}");
    (begin..argv.len()).find(|at| ends(*at)).unwrap_or(argv.len())
}
