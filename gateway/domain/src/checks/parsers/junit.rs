//! JUnit's XML, which most runners can write.

use super::super::report::{Tally, TestReport};
use super::xml::{self, Piece, unescaped};

/// What became of the test case that is being read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Became {
    #[default]
    Passed,
    Failed,
    Skipped,
}

/// Counts the cases themselves: sums in attributes are what somebody else counted.
pub(super) fn read(text: &str) -> Option<TestReport> {
    let head = text.trim_start_matches('\u{feff}').trim_start();
    if !head.starts_with('<') || !text.contains("<testsuite") {
        return None;
    }
    let mut tally = Tally::default();
    let mut case: Option<(String, Became)> = None;
    let mut times = (None, 0.0_f64);
    xml::read(text, |piece| match piece {
        Piece::Begin { name: "testcase", attributes } => {
            times.1 += number(&attributes, "time").unwrap_or(0.0);
            case = Some((named(&attributes), Became::default()));
        }
        Piece::Begin { name: name @ ("failure" | "error" | "skipped"), .. } => {
            let became = if name == "skipped" { Became::Skipped } else { Became::Failed };
            match &mut case {
                Some((_, known)) if *known != Became::Failed => *known = became,
                Some(_) => {}
                // A suite that could not begin.
                None if became == Became::Failed => tally.fail("a test suite failed"),
                None => {}
            }
        }
        Piece::Begin { name: "testsuites" | "testsuite", attributes } if times.0.is_none() => {
            times.0 = Some(number(&attributes, "time"));
        }
        Piece::End { name: "testcase" } => match case.take() {
            Some((_, Became::Passed)) => tally.pass(),
            Some((_, Became::Skipped)) => tally.skip(),
            Some((name, Became::Failed)) => tally.fail(&name),
            None => {}
        },
        _ => {}
    })
    .ok()?;
    tally.took_seconds(times.0.flatten().unwrap_or(times.1));
    Some(tally.report("JUnit XML"))
}

fn value<'a>(attributes: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
}

fn number(attributes: &[(&str, &str)], name: &str) -> Option<f64> {
    value(attributes, name)?.parse().ok().filter(|time: &f64| time.is_finite())
}

fn named(attributes: &[(&str, &str)]) -> String {
    let name = value(attributes, "name").map(unescaped).unwrap_or_default();
    match value(attributes, "classname").map(unescaped).filter(|class| !class.is_empty()) {
        Some(class) => format!("{class} › {name}"),
        None => name,
    }
}
