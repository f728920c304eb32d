//! What came back of a check, judged. It is what a pod says, about code that an agent wrote: nothing is "passed" unless a report
//! says so, or a person configured a plain command that ended with 0.

use super::missing::missing;
use super::parsers;
use super::{CheckEnd, CheckVerdict, CheckedCode, TestReport};
use crate::mask::mask_text;
use crate::visible::visible;

/// So much of the end of an output stands in the record.
const TAIL: usize = 2_000;

/// What of a pod's word about commit and tree is believed to be one.
const LONGEST_HASH: usize = 64;

/// What a pod brings of a command that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckOutput {
    pub exit_code: Option<i32>,
    pub timed_out: bool,
    pub stopped: bool,
    pub took_ms: u64,
    /// The end of what it printed.
    pub printed: String,
    /// How much it printed in all.
    pub printed_bytes: u64,
    pub digest: String,
    /// What is in the file that its runner wrote.
    pub report: Option<String>,
    pub code: Option<CheckedCode>,
}

/// What the gateway got from an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    Answer { status: u16, has_text: bool },
    Unreachable { why: String },
}

pub fn judge(is_configured: bool, output: CheckOutput) -> CheckEnd {
    let CheckOutput { exit_code, timed_out, stopped, took_ms, printed, printed_bytes, digest, report, code } =
        output;
    let report = parsers::read(report.as_deref(), &printed);
    let (verdict, why) = match (stopped, timed_out) {
        (true, _) => (CheckVerdict::Stopped, None),
        (_, true) => (CheckVerdict::TimedOut, None),
        _ => seen(is_configured, exit_code, report.as_ref(), &printed),
    };
    // What broke off has no result, whatever it printed before.
    let report = report.filter(|_| !stopped && !timed_out);
    CheckEnd {
        verdict,
        report,
        exit_code,
        took_ms,
        why,
        digest: Some(digest).filter(|digest| is_hash(digest)),
        printed_bytes,
        tail: tail(&printed),
        code: code.map(believed),
        output: None,
    }
}

fn seen(
    is_configured: bool,
    exit_code: Option<i32>,
    report: Option<&TestReport>,
    printed: &str,
) -> (CheckVerdict, Option<String>) {
    let missing = || missing(exit_code, printed);
    let ended =
        exit_code.map_or("was ended by a signal".to_owned(), |code| format!("ended with exit code {code}"));
    match (report, exit_code) {
        (Some(report), _) if report.failed > 0 => match missing() {
            Some(why) if report.passed == 0 => (CheckVerdict::MissingDependencies, Some(why)),
            why => (CheckVerdict::Failed, why),
        },
        (Some(report), Some(0)) if report.passed > 0 => (CheckVerdict::Passed, None),
        (Some(report), Some(0)) if report.skipped > 0 => {
            (CheckVerdict::NoTests, Some("All tests are skipped.".to_owned()))
        }
        // pytest ends with 5 where it found none.
        (Some(report), Some(0 | 5)) if report.total() == 0 => {
            (CheckVerdict::NoTests, Some("No tests were found.".to_owned()))
        }
        (Some(report), _) if report.total() == 0 => match missing() {
            Some(why) => (CheckVerdict::MissingDependencies, Some(why)),
            None => (CheckVerdict::Unclear, Some(format!("No test reported, and the command {ended}."))),
        },
        (Some(_), _) => {
            (CheckVerdict::Failed, Some(format!("No test that reported failed, but the command {ended}.")))
        }
        (None, Some(0)) if is_configured => {
            (CheckVerdict::Passed, Some("Exit code 0; it reported no single tests.".to_owned()))
        }
        (None, Some(0)) => (
            CheckVerdict::Unclear,
            Some("Exit code 0, but the gateway can't read the output as a test report.".to_owned()),
        ),
        (None, _) => match missing() {
            Some(why) => (CheckVerdict::MissingDependencies, Some(why)),
            None if is_configured => (CheckVerdict::Failed, Some(format!("The command {ended}."))),
            None => (
                CheckVerdict::Unclear,
                Some(format!("The command {ended}, and the gateway can't read its output as a test report.")),
            ),
        },
    }
}

pub fn judge_fetch(wanted_status: u16, wants_text: bool, fetched: &Fetched, took_ms: u64) -> CheckEnd {
    let (verdict, why) = match fetched {
        Fetched::Unreachable { why } => (CheckVerdict::Failed, format!("The address is unreachable: {why}")),
        Fetched::Answer { status, .. } if *status != wanted_status => {
            (CheckVerdict::Failed, format!("It answered {status}, and {wanted_status} was expected."))
        }
        Fetched::Answer { has_text: false, status } if wants_text => {
            (CheckVerdict::Failed, format!("It answered {status}, but without the expected text."))
        }
        Fetched::Answer { status, .. } => {
            let text = if wants_text { " with the expected text" } else { "" };
            (CheckVerdict::Passed, format!("It answered {status}{text}."))
        }
    };
    CheckEnd { took_ms, ..CheckEnd::without_output(verdict, why) }
}

