//! What Rust's test harness writes as JSON lines (also `cargo nextest --message-format libtest-json`).

use super::super::report::{Tally, TestReport};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    event: &'a str,
    #[serde(default)]
    name: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    exec_time: Option<f64>,
}

/// A suite that began and did not end broke off, and its tests are no result.
pub(super) fn read(text: &str) -> Option<TestReport> {
    let mut tally = Tally::default();
    let (mut begun, mut ended) = (0_u64, 0_u64);
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let Ok(line) = serde_json::from_str::<Line<'_>>(line) else { continue };
        match (line.kind, line.event) {
            ("suite", "started") => begun += 1,
            ("suite", "ok" | "failed") => {
                ended += 1;
                line.exec_time.into_iter().for_each(|seconds| tally.took_seconds(seconds));
            }
            ("test", "ok") => tally.pass(),
            ("test", "ignored") => tally.skip(),
            ("test", "failed" | "timeout") => tally.fail(&line.name.unwrap_or_default()),
            _ => {}
        }
    }
    (begun > 0 && begun == ended).then(|| tally.report("libtest JSON"))
}
