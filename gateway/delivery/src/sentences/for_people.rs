//! How a delivery goes on, line by line (5.8).

use super::{Sentence, clock, duration, listed, number, plural, quoted, short, tier, word};
use crate::budget::Standing;
use crate::order::CheckResult;
use crate::settings::Mode;
use crate::{CommentSeen, DeliveryRecord, Finding, MeasuredChange, ReviewSeen, ReviewVerdict, Stage, Tier};
use jiff::Timestamp;

pub fn begun(record: &DeliveryRecord, now: Timestamp) -> Sentence {
    let limits = record.budget.standings(now).into_iter().filter(|one| one.max > 0);
    let limits: Vec<_> = limits.map(|one| one.says_max()).collect();
    let budget = if limits.is_empty() { String::new() } else { format!(" · budget {}", limits.join(", ")) };
    Sentence::of(format!(
        "{} · {} · {}{budget}",
        record.run,
        word(&record.repository.name),
        word(&record.kind)
    ))
}

pub fn measured(change: &MeasuredChange, now: Tier) -> Sentence {
    let tests = change.files.iter().filter(|file| file.test);
    let (added, deleted) =
        tests.fold((0, 0), |(added, deleted), file| (added + file.added, deleted + file.deleted));
    let dependencies = match change.dependencies.len() {
        0 => "no new dependencies".to_owned(),
        count => plural(count, "dependency changed", "dependencies changed"),
    };
    let secrets = match change.secrets.len() {
        0 => "no secrets".to_owned(),
        count => plural(count, "possible secret", "possible secrets"),
    };
    let mut told = Sentence::of(format!(
        "Measured: {}, +{} −{} (tests +{added} −{deleted}), {dependencies}, {secrets} · risk {}",
        plural(change.files.len(), "file", "files"),
        change.added(),
        change.deleted(),
        tier(now),
    ));
    for secret in change.secrets.iter().take(super::NAMED) {
        told = told.and(super::secret_found(secret, change.commits));
    }
    told
}

pub fn checked(results: &[CheckResult]) -> Sentence {
    let show = |check: &CheckResult| {
        let sign = match check.passed {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "unclear",
        };
        format!("{} {sign} {}", word(&check.name), word(&check.says)).trim_end().to_owned()
    };
    let all: Vec<_> = results.iter().map(show).collect();
    Sentence::of(listed(&all))
}

pub fn tier_rose(now: Tier, because: &[String], withdrawn: bool) -> Sentence {
    let withdrawn = if withdrawn { " What was approved before no longer counts." } else { "" };
    Sentence::of(format!("The risk is {} now: {}.{withdrawn}", tier(now), listed(because)))
}

pub fn plan_asks(record: &DeliveryRecord, findings: &[Finding]) -> Sentence {
    let why = listed(&record.tier_because);
    let mut told = Sentence::of(format!(
        "Before the work begins, someone has to approve the plan. Risk {}: {why}.",
        tier(record.tier)
    ));
    told = told.and(word(&record.says.what_changed)).and(format!("Paths: {}", listed(&record.planned_paths)));
    findings.iter().fold(told, |told, finding| told.and(found(finding)))
}

pub fn rules_ask(record: &DeliveryRecord, stage: Stage, findings: &[Finding]) -> Sentence {
    let what = match stage {
        Stage::Plan => "the work begins",
        Stage::Push => "this is pushed",
        Stage::Ready => "this is marked as ready",
        Stage::Merge => "this is merged",
    };
    let told = match findings {
        [] => Sentence::of(format!(
            "The risk is {}, so someone else has to approve it before {what}: {}.",
            tier(record.tier),
            listed(&record.tier_because)
        )),
        [first, ..] => Sentence::of(format!("The rules ask before {what}: {}", word(&first.says))),
    };
    findings.iter().fold(told, |told, finding| told.and(found(finding)))
}

