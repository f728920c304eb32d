//! What makes two calls alike for a grant, and which calls are asked about each time.

use crate::ask::AskBody;
use crate::ask::grantable::Likeness;
use crate::ask::held_call::HeldCall;
use crate::danger::deciding::decides_what_runs;
use crate::danger::{dangers, in_path};
use crate::excerpt::cut;
use crate::gate::{self, Call};
use crate::mask::mask;
use crate::visible::visible;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shell_form::{Form, Redirection, Step, Word, WrapperKind};

/// Arguments of the shell that decide nothing about what runs.
const SAYS_NOTHING: [&str; 3] = ["command", "description", "timeout"];

/// Tools whose calls are alike when they are about the same file.
const OF_FILES: [&str; 4] = ["edit", "write", "apply_patch", "read"];

/// Longest piece of arguments that is shown.
const SHOWN: usize = 200;

/// What the call is like, or why it can only be allowed once.
pub(crate) fn likeness(call: &Call<'_>, project: Option<&str>) -> Result<Likeness, String> {
    if let Some(why) = asked_each_time(call) {
        return Err(why);
    }
    let held = call.call;
    let (key, about, subjects) = match &held.command {
        Some(command) if held.tool == "bash" => of_command(call, command)?,
        _ => of_others(call)?,
    };
    let exact = hex::encode(Sha256::digest(json!([held.tool, key]).to_string()));
    let (tool, about, project) = (held.tool.clone(), mask(&about), project.map(str::to_owned));
    // What is masked on the card is nothing that a person could have looked at.
    let subjects = if subjects.iter().any(|one| mask(one) != *one) { vec![] } else { subjects };
    Ok(Likeness { tool, exact, about, subjects, project })
}

/// The same that the gate asks about in any case, and what stands out.
fn asked_each_time(call: &Call<'_>) -> Option<String> {
    if let Some(why) = call.risk {
        return Some(format!("it needs two approvals ({})", why.trim_end_matches('.')));
    }
    if call.holds_writes {
        return Some("each change in this session needs an answer".to_owned());
    }
    // Files that decide what runs later are among what stands out.
    let body = AskBody::Held { held: call.call.bound() };
    dangers(&body, call.directory).first().map(|danger| lowered(&danger.label))
}

fn lowered(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// What is compared, what is shown, and what patterns see.
type Compared = (Value, String, Vec<String>);

/// One program with fixed words in whatever quotes is the same command; everything else only as it is written.
fn of_command(call: &Call<'_>, command: &str) -> Result<Compared, String> {
    let form = shell_form::read(command);
    if !form.opaque.is_empty() || form.steps.is_empty() {
        return Err("what it runs can't be known beforehand".to_owned());
    }
    if !form.steps.iter().all(is_fixed) {
        return Err("part of it is known only when it runs".to_owned());
    }
    if form.steps.iter().flat_map(|step| &step.redirections).any(|one| changes_what_runs(one, call.directory))
    {
        return Err("it writes a file that decides what runs later, or one outside its directory".to_owned());
    }
    if !gate::is_here(call) {
        return Err("it runs in another folder".to_owned());
    }
    let normal = normal(&form, command);
    let key = json!(["command", normal, without(call.call, &SAYS_NOTHING)?]);
    Ok((key, command.trim().to_owned(), vec![command.to_owned()]))
}

fn normal<'a>(form: &'a Form, command: &'a str) -> &'a str {
    form.rendered().unwrap_or_else(|| command.trim())
}

/// Nothing in it depends on what is there when it runs.
fn is_fixed(step: &Step) -> bool {
    let fixed = |word: &Word| word.text().is_some();
    let feeds = step.via.iter().any(|wrapper| wrapper.kind == WrapperKind::Feeding);
    !feeds
        && step.argv.iter().all(fixed)
        && step.environment.iter().all(|setting| fixed(&setting.value))
        && step.via.iter().all(|wrapper| wrapper.words.iter().all(fixed))
        && step.redirections.iter().all(|one| fixed(&one.target))
}

fn changes_what_runs(one: &Redirection, directory: &str) -> bool {
    let decides = |file: &str| decides_what_runs(file) || in_path(file, directory).is_some();
    one.writes() && one.target.text().is_none_or(decides)
}

/// By where its files lie, or else by all of its arguments.
fn of_others(call: &Call<'_>) -> Result<Compared, String> {
    let held = call.call;
    let mut files: Vec<String> =
        held.files().into_iter().map(|file| gate::as_named(file, call.directory)).collect();
    files.sort();
    files.dedup();
    if OF_FILES.contains(&held.tool.as_str()) && !files.is_empty() {
        return Ok((json!(["files", files]), files.join(", "), files));
    }
    let all = without(held, &[])?;
    let shown = cut(&visible(&mask(&Value::Object(all.clone()).to_string())), SHOWN);
    // The command of a tool that is not the shell is an argument like any other.
    Ok((json!(["arguments", held.command, files, all]), shown, vec![]))
}

fn without(held: &HeldCall, names: &[&str]) -> Result<Map<String, Value>, String> {
    let Some(all) = &held.arguments else { return Err("its arguments can't be read".to_owned()) };
    let rest = all.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    Ok(rest.map(|(name, value)| (name.clone(), value.clone())).collect())
}
