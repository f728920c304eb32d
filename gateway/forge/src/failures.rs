//! What failed in CI, for an agent to read: steps, annotations and the ends of logs. Masked, and not without end.

use crate::client::Call;
use crate::fault::ForgeFault;
use crate::forge::Forge;
use crate::look::{check_runs_of, statuses_of};
use crate::repo_name::RepoName;
use crate::rights;
use crate::shown::{CheckRunShown, StatusShown};
use crate::trail::Trail;
use crate::visit::Visit;
use crate::wire::Extent;
use gateway_domain::{mask_text, visible};
use hyper::Method;
use hyper::body::Bytes;
use jiff::Timestamp;
use serde::Deserialize;

/// All of it, in bytes.
const MOST: usize = 60 * 1024;
const MOST_CHECKS: usize = 10;
const MOST_ANNOTATIONS: usize = 30;
const LAST_LINES: usize = 200;
const LONGEST_LINE: usize = 500;
/// So much of the end of a log is read, if it isn't longer than the second number.
const LOG_TAIL: Extent = Extent::Tail(256 * 1024, 64 * 1024 * 1024);

#[derive(Deserialize)]
struct JobShown {
    #[serde(default)]
    steps: Vec<StepShown>,
}

#[derive(Deserialize)]
struct StepShown {
    name: String,
    conclusion: Option<String>,
}

#[derive(Deserialize)]
struct AnnotationShown {
    path: Option<String>,
    start_line: Option<u64>,
    message: Option<String>,
}

impl Forge {
    /// Of these checks of that commit.
    pub async fn read_failures(
        &self,
        repo: &RepoName,
        head: &str,
        checks: &[String],
        now: Timestamp,
    ) -> Result<String, ForgeFault> {
        let trail = Trail::default();
        let visit = self.visit(repo, rights::READ, now, &trail);
        let runs = check_runs_of(&visit, head).await?;
        let runs: Vec<_> =
            runs.into_iter().filter(|run| checks.contains(&run.name)).take(MOST_CHECKS).collect();
        let statuses = statuses_of(&visit, head).await?;
        let mut parts: Vec<String> =
            statuses.iter().filter(|status| checks.contains(&status.context)).map(of_status).collect();
        let room = MOST / (runs.len() + 1);
        for run in &runs {
            parts.push(end_of(&clean(&Box::pin(of_run(&visit, run)).await?), room));
        }
        Ok(end_of(&parts.join("\n\n"), MOST))
    }
}

fn of_status(status: &StatusShown) -> String {
    let says = status.description.as_deref().unwrap_or("it says no more");
    clean(&format!(
        "## {}: {}\n{says}\n{}",
        status.context,
        status.state,
        status.target_url.as_deref().unwrap_or_default()
    ))
}

async fn of_run(visit: &Visit<'_>, run: &CheckRunShown) -> Result<String, ForgeFault> {
    let mut text = format!("## {}: {}", run.name, run.conclusion.as_deref().unwrap_or(&run.status));
    let output = run.output.clone().unwrap_or_default();
    for part in [output.title, output.summary].into_iter().flatten() {
        text.push_str(&format!("\n{part}"));
    }
    if run.actions_run().is_some() {
        text.push_str(&steps(visit, run.id).await?);
    }
    text.push_str(&annotations(visit, run.id).await?);
    if run.actions_run().is_some() {
        text.push_str(&log(visit, run.id).await?);
    }
    Ok(text)
}

async fn steps(visit: &Visit<'_>, job: u64) -> Result<String, ForgeFault> {
    let job: Option<JobShown> = visit.find(&format!("/actions/jobs/{job}")).await?;
    let steps = job.map(|job| job.steps).unwrap_or_default();
    let failed = steps.iter().filter(|step| step.conclusion.as_deref() == Some("failure"));
    Ok(failed.map(|step| format!("\nFailed step: {}", step.name)).collect())
}

