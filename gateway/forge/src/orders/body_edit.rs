//! Puts our part into the body, and leaves everything else in it.

use super::Carry;
use crate::fault::ForgeFault;
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome, Preset, RunId, put_section};
use hyper::Method;
use serde_json::json;

pub(super) async fn edit(visit: &Visit<'_>, number: u64, section: &str, attempt: Attempt) -> Carry {
    let preset = &visit.forge.settings.preset;
    let run =
        run_of(section, preset).ok_or_else(|| ForgeFault::other("our part of the body has no marker"))?;
    let pull = visit.pull(number).await?;
    // A browser sends other line ends; what people see is the same.
    let body = pull.body.unwrap_or_default().replace("\r\n", "\n");
    let new = put_section(&body, section, &run, preset)
        .ok_or_else(|| ForgeFault::other("what people wrote in the body leaves no room for our part"))?;
    if new == body {
        return Ok(Outcome::Done);
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    let what = format!("The pull request #{number}");
    visit.change(Method::PATCH, &format!("/pulls/{number}"), json!({ "body": new }), &what).await?;
    Ok(Outcome::Done)
}

/// The run stands in the marker that our part begins with.
fn run_of(section: &str, preset: &Preset) -> Option<RunId> {
    let rest = section.strip_prefix(&format!("<!-- {} ", preset.name))?;
    RunId::parse(rest.split_once(" start ")?.0).ok()
}