/// What was printed as people may read it: without colours and secrets, and with nothing hidden in it.
pub fn shown_output(printed: &str) -> String {
    visible(&mask_text(&parsers::plain(printed)))
}

/// The end of it. First masked and then cut: half a secret is not recognised as one.
fn tail(printed: &str) -> String {
    let plain = shown_output(printed);
    let from = plain.len().saturating_sub(TAIL);
    plain[plain.ceil_char_boundary(from)..].trim().to_owned()
}

fn believed(code: CheckedCode) -> CheckedCode {
    let hash = |told: Option<String>| told.filter(|told| is_hash(told));
    CheckedCode { commit: hash(code.commit), tree: hash(code.tree), ..code }
}

fn is_hash(text: &str) -> bool {
    (7..=LONGEST_HASH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(exit_code: i32, printed: &str) -> CheckOutput {
        let digest = "a".repeat(64);
        CheckOutput {
            exit_code: Some(exit_code),
            printed: printed.to_owned(),
            digest,
            ..CheckOutput::default()
        }
    }

    const PASSES: &str = "test result: ok. 3 passed; 0 failed; 0 ignored; finished in 0.1s";
    const FAILS: &str =
        "test a ... FAILED\ntest result: FAILED. 2 passed; 1 failed; 0 ignored; finished in 0.1s";

    #[test]
    fn nothing_passes_that_no_report_says_so_of() {
        // REQ-CHECK-02
        let table = [
            (false, 0, PASSES, CheckVerdict::Passed),
            (false, 1, PASSES, CheckVerdict::Failed),
            (false, 0, FAILS, CheckVerdict::Failed),
            (false, 0, "All 45 tests passed!", CheckVerdict::Unclear),
            (false, 1, "Something broke", CheckVerdict::Unclear),
            (true, 0, "fine", CheckVerdict::Passed),
            (true, 3, "not fine", CheckVerdict::Failed),
            (false, 5, "===== no tests ran in 0.01s =====", CheckVerdict::NoTests),
            (
                false,
                0,
                "test result: ok. 0 passed; 0 failed; 2 ignored; finished in 0.0s",
                CheckVerdict::NoTests,
            ),
            (false, 127, "sh: 1: vitest: not found", CheckVerdict::MissingDependencies),
            (true, 1, "Error: Cannot find module 'x'", CheckVerdict::MissingDependencies),
            (false, 2, include_str!("samples/pytest-missing.txt"), CheckVerdict::MissingDependencies),
        ];
        for (configured, code, printed, verdict) in table {
            let end = judge(configured, output(code, printed));
            assert_eq!(end.verdict, verdict, "{code} {printed}: {end:?}");
        }
    }

    #[test]
    fn what_was_ended_has_no_result_whatever_it_printed() {
        // REQ-CHECK-05
        let end = judge(true, CheckOutput { timed_out: true, exit_code: None, ..output(0, PASSES) });
        assert_eq!((end.verdict, end.report), (CheckVerdict::TimedOut, None));
        let end = judge(true, CheckOutput { stopped: true, ..output(0, PASSES) });
        assert_eq!((end.verdict, end.report), (CheckVerdict::Stopped, None));
        let end = judge(false, CheckOutput { exit_code: None, ..output(0, PASSES) });
        assert_eq!(end.verdict, CheckVerdict::Failed, "it was killed behind its report");
    }

    #[test]
    fn what_a_pod_says_is_kept_bounded_and_masked() {
        // REQ-PROOF-04, REQ-HARD-02
        let code = CheckedCode {
            commit: Some("$(id)".into()),
            tree: Some("b".repeat(40)),
            ..CheckedCode::default()
        };
        let printed = format!("{}\nPASSWORD=hunter2-hunter2 \u{202e}\u{1b}[31m", "é".repeat(100_000));
        let end = judge(false, CheckOutput { code: Some(code), digest: "x".into(), ..output(1, &printed) });
        assert!(
            end.tail.len() <= TAIL && !end.tail.contains("hunter2") && !end.tail.contains('\u{202e}'),
            "{}",
            end.tail
        );
        let code = end.code.unwrap();
        assert_eq!((code.commit, code.tree, end.digest), (None, Some("b".repeat(40)), None));
    }

    #[test]
    fn an_address_is_judged_by_status_and_text() {
        // REQ-CHECK-03
        let answer = |status, has_text| Fetched::Answer { status, has_text };
        let away = Fetched::Unreachable { why: "connection refused".into() };
        let table = [
            (answer(200, true), CheckVerdict::Passed, "It answered 200 with the expected text."),
            (answer(200, false), CheckVerdict::Failed, "It answered 200, but without the expected text."),
            (answer(502, true), CheckVerdict::Failed, "It answered 502, and 200 was expected."),
            (away, CheckVerdict::Failed, "The address is unreachable: connection refused"),
        ];
        for (fetched, verdict, why) in table {
            let end = judge_fetch(200, true, &fetched, 12);
            assert_eq!((end.verdict, end.why.as_deref()), (verdict, Some(why)));
        }
    }
}