async fn annotations(visit: &Visit<'_>, run: u64) -> Result<String, ForgeFault> {
    let path = format!("/check-runs/{run}/annotations?per_page={MOST_ANNOTATIONS}");
    let found: Option<Vec<AnnotationShown>> = visit.find(&path).await?;
    let line = |one: &AnnotationShown| {
        let place = format!("{}:{}", one.path.as_deref().unwrap_or("?"), one.start_line.unwrap_or_default());
        format!("\n{place}: {}", one.message.as_deref().unwrap_or_default())
    };
    Ok(found.unwrap_or_default().iter().map(line).collect())
}

/// GitHub sends on to an address of a moment, which gets no token.
async fn log(visit: &Visit<'_>, job: u64) -> Result<String, ForgeFault> {
    let answer = visit.ask(&Call::get(visit.url(&format!("/actions/jobs/{job}/logs")))).await?;
    let location = answer.header("location").filter(|_| answer.status == 302);
    let Some(url) = location.and_then(|to| visit.forge.client.address.elsewhere(to)) else {
        return Ok("\nIts log can't be read.".to_owned());
    };
    let headers = visit.forge.client.headers("text/plain");
    let sent = visit.forge.client.wire.send((&Method::GET, &url), &headers, Bytes::new(), LOG_TAIL).await;
    match sent {
        Ok(answer) if answer.is_good() => Ok(format!("\nThe end of its log:\n{}", last_lines(&answer.body))),
        _ => Ok("\nIts log can't be read.".to_owned()),
    }
}

fn last_lines(log: &[u8]) -> String {
    let text = String::from_utf8_lossy(log);
    let lines: Vec<&str> = text.lines().map(without_time).collect();
    let from = lines.len().saturating_sub(LAST_LINES);
    lines[from..].join("\n")
}

/// Each line of Actions begins with its time.
fn without_time(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if time.len() >= 20 && time.ends_with('Z') && time.as_bytes()[4] == b'-' => rest,
        _ => line,
    }
}

/// Masked as a whole, before anything is cut: half a secret isn't found any longer.
fn clean(text: &str) -> String {
    let masked = mask_text(&without_colours(text));
    let lines = masked.lines().map(|line| gateway_domain::cut(line, LONGEST_LINE));
    visible(&lines.collect::<Vec<_>>().join("\n"))
}

/// What terminals show as colours.
fn without_colours(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.find(|c: char| ('@'..='~').contains(&c)).map_or(after.len(), |at| at + 1);
        rest = &after[end..];
    }
    plain + rest
}

/// The heading, and as much of the end as there is room for.
fn end_of(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let (heading, rest) = text.split_once('\n').unwrap_or(("", text));
    let heading: String = heading.chars().take(200).collect();
    let left = room.saturating_sub(heading.len() + 8);
    let from = rest.ceil_char_boundary(rest.len().saturating_sub(left));
    let from = rest[from..].find('\n').map_or(from, |at| from + at + 1);
    format!("{heading}\n…\n{}", &rest[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_before_anything_is_cut() {
        // REQ-DELIVER-04
        let token = format!("gh{}_{}", "p", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let line = format!("{}TOKEN={token}", "x ".repeat(LONGEST_LINE / 2 - 8));
        let shown = clean(&line);
        assert!(!shown.contains(&token[..12]), "{shown}");
    }

    #[test]
    fn logs_lose_times_and_colours_and_keep_their_end() {
        let log =
            "2026-12-01T10:00:00.1234567Z first\n2026-12-01T10:00:01.0000000Z \u{1b}[31mbroken\u{1b}[0m\n";
        assert_eq!(clean(&last_lines(log.as_bytes())), "first\nbroken");
        let long: String = (0..5000).map(|line| format!("line {line}\n")).collect();
        let shown = end_of(&format!("## test: failure\n{long}"), 1000);
        assert!(shown.len() <= 1000 && shown.starts_with("## test: failure\n…\nline "), "{shown}");
        assert!(shown.ends_with("line 4999\n"));
        assert_eq!(last_lines(long.as_bytes()).lines().count(), LAST_LINES);
    }
}
