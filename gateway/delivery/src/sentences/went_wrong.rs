//! When it goes wrong (5.12): what happened, that nothing is lost, and what a person can do.

use super::{Sentence, clock, for_people::found, listed, number, quoted, short, word};
use crate::budget::Standing;
use crate::order::{CheckResult, Order, Refusal};
use crate::{DeliveryRecord, Finding, FoundSecret, Weakness};
use jiff::Timestamp;

pub fn nothing_changed() -> Sentence {
    Sentence::of("The agent changed nothing, so there is nothing to deliver.")
        .and("Tell it what is missing, and deliver again.")
}

pub fn nothing_left(record: &DeliveryRecord) -> Sentence {
    Sentence::of(format!(
        "The agent took everything back: against the base nothing is changed any longer. {} stays as it was.",
        number(record)
    ))
    .and("Close it, or tell the agent what you expected.")
    .with_pull(record)
}

pub fn fix_changed_nothing(record: &DeliveryRecord) -> Sentence {
    Sentence::of(format!("The agent tried to fix CI, and changed nothing. {} is still red.", number(record)))
        .and("Its last message says why. Give it a hint, or take over.")
        .with_pull(record)
}

pub fn denied(findings: &[Finding], is_on_branch: bool) -> Sentence {
    let first = findings.first().map(found).unwrap_or_default();
    let left =
        if is_on_branch { "This change did not leave this machine." } else { "Nothing left this machine." };
    let told = Sentence::of(format!("Not delivered: {first}. {left}"));
    let told = findings.iter().skip(1).fold(told, |told, finding| told.and(found(finding)));
    told.and("Send it back with a word on what to change. If the rule is wrong, its owner can change it.")
}

pub fn unjudged(why: &str) -> Sentence {
    Sentence::of(format!("Not delivered: the rules gave no answer ({}).", word(why).trim_end_matches('.')))
        .and("An operator finds the same in the gateway's log. Once the rules are repaired, try again.")
}

/// The rule, path and line. Never what was found.
pub fn secret_found(secret: &FoundSecret, commits: usize) -> String {
    let FoundSecret { rule, path, line, commit } = secret;
    let place = format!("{} at {}:{line}", word(rule), word(path));
    match commit {
        None => format!("What looks like a secret: {place}. Take it out, and replace it if it was real."),
        Some(number) => format!(
            "What looks like a secret: {place}, in commit {number} of {commits}; the sealed commit wouldn't have it. Replace it \
             if it was real."
        ),
    }
}

pub fn checks_red(red: &[CheckResult]) -> Sentence {
    let names: Vec<_> = red.iter().map(|check| check.name.clone()).collect();
    let told = Sentence::of(format!(
        "The project's own checks are still red: {}. Nothing left this machine.",
        quoted(&names)
    ));
    let told = red
        .iter()
        .fold(told, |told, check| told.and(format!("{}: {}", word(&check.name), word(&check.says))));
    told.and("Push it anyway, or send it back with a hint.")
}

pub fn sealed_something_else() -> Sentence {
    Sentence::of("Not pushed: the sealed commit is not the tree that was judged. Nothing left this machine.")
        .and("This must not happen. Please tell whoever runs the gateway; the log says more.")
}

pub fn moved(by: &[String], commits: u32) -> Sentence {
    let who = if by.is_empty() { "Someone".to_owned() } else { listed(by) };
    let what = match commits {
        0 => "moved the branch".to_owned(),
        1 => "pushed a commit to the branch".to_owned(),
        more => format!("pushed {more} commits to the branch"),
    };
    Sentence::of(format!("{who} {what}. I won't push over that."))
        .and("Take it in, and the work continues from there; or leave the branch to them.")
}

pub fn not_taken_in(paths: &[String]) -> Sentence {
    Sentence::of(format!("The commits can't be brought in by themselves: conflict in {}.", listed(paths)))
        .and("Solve it in the workspace and deliver again, or take over the branch.")
}