pub(super) fn found(finding: &Finding) -> String {
    let paths =
        if finding.paths.is_empty() { String::new() } else { format!(": {}", listed(&finding.paths)) };
    format!("{} ({}){paths}", word(&finding.says), word(&finding.rule))
}

pub fn pushed(record: &DeliveryRecord) -> Sentence {
    let commit = record.tip.as_ref().map_or("", |tip| tip.commit.as_str());
    Sentence::of(format!("Pushed {} to {}", short(commit), record.branch))
}

pub fn opened(record: &DeliveryRecord) -> Sentence {
    Sentence::of(format!("Draft {} opened: {}", number(record), word(&record.title))).with_pull(record)
}

pub fn nothing_new() -> Sentence {
    Sentence::of("The agent is done, and the branch has all of it already.")
}

pub fn ci_waits(done: usize, of: usize) -> Sentence {
    match of {
        0 => Sentence::of("CI: nothing has started yet"),
        _ => Sentence::of(format!("CI: {done} of {of} done …")),
    }
}

pub fn ci_green(checks: usize, commit: &str) -> Sentence {
    Sentence::of(format!("CI is green: {} for {}", plural(checks, "check", "checks"), short(commit)))
}

pub fn ci_runs_again(names: &[String]) -> Sentence {
    Sentence::of(format!("CI: {} didn't come to a result, and runs once more.", quoted(names)))
}

pub fn ci_red(names: &[String], base: &str, used: u32, max: u32) -> Sentence {
    let verb = if names.len() == 1 { "it doesn't fail" } else { "they don't fail" };
    Sentence::of(format!(
        "CI: {} failed; {verb} on {}. The agent tries to fix it ({used} of {max}).",
        quoted(names),
        word(base)
    ))
}

pub fn ready(record: &DeliveryRecord, wanted: u32, reviewers: &[String]) -> Sentence {
    let asked =
        if reviewers.is_empty() { String::new() } else { format!(" · asked: {}", listed(reviewers)) };
    Sentence::of(format!("{} is ready for review{asked} · {}", number(record), approvals_wanted(wanted)))
        .with_pull(record)
}

pub fn approvals_wanted(wanted: u32) -> String {
    match wanted {
        0 => "no approval needed by the rules".to_owned(),
        1 => "one approval is needed".to_owned(),
        more => format!("{more} approvals are needed"),
    }
}

pub fn left_as_draft(record: &DeliveryRecord) -> Sentence {
    Sentence::of(format!("{} is green, and stays a draft: delivery is set to “draft” here.", number(record)))
        .and("Mark it as ready yourself, or set delivery to “full”.")
        .with_pull(record)
}

pub fn review(review: &ReviewSeen, comments: usize) -> Sentence {
    let verdict = match review.verdict {
        ReviewVerdict::Approved => "approved",
        ReviewVerdict::ChangesRequested => "changes asked for",
        ReviewVerdict::Commented => "commented",
        ReviewVerdict::Dismissed => "dismissed",
    };
    let count =
        if comments == 0 { String::new() } else { format!(" ({})", plural(comments, "comment", "comments")) };
    let told = Sentence::of(format!("Review by {}: {verdict}{count}", word(&review.by)));
    if review.text.trim().is_empty() { told } else { told.and(word(&review.text)) }
}

pub fn comment(comment: &CommentSeen) -> Sentence {
    Sentence::of(format!("{} writes: {}", word(&comment.by), word(&comment.text)))
}

pub fn changes_wanted(by: &[String]) -> Sentence {
    Sentence::of(format!("{} asked for changes.", listed(by)))
        .and("The agent can address them, or you do it yourself.")
}

/// The answer to a review comment.
pub fn addressed_in(commit: &str) -> String {
    format!("Addressed in {commit}.")
}

pub fn approved(record: &DeliveryRecord, by: &[String]) -> Sentence {
    let who = if by.is_empty() {
        "no approval was needed".to_owned()
    } else {
        format!("approved by {}", listed(by))
    };
    Sentence::of(format!("{} passed every gate: {who}. It can be merged.", number(record))).with_pull(record)
}

