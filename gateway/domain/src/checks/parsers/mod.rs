//! What test runners write, one file a format. Each parser is a pure function over text that may be anything: it says what it
//! understood, or nothing. A text that only looks like a report, or one that breaks off, is none.

mod cargo_text;
mod go_json;
mod jest_json;
mod jest_text;
mod junit;
mod libtest_json;
mod lines;
mod mocha_json;
mod mocha_text;
mod nextest_text;
mod node_spec;
mod pytest_text;
mod tap;
mod unittest_text;
mod xml;

use super::report::TestReport;

pub(super) type Parser = fn(&str) -> Option<TestReport>;

/// What a program reads. The first that understands the text is believed, so the stricter ones come first.
const MACHINE_READABLE: [(&str, Parser); 6] = [
    ("JUnit XML", junit::read),
    ("Jest JSON", jest_json::read),
    ("Mocha JSON", mocha_json::read),
    ("go test JSON", go_json::read),
    ("libtest JSON", libtest_json::read),
    ("TAP", tap::read),
];

/// What people read.
const TEXTS: [(&str, Parser); 7] = [
    ("nextest", nextest_text::read),
    ("cargo test", cargo_text::read),
    ("pytest", pytest_text::read),
    ("unittest", unittest_text::read),
    ("Node's test runner", node_spec::read),
    ("Jest or Vitest", jest_text::read),
    ("Mocha", mocha_text::read),
];

/// The report of a run: from the file that its runner wrote, if it wrote one, and else from what it printed.
pub(super) fn read(file: Option<&str>, printed: &str) -> Option<TestReport> {
    let of_file =
        file.and_then(|file| MACHINE_READABLE.iter().find_map(|(name, parser)| named(name, *parser, file)));
    let plain = plain(printed);
    of_file.or_else(|| {
        MACHINE_READABLE.iter().chain(&TEXTS).find_map(|(name, parser)| named(name, *parser, &plain))
    })
}

/// Without the codes that colour a terminal.
pub(super) fn plain(printed: &str) -> String {
    lines::without_colours(printed)
}

fn named(name: &str, parser: Parser, text: &str) -> Option<TestReport> {
    parser(text).map(|report| TestReport { format: name.to_owned(), ..report })
}

#[cfg(test)]
mod tests;