pub fn branch_gone(record: &DeliveryRecord) -> Sentence {
    Sentence::of(format!(
        "The branch {} is gone, and it wasn't me who removed it. The work is in the workspace {}.",
        record.branch, record.workspace
    ))
    .and("Restore the branch at the forge, or stop this delivery and begin another.")
}

pub fn closed(record: &DeliveryRecord, by: Option<&str>) -> Sentence {
    let who = by.map_or("Someone".to_owned(), word);
    Sentence::of(format!(
        "{who} closed {}. This delivery has ended; the work is in the workspace {}.",
        number(record),
        record.workspace
    ))
    .and("I don't reopen it. Begin another delivery if it was closed by mistake.")
    .with_pull(record)
}

pub fn rights_lost(record: &DeliveryRecord, refusal: &Refusal, now: Timestamp) -> Sentence {
    let done = if record.pull.is_none() && record.tip.is_some() { "The push is done. " } else { "" };
    match refusal {
        Refusal::NotInstalled { settings } => {
            let told = Sentence::of(format!(
                "The app can't see {}. {done}I continue when it can.",
                word(&record.repository.name)
            ));
            let place = settings.as_ref().map_or(String::new(), |url| format!(": {}", word(url)));
            told.and(format!("An owner can grant it in the installation's settings{place}."))
        }
        Refusal::RightMissing { right } => Sentence::of(format!(
            "The forge refused: this needs “{}”. {done}I continue when it is granted.",
            word(right)
        ))
        .and("An owner can grant it in the installation's settings."),
        _ => Sentence::of(format!("Access was withdrawn at {}. Paused; nothing is lost.", clock(now)))
            .and("An owner can give it back in the installation's settings. Then it continues by itself."),
    }
}

/// Whatever the forge refuses for good.
pub fn refused(order: &Order, refusal: &Refusal) -> Sentence {
    match refusal {
        Refusal::WorkflowFile { paths } => {
            Sentence::of(format!("The forge doesn't let this app change workflow files: {}.", listed(paths)))
                .and("Have that part taken out, or push it yourself from the workspace.")
        }
        Refusal::Ruleset { rule } => {
            Sentence::of(format!("A rule of the repository refuses it: {}.", word(rule)))
                .and("An owner of the repository can except this app from the rule.")
        }
        Refusal::Unsigned => {
            Sentence::of("The repository wants signed commits, and the gateway can't sign them yet.")
                .and("An owner of the repository can except this app from the rule.")
        }
        Refusal::Gone { what } => Sentence::of(format!("{} is gone at the forge.", word(what)))
            .and("Restore it, and try again; or stop this delivery."),
        Refusal::Other { why } => {
            Sentence::of(format!("{} didn't work: {}.", named(order), word(why).trim_end_matches('.')))
                .and("Try again, or look at the details in the log.")
        }
        Refusal::NotInstalled { .. }
        | Refusal::RightMissing { .. }
        | Refusal::Revoked
        | Refusal::RateLimited { .. } => Sentence::of(format!("{} was refused.", named(order))),
    }
}

fn named(order: &Order) -> &'static str {
    match order {
        Order::Push { .. } => "Pushing",
        Order::OpenPull { .. } => "Opening the pull request",
        Order::EditBody { .. } => "Editing the pull request",
        Order::Ready { .. } | Order::BackToDraft { .. } => "Changing the draft",
        Order::AskReviewers { .. } => "Asking reviewers",
        Order::Report { .. } => "Reporting the check",
        Order::Rerun { .. } => "Running the checks again",
        Order::Reply { .. } => "Answering a comment",
        Order::Merge { .. } | Order::CancelMerge { .. } => "Merging",
        Order::RemoveBranch { .. } => "Removing the branch",
        Order::Measure { .. } => "Measuring the change",
        Order::Seal { .. } => "Sealing the commit",
        Order::RunChecks { .. } => "Running the project's checks",
        Order::TakeIn { .. } => "Taking the commits in",
        Order::Judge { .. } | Order::Prompt { .. } | Order::Keep { .. } | Order::ReadFailures { .. } => {
            "A step"
        }
    }
}

