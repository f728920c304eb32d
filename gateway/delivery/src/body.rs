//! What a reviewer sees: what was measured, apart from what the agent says, between markers of ours. What people wrote
//! around it stays.

use crate::delivery_ask::Who;
use crate::markdown::{code, plain_text, plain_words};
use crate::round::Round;
use crate::{DeliveryRecord, Preset, RunId, digest_of};
use jiff::Timestamp;

/// The longest body that we send. GitHub's limit is 65,536, and some were refused below it.
pub const MAX_BODY: usize = 60_000;
/// So much of each text of the agent, if there is room.
const SAID: usize = 8_000;
/// What is left of a text of the agent where there is no room.
const SAID_SHORT: usize = 600;

pub struct BodyFacts<'a> {
    pub record: &'a DeliveryRecord,
    pub preset: &'a Preset,
    /// How many automatic fixes there may be.
    pub fixes: u32,
    pub now: Timestamp,
}

/// Our part, with its markers.
pub fn section(facts: &BodyFacts<'_>) -> String {
    let long = inner(facts, SAID, 10);
    let text = match long.chars().count() <= MAX_BODY - 300 {
        true => long,
        false => inner(facts, SAID_SHORT, 3),
    };
    wrapped(&facts.record.run, facts.preset, &text)
}

fn wrapped(run: &RunId, preset: &Preset, text: &str) -> String {
    let digest = digest_of(text.as_bytes());
    format!("<!-- {} {run} start {digest} -->\n{text}\n{}", preset.name, end_marker(run, preset))
}

fn end_marker(run: &RunId, preset: &Preset) -> String {
    format!("<!-- {} {run} end -->", preset.name)
}

/// Puts our part into a body as it is: what is ours is replaced, and everything else stays as it was written. `None`: there
/// is no room for it.
pub fn put_section(body: &str, section: &str, run: &RunId, preset: &Preset) -> Option<String> {
    let (before, after) = around(body, run, preset).unwrap_or((body.trim_end(), ""));
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n\n" };
    let whole = format!("{before}{gap}{section}{after}");
    if whole.chars().count() <= MAX_BODY {
        return Some(whole);
    }
    let room = MAX_BODY.checked_sub(before.chars().count() + after.chars().count() + gap.len())?;
    Some(format!("{before}{gap}{}{after}", shortened(section, room, run, preset)?))
}

/// What stands before and after our part. Only the first start and the end behind it count.
fn around<'a>(body: &'a str, run: &RunId, preset: &Preset) -> Option<(&'a str, &'a str)> {
    let start = body.find(&format!("<!-- {} {run} start ", preset.name))?;
    let end = end_marker(run, preset);
    let stop = start + body[start..].find(&end)? + end.len();
    Some((&body[..start], &body[stop..]))
}

