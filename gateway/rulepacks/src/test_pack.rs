//! Runs a pack's own tests: rules named `test_…` in `test_*.rego`, which have to be true, and rows of `*_table.yaml`.

use crate::engine;
use crate::pack_folder::{Folder, PackFile};
use crate::rego_error::RegoError;
use crate::report::{Coverage, Failure, Report};
use crate::tables::{Row, rows};
use crate::{Limits, Pack, PackFault};
use regorus::{Engine, Value};
use std::path::Path;

/// Of a project's folder. A pack that can't be read is a failure like any other.
pub fn test_pack(folder: &Path, limits: Limits) -> Report {
    let loaded = Folder::read(folder).and_then(|folder| Ok((Pack::of(&folder, limits)?, folder)));
    let run = loaded.and_then(|(pack, folder)| {
        engine::deep(|| run(&pack, &folder)).map_err(|why| PackFault::of("tests", why))
    });
    run.unwrap_or_else(|fault| Report { failures: vec![unusable(fault)], ..Report::default() })
}

fn run(pack: &Pack, folder: &Folder) -> Report {
    let mut run = Run::new(pack);
    run.all(folder);
    run.finish(|file| folder.rules.iter().any(|rules| rules.name == file))
}

fn unusable(fault: PackFault) -> Failure {
    Failure { file: fault.file, line: fault.line, test: String::new(), why: fault.says }
}

pub(crate) struct Run<'a> {
    pack: &'a Pack,
    report: Report,
    coverage: Coverage,
}

impl<'a> Run<'a> {
    pub(crate) fn new(pack: &'a Pack) -> Self {
        Self { pack, report: Report::default(), coverage: Coverage::default() }
    }

    fn all(&mut self, folder: &Folder) {
        for table in &folder.tables {
            self.table(table);
        }
        if !folder.tests.is_empty()
            && let Err(fault) = self.tests(&folder.tests)
        {
            self.report.failures.push(unusable(fault));
        }
    }

    pub(crate) fn finish(mut self, is_meant: impl Fn(&str) -> bool) -> Report {
        self.report.uncovered = self.coverage.uncovered(is_meant);
        self.report
    }

    pub(crate) fn table(&mut self, table: &PackFile) {
        let failure =
            |test: &str, why| Failure { file: table.name.clone(), line: None, test: test.to_owned(), why };
        match rows(&table.text) {
            Err(why) => self.report.failures.push(failure("", why)),
            Ok(rows) => {
                for row in rows {
                    let why = self.row(&row);
                    self.report.count(why.map(|why| failure(&row.name, why)));
                }
            }
        }
    }

    fn row(&mut self, row: &Row) -> Option<String> {
        let facts = match row.facts() {
            Ok(facts) => facts,
            Err(why) => return Some(why),
        };
        let mut built_in = watched(&self.pack.built_in);
        let mut own = self.pack.own.as_ref().map(watched);
        let judged = self.pack.judge_with(&mut built_in, own.as_mut(), &facts);
        self.coverage.add(&built_in);
        own.iter().for_each(|own| self.coverage.add(own));
        match judged {
            Ok(decision) => row.missed(&decision),
            Err(why) => Some(format!("There was no answer: {why}")),
        }
    }

    /// They see a project's rules and the helpers, as those do when a change is judged.
    fn tests(&mut self, files: &[PackFile]) -> Result<(), PackFault> {
        let mut engine = match &self.pack.own {
            Some(own) => own.clone(),
            None => engine::own(&self.pack.data, &[], self.pack.limits.time)?,
        };
        let mut named = vec![];
        for file in files {
            let package = engine::add(&mut engine, &file.name, &file.text)?;
            named.extend(names(&file.text).map(|(line, name)| (file, line, format!("{package}.{name}"))));
        }
        let mut engine = engine::compiled(engine)?;
        engine.set_enable_coverage(true);
        for (file, line, rule) in named {
            let test = rule.rsplit('.').next().unwrap_or_default().to_owned();
            let failure = |why| Failure { file: file.name.clone(), line: Some(line), test, why };
            self.report.count(untrue(&mut engine, rule.clone()).map(failure));
        }
        self.coverage.add(&engine);
        Ok(())
    }
}

fn watched(engine: &Engine) -> Engine {
    let mut engine = engine.clone();
    engine.set_enable_coverage(true);
    engine
}

fn untrue(engine: &mut Engine, rule: String) -> Option<String> {
    engine.set_input(Value::new_object());
    match engine.eval_rule(rule) {
        Ok(Value::Bool(true)) => None,
        Ok(Value::Undefined) => Some("It isn't true: something in it is undefined or false.".to_owned()),
        Ok(other) => Some(format!("It is {other}, and should be true.")),
        Err(error) => Some(RegoError::of(&error).in_one_line()),
    }
}

/// With their lines. A rule begins a line; one with several bodies is one test.
fn names(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let mut seen = std::collections::BTreeSet::new();
    (1..).zip(text.lines()).filter_map(move |(number, line)| {
        let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(line.len());
        let name = &line[..end];
        (name.starts_with("test_") && seen.insert(name)).then_some((number, name))
    })
}