pub fn agent_unreachable(refusal: &Refusal) -> Sentence {
    let why = match refusal {
        Refusal::Other { why } => word(why),
        _ => "it doesn't answer".to_owned(),
    };
    Sentence::of(format!("The agent could not be told what to do next: {why}."))
        .and("Look at its session, and let it try again.")
}

pub fn forge_silent(record: &DeliveryRecord, since: Timestamp) -> Sentence {
    let done = match (&record.tip, &record.pull) {
        (None, _) => "the push is not confirmed yet",
        (Some(_), None) => "the push is done, the pull request is not yet",
        (Some(_), Some(_)) => "the pull request is there",
    };
    Sentence::of(format!("The forge hasn't answered since {}; {done}.", clock(since)))
        .and("It is retried by itself.")
}

pub fn no_ci(commit: &str, missing: &[String]) -> Sentence {
    match missing.is_empty() {
        true => Sentence::of(format!("No CI ran for {} in 5 minutes.", short(commit)))
            .and("If this repository has none, continue; if CI is waiting for someone's click, click, and it continues by itself."),
        false => Sentence::of(format!("Required checks never came for {}: {}.", short(commit), quoted(missing)))
            .and("Look at why they didn't start, or continue; the forge will hold the merge until they are there."),
    }
}

pub fn ci_inherited(names: &[String], base: &str) -> Sentence {
    let fails = if names.len() == 1 { "fails" } else { "fail" };
    Sentence::of(format!(
        "{} {fails} on {} as well. Not ours; nothing was changed for it.",
        quoted(names),
        word(base)
    ))
}

pub fn ci_weaker(weaker: &[Weakness]) -> Sentence {
    let all: Vec<_> = weaker.iter().map(|one| word(&one.says())).collect();
    let why = match all.as_slice() {
        [rest @ .., last] if !rest.is_empty() => {
            format!("{} and {last}", rest.iter().take(4).cloned().collect::<Vec<_>>().join(", "))
        }
        all => all.join(""),
    };
    Sentence::of(format!("CI is green, but {why}. I don't call that green."))
        .and("Look at the change. If it is right, continue; if not, send it back.")
}

pub fn still_red(record: &DeliveryRecord, names: &[String]) -> Sentence {
    let tries = match record.fixes_used {
        0 => "no automatic fix is allowed here".to_owned(),
        1 => "after 1 try".to_owned(),
        more => format!("after {more} tries"),
    };
    Sentence::of(format!("Still red, {tries}: {}.", quoted(names)))
        .and(format!(
            "Draft {} has the logs. Let the agent try again with a hint, or take over.",
            number(record)
        ))
        .with_pull(record)
}

pub fn budget_spent(spent: &[Standing], cost_is_unknown: bool) -> Sentence {
    let all: Vec<_> = spent.iter().map(Standing::says).collect();
    let told = Sentence::of(format!("The budget is used up: {}. The agent is waiting.", all.join(", ")));
    let told =
        if cost_is_unknown { told.and("What it cost is unknown: the model has no price.") } else { told };
    told.and("Give half as much again, deliver what is there, or stop. Without an answer it stops, and the work stays.")
}

pub fn conflict(base: &str) -> Sentence {
    Sentence::of(format!("{} has moved on, and conflicts with this.", word(base)))
        .and("The agent can merge it in (it never rebases), or you do it yourself.")
}

pub fn requester_approved(record: &DeliveryRecord) -> Sentence {
    let name = word(&record.requester.name);
    Sentence::of(format!("{name} asked for this, so their approval doesn't count."))
        .and("Someone else has to approve it.")
}