pub fn forge_merges(record: &DeliveryRecord) -> Sentence {
    Sentence::of(format!("{} merges by itself as soon as the forge's own rules hold.", number(record)))
        .with_pull(record)
}

pub fn not_approved_any_more() -> Sentence {
    Sentence::of("The approvals no longer count: something changed after them. It needs review again.")
}

pub fn merged(record: &DeliveryRecord, by: Option<&str>, now: Timestamp) -> Sentence {
    let by = by.map_or(String::new(), |by| format!(" by {}", word(by)));
    let edits = if record.others_commits == 0 {
        "no human edits".to_owned()
    } else {
        plural(record.others_commits as usize, "commit by people", "commits by people")
    };
    let used = format!("{} tokens", crate::budget::thousands(record.budget.tokens()));
    let cost = record
        .budget
        .cost_cents()
        .map_or("cost unknown".to_owned(), |cents| format!("{}.{:02} $", cents / 100, cents % 100));
    let took = duration(now.duration_since(record.begun_at));
    Sentence::of(format!("Merged{by} after {took} · {used}, {cost} · {edits}")).with_pull(record)
}

pub fn shadowed(record: &DeliveryRecord, digest: &str) -> Sentence {
    Sentence::of("Shadow mode: this would have been pushed and opened as a draft. Nothing left this machine.")
        .and(format!("What the pull request would have been is saved as {digest}."))
        .and(format!("Branch: {}", record.branch))
}

pub fn stopped(record: &DeliveryRecord, name: &str) -> Sentence {
    let left = match &record.pull {
        Some(pull) => {
            format!("#{} stays as it is; the work is in the workspace {}.", pull.number, record.workspace)
        }
        None => format!("The work is in the workspace {}.", record.workspace),
    };
    Sentence::of(format!("{} stopped this delivery.", word(name))).and(left).with_pull(record)
}

pub fn left_to(record: &DeliveryRecord, name: &str) -> Sentence {
    Sentence::of(format!("{} is {}'s from here on. I no longer touch it.", number(record), word(name)))
        .with_pull(record)
}

pub fn nobody_answered(record: &DeliveryRecord) -> Sentence {
    Sentence::of("Nobody answered in time, so this delivery was stopped.")
        .and(format!("Nothing is lost: the work is in the workspace {}.", record.workspace))
}

pub fn switched(mode: Mode) -> Sentence {
    match mode {
        Mode::Off => Sentence::of(
            "Delivery was switched off. Nothing leaves until it is switched on again; nothing is lost.",
        ),
        Mode::Shadow => {
            Sentence::of("Delivery is set to “shadow” now: everything is judged, and nothing leaves.")
        }
        Mode::Draft => Sentence::of(
            "Delivery is set to “draft” now: drafts are opened and followed, and people take them on.",
        ),
        Mode::Full => Sentence::of("Delivery is set to “full” now."),
    }
}

pub fn paused(name: &str) -> Sentence {
    Sentence::of(format!("{} paused this delivery. Nothing leaves until someone resumes it.", word(name)))
}

pub fn resumed(name: &str) -> Sentence {
    Sentence::of(format!("{} resumed this delivery.", word(name)))
}

pub fn rights_back() -> Sentence {
    Sentence::of("The right is back. It continues where it was.")
}

pub fn taken_in(by: &[String]) -> Sentence {
    let whose =
        if by.is_empty() { "The commits".to_owned() } else { format!("The commits of {}", listed(by)) };
    Sentence::of(format!("{whose} are in the workspace now. It continues from there."))
}

pub fn budget_near(standing: &Standing) -> Sentence {
    Sentence::of(format!("Most of the budget is used: {}.", standing.says()))
}

pub fn forge_answers() -> Sentence {
    Sentence::of("The forge answers again.")
}

pub fn rate_limited(until: Timestamp) -> Sentence {
    Sentence::of(format!("The forge asked us to wait until {}.", clock(until)))
        .and("Nothing is lost, and it continues by itself.")
}
