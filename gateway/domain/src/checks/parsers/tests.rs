//! The parsers on what real runners wrote (`../samples`), and on what nobody would write.

use super::*;
use proptest::prelude::*;

/// What a sample says: its format, passed, failed, skipped, and a failure by name.
type Sample = (&'static str, &'static str, &'static str, [u64; 3], &'static [&'static str]);

/// All but Go's were written by the runners themselves, over the same few tests.
const SAMPLES: [Sample; 19] = [
    (
        "node-junit.xml",
        include_str!("../samples/node-junit.xml"),
        "JUnit XML",
        [2, 1, 1],
        &["test › divides"],
    ),
    (
        "pytest-junit.xml",
        include_str!("../samples/pytest-junit.xml"),
        "JUnit XML",
        [2, 1, 1],
        &["test_math › test_divides"],
    ),
    (
        "vitest-junit.xml",
        include_str!("../samples/vitest-junit.xml"),
        "JUnit XML",
        [1, 1, 1],
        &["math.test.ts › math > divides"],
    ),
    (
        "nextest-junit.xml",
        include_str!("../samples/nextest-junit.xml"),
        "JUnit XML",
        [2, 1, 0],
        &["sample › tests::triples"],
    ),
    ("jest.json", include_str!("../samples/jest.json"), "Jest JSON", [1, 1, 1], &["math divides"]),
    ("vitest.json", include_str!("../samples/vitest.json"), "Jest JSON", [1, 1, 1], &["math divides"]),
    ("mocha.json", include_str!("../samples/mocha.json"), "Mocha JSON", [1, 1, 1], &["math divides"]),
    ("libtest.json", include_str!("../samples/libtest.json"), "libtest JSON", [3, 1, 1], &["tests::triples"]),
    ("node-tap.txt", include_str!("../samples/node-tap.txt"), "TAP", [2, 1, 1], &["divides"]),
    ("vitest-tap.txt", include_str!("../samples/vitest-tap.txt"), "TAP", [1, 1, 1], &["divides"]),
    ("mocha-tap.txt", include_str!("../samples/mocha-tap.txt"), "TAP", [1, 1, 1], &["math divides"]),
    (
        "cargo-test.txt",
        include_str!("../samples/cargo-test.txt"),
        "cargo test",
        [3, 1, 1],
        &["tests::triples"],
    ),
    ("nextest.txt", include_str!("../samples/nextest.txt"), "nextest", [2, 1, 1], &["sample tests::triples"]),
    (
        "pytest.txt",
        include_str!("../samples/pytest.txt"),
        "pytest",
        [2, 1, 1],
        &["test_math.py::test_divides"],
    ),
    (
        "pytest-q.txt",
        include_str!("../samples/pytest-q.txt"),
        "pytest",
        [2, 1, 1],
        &["test_math.py::test_divides"],
    ),
    (
        "unittest.txt",
        include_str!("../samples/unittest.txt"),
        "unittest",
        [1, 1, 1],
        &["test_divides (test_more.More.test_divides)"],
    ),
    (
        "node-spec.txt",
        include_str!("../samples/node-spec.txt"),
        "Node's test runner",
        [2, 1, 1],
        &["divides"],
    ),
    ("jest.txt", include_str!("../samples/jest.txt"), "Jest or Vitest", [1, 1, 1], &["math › divides"]),
    (
        "vitest.txt",
        include_str!("../samples/vitest.txt"),
        "Jest or Vitest",
        [1, 1, 1],
        &["math.test.ts > math > divides"],
    ),
];

#[test]
fn what_real_runners_write_is_understood() {
    // REQ-CHECK-01, REQ-CHECK-02
    for (name, text, format, [passed, failed, skipped], failures) in SAMPLES {
        let report = read(None, text).unwrap_or_else(|| panic!("{name} is not understood"));
        assert_eq!(report.format, format, "{name}");
        assert_eq!([report.passed, report.failed, report.skipped], [passed, failed, skipped], "{name}");
        assert_eq!(report.failures, failures, "{name}");
    }
    let mocha = read(None, include_str!("../samples/mocha.txt")).unwrap();
    assert_eq!((mocha.passed, mocha.failed, mocha.skipped, mocha.took_ms), (1, 1, 1, Some(9)));
    assert_eq!(mocha.failures, ["math › divides"]);
}

#[test]
fn go_is_read_as_its_documentation_says() {
    // REQ-CHECK-01: written by hand from `go doc test2json`; no Go was at hand.
    let report = read(None, include_str!("../samples/go-test.json")).unwrap();
    assert_eq!(
        (report.format.as_str(), report.passed, report.failed, report.skipped),
        ("go test JSON", 2, 2, 1)
    );
    assert_eq!(
        report.failures,
        ["example.org/math › TestDivides/by_two", "example.org/broken (did not build or run)"]
    );
}

#[test]
fn no_tests_are_a_report_of_none() {
    // REQ-CHECK-02
    let report = read(None, include_str!("../samples/pytest-none.txt")).unwrap();
    assert_eq!(report.total(), 0);
    assert_eq!(read(None, "TAP version 13\n1..0\n").unwrap().total(), 0);
}

#[test]
fn what_breaks_off_or_only_looks_like_a_report_is_none() {
    // REQ-CHECK-01
    let whole = include_str!("../samples/vitest-junit.xml");
    for end in (0..whole.trim_end().len()).filter(|end| whole.is_char_boundary(*end)) {
        assert_eq!(junit::read(&whole[..end]), None, "cut at {end}");
    }
    for text in [
        "",
        "ok",
        "All tests passed!",
        "45/45",
        "{}",
        "[]",
        "<testsuite>",
        "not ok, really",
        "{\"stats\":{}}",
    ] {
        assert_eq!(read(Some(text), text), None, "{text}");
    }
    let begun = "{ \"type\": \"suite\", \"event\": \"started\" }\n{ \"type\": \"test\", \"event\": \"ok\", \"name\": \"a\" }";
    assert_eq!(read(None, begun), None, "its process was killed");
}

#[test]
fn planned_tests_that_say_nothing_have_failed() {
    // REQ-CHECK-02
    let report = read(None, "1..5\nok 1 - a\nnot ok 2 - b # TODO later\n").unwrap();
    assert_eq!((report.passed, report.failed, report.skipped), (1, 3, 1));
    assert_eq!(report.failures, ["3 of the planned tests did not report"]);
    let report = read(None, "TAP version 13\nok 1 - a\nBail out! the disk is full\n").unwrap();
    assert_eq!((report.passed, report.failed), (1, 1));
}

#[test]
fn names_are_bounded_and_hide_secrets() {
    // REQ-PROOF-04, REQ-CHECK-02
    let long = "x".repeat(100_000);
    let cases: String =
        (0..1_000).map(|n| format!("<testcase name=\"{n} {long}\"><failure/></testcase>")).take(60).collect();
    let report = read(Some(&format!("<testsuite>{cases}</testsuite>")), "").unwrap();
    assert_eq!((report.failed, report.failures.len()), (60, crate::checks::MAX_NAMED_FAILURES));
    assert!(report.failures.iter().all(|name| name.chars().count() <= 200));
    let told =
        "<testsuite><testcase name=\"PASSWORD=hunter2-hunter2 &#x202E;\"><error/></testcase></testsuite>";
    let report = read(Some(told), "").unwrap();
    assert!(
        !report.failures[0].contains("hunter2") && !report.failures[0].contains('\u{202e}'),
        "{report:?}"
    );
}

/// Pieces of reports in any order, and anything between.
fn odd() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<testsuite>",
        "</testsuite>",
        "<testcase name='a'/>",
        "<failure>",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE",
        "&#x",
        "1..",
        "ok ",
        "not ok ",
        " # SKIP",
        "{",
        "}",
        "test result: ",
        "18446744073709551615 passed",
        "; 1 failed",
        "; 2 ignored",
        " in 1s",
        "Ran ",
        " tests",
        "ℹ tests ",
        "ℹ pass ",
        "ℹ fail ",
        "1e308",
        "Tests: ",
        "Summary [",
        "]",
        "FAIL [",
        "  ",
        "1 passing",
        "\n",
        "\u{1b}[31m",
        "{\"Action\":\"fail\"",
        ",\"Package\":\"p\"",
        ",\"Elapsed\":1e400}",
        "\"numPassedTests\":",
        "é",
        "\u{1b}",
    ]);
    prop::collection::vec(prop_oneof![pieces.prop_map(str::to_owned), ".{0,4}"], 0..60)
        .prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn nothing_that_a_check_prints_ends_the_gateway(printed in odd(), file in odd()) {
        // REQ-CHECK-05, REQ-HARD-02
        if let Some(report) = read(Some(&file), &printed) {
            prop_assert!(report.failures.len() as u64 <= report.failed);
        }
    }
}