/// The head of our part is what matters most; it is cut at a line.
fn shortened(section: &str, room: usize, run: &RunId, preset: &Preset) -> Option<String> {
    let inner = section.split_once("-->\n")?.1.strip_suffix(&end_marker(run, preset))?;
    let (note, frame) = ("\n\n… and more: the thread has all of it.", 400);
    let most = room.checked_sub(frame).filter(|most| *most >= 200)?;
    let mut kept = String::new();
    for line in inner.lines() {
        if kept.chars().count() + line.chars().count() + 1 > most {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    Some(wrapped(run, preset, &format!("{}{note}", kept.trim_end())))
}

fn inner(facts: &BodyFacts<'_>, most: usize, lines: usize) -> String {
    let BodyFacts { record, preset, now, .. } = facts;
    let says = &record.says;
    let mut parts = vec![asked_for(record)];
    parts.push(said("What changed", &says.what_changed, most));
    parts.push(said("How to check it", &says.how_to_check, most));
    parts.push(measured(facts, lines));
    parts.push(said("Could go wrong / way back", &says.could_go_wrong, most));
    parts.push(evidence(record));
    let with = if says.made_with.is_empty() {
        String::new()
    } else {
        format!(" with {}", plain_words(&says.made_with))
    };
    parts.push(format!(
        "Made by {}{with}; asked for by {}, whose approval doesn't count. {}",
        preset.name,
        plain_words(&record.requester.name),
        plain_words(&preset.motto),
    ));
    parts.push(format!("As of {}.", now.strftime("%Y-%m-%d %H:%M UTC")));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn asked_for(record: &DeliveryRecord) -> String {
    let thread = record.thread_url.as_deref().filter(|url| is_plain_url(url));
    let place = thread.map_or(String::new(), |url| format!(" in [a thread]({url})"));
    let (name, title) = (plain_words(&record.requester.name), plain_words(&record.title));
    format!(
        "**Asked for** by {name}{place}: “{title}” ({}) · {}",
        plain_words(&record.kind),
        code(record.run.as_str())
    )
}

fn is_plain_url(url: &str) -> bool {
    let fits = |c: char| c.is_ascii_graphic() && !"()[]<>\"'`\\|".contains(c);
    (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(fits)
}

fn said(heading: &str, text: &str, most: usize) -> String {
    match plain_text(text, most) {
        text if text.is_empty() => String::new(),
        text => format!("### {heading} (said by the agent)\n{text}"),
    }
}

/// All of it is about one tree, which it names (D10).
fn measured(facts: &BodyFacts<'_>, lines: usize) -> String {
    let Some(round) = facts.record.rounds.last() else { return String::new() };
    let rows = [
        ("Files", files(round)),
        ("Checks here", checks(round, lines)),
        ("Risk", risk(facts.record)),
        ("Policy", policy(round, lines)),
        ("Secrets, dependencies", found(round, lines)),
        ("Budget", budget(facts)),
        ("Approved in the thread", approved(round)),
    ];
    let rows: Vec<_> = rows.iter().map(|(name, value)| format!("| {name} | {value} |")).collect();
    format!(
        "### Measured (by the gateway, for tree {})\n| | |\n|---|---|\n{}",
        code(&round.tree),
        rows.join("\n")
    )
}

fn files(round: &Round) -> String {
    let sum = &round.summary;
    format!(
        "{} (+{} −{}), tests +{} −{}",
        sum.files, sum.added, sum.deleted, sum.tests_added, sum.tests_deleted
    )
}

fn checks(round: &Round, lines: usize) -> String {
    let show = |check: &crate::order::CheckResult| {
        let sign = match check.passed {
            Some(true) => "ok",
            Some(false) => "**red**",
            None => "unclear",
        };
        let digest = check.digest.as_ref().map_or(String::new(), |digest| format!(" {}", code(digest)));
        format!("{}: {sign} {}{digest}", plain_words(&check.name), plain_words(&check.says))
    };
    listed(round.checks.iter().map(show), round.checks.len(), lines, "none ran")
}

fn risk(record: &DeliveryRecord) -> String {
    let why: Vec<_> = record.tier_because.iter().map(|why| plain_words(why)).collect();
    let why = if why.is_empty() {
        "nothing of the lists for medium and high was touched".to_owned()
    } else {
        why.join("; ")
    };
    format!("**{}**: {why}", crate::sentences::tier(record.tier))
}

fn policy(round: &Round, lines: usize) -> String {
    let Some(decision) = &round.decision else { return "not judged yet".to_owned() };
    let asked = if decision.ask.is_empty() { "allow" } else { "asked, and allowed by a person" };
    let warned = decision.warn.iter().map(|finding| plain_words(&finding.says));
    let warnings = listed(warned, decision.warn.len(), lines, "no warnings");
    format!("{asked}, pack {}; {warnings}", code(&decision.pack))
}

fn found(round: &Round, lines: usize) -> String {
    let sum = &round.summary;
    let secrets = if sum.secrets == 0 { "none".to_owned() } else { format!("{} found", sum.secrets) };
    let changed = sum.first_dependencies.iter().map(|one| code(one));
    format!("{secrets}, {}", listed(changed, sum.dependencies, lines, "none"))
}

fn budget(facts: &BodyFacts<'_>) -> String {
    let budget = &facts.record.budget;
    let mut parts: Vec<String> = budget
        .standings(facts.now)
        .iter()
        .filter(|one| is_known(one, budget))
        .map(|one| one.says())
        .collect();
    if budget.cost_cents().is_none() {
        parts.push("cost unknown: the model has no price".to_owned());
    }
    parts.push(format!("automatic fixes {} of {}", facts.record.fixes_used, facts.fixes));
    parts.join(", ")
}

fn is_known(standing: &crate::Standing, budget: &crate::Budget) -> bool {
    standing.counted != crate::Counted::CostCents || budget.cost_cents().is_some()
}

fn approved(round: &Round) -> String {
    let names = |by: &[Who]| by.iter().map(|who| plain_words(&who.name)).collect::<Vec<_>>().join(", ");
    let all: Vec<_> = round.approvals.iter().map(|approval| names(&approval.by)).collect();
    if all.is_empty() { "–".to_owned() } else { all.join("; ") }
}

fn evidence(record: &DeliveryRecord) -> String {
    let digest = record.rounds.last().and_then(|round| round.evidence.as_deref());
    digest.map_or(String::new(), |digest| format!("Evidence: manifest {}", code(digest)))
}

fn listed(all: impl Iterator<Item = String>, count: usize, most: usize, none: &str) -> String {
    if count == 0 {
        return none.to_owned();
    }
    let shown: Vec<_> = all.take(most).collect();
    let more = count.saturating_sub(shown.len());
    let rest = if more > 0 { format!(" … and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(" · "))
}
