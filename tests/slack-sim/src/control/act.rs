//! Carries verbs out, with the same handle that tests in Rust use.
#![allow(clippy::unit_arg, reason = "one line a verb")]

use super::state;
use super::verb::Verb;
use crate::core::Sim;
use crate::faults::{Fault, Mishap, Oddities, Often};
use crate::handle::SlackSim;
use crate::people::{Receipt, SlackPerson};
use crate::world::Kind;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn act(sim: &Arc<Sim>, verb: Verb) -> anyhow::Result<Value> {
    let slack = SlackSim::borrowed(sim);
    match verb {
        Verb::Person { .. } | Verb::Deactivate { .. } | Verb::Channel { .. } | Verb::Archive { .. } => {
            people(&slack, verb)
        }
        Verb::Fail { .. } | Verb::Mishap { .. } | Verb::Oddities { .. } | Verb::Heal {} => {
            faults(&slack, verb)
        }
        Verb::Command { .. }
        | Verb::Click { .. }
        | Verb::ClickStale { .. }
        | Verb::Shortcut { .. }
        | Verb::MessageShortcut { .. }
        | Verb::ClickHome { .. }
        | Verb::ClickModal { .. }
        | Verb::Submit { .. }
        | Verb::Close { .. } => Ok(receipt(&interact(&slack, verb).await?)),
        Verb::Suggestions { user, action, typed } => {
            Ok(json!({ "options": somebody(&slack, &user)?.suggestions(&action, &typed).await? }))
        }
        Verb::DeliverTo { url } => deliver_to(&slack, url).await,
        Verb::UntilText { channel, text } => Ok(json!(slack.until_text(&channel, &text).await?)),
        Verb::Messages { .. }
        | Verb::Thread { .. }
        | Verb::Calls { .. }
        | Verb::Deliveries { .. }
        | Verb::Errors { .. }
        | Verb::Figures {} => state::asked(&slack, verb),
        Verb::Skip { .. }
        | Verb::RefreshSockets {}
        | Verb::DropSockets {}
        | Verb::DisableLink {}
        | Verb::RawFrame { .. }
        | Verb::Revoke {}
        | Verb::Scopes { .. }
        | Verb::Commands { .. } => workspace(&slack, verb),
        other => write(&slack, other),
    }
}

/// Somebody who is there; a typing mistake makes nobody.
pub(super) fn somebody(slack: &SlackSim, name: &str) -> anyhow::Result<SlackPerson> {
    let known = slack.world(|world| world.user_named(name).is_some());
    if known { Ok(slack.person(name)) } else { bail!("there is nobody called {name}") }
}

fn people(slack: &SlackSim, verb: Verb) -> anyhow::Result<Value> {
    match verb {
        Verb::Person { name, guest: true, .. } => Ok(json!({ "id": slack.guest(&name).id })),
        Verb::Person { name, stranger: true, .. } => Ok(json!({ "id": slack.stranger(&name).id })),
        Verb::Person { name, .. } => Ok(json!({ "id": slack.person(&name).id })),
        Verb::Channel { name, members, kind, app } => {
            let members =
                members.iter().map(|name| somebody(slack, name)).collect::<anyhow::Result<Vec<_>>>()?;
            let members: Vec<&SlackPerson> = members.iter().collect();
            let kind = if kind.as_deref() == Some("private") { Kind::Private } else { Kind::Public };
            Ok(json!({ "id": slack.channel_of(&name, kind, &members, app.unwrap_or(true)) }))
        }
        Verb::Deactivate { user } => done(slack.deactivate(&somebody(slack, &user)?)),
        Verb::Archive { channel } => done(slack.archive(&channel)),
        _ => bail!("not about people and channels"),
    }
}

fn write(slack: &SlackSim, verb: Verb) -> anyhow::Result<Value> {
    match verb {
        Verb::Say { user, channel, to, text, files } => {
            let person = somebody(slack, &user)?;
            let files: Vec<(&str, &[u8])> =
                files.iter().map(|file| (file.name.as_str(), file.text.as_bytes())).collect();
            let channel = to.as_ref().map(|spot| spot.channel.clone()).or(channel);
            let channel = channel.unwrap_or_else(|| person.direct_channel());
            Ok(json!(person.posts_files(&channel, to.as_ref(), &text, &files)))
        }
        Verb::Edit { user, spot, text } => done(somebody(slack, &user)?.edits(&spot, &text)),
        Verb::Delete { user, spot } => done(somebody(slack, &user)?.deletes(&spot)),
        Verb::DeleteThread { user, spot } => done(somebody(slack, &user)?.deletes_thread(&spot)),
        Verb::React { user, spot, name } => done(somebody(slack, &user)?.reacts(&spot, &name)),
        Verb::Join { user, channel } => done(somebody(slack, &user)?.joins(&channel)),
        Verb::Leave { user, channel } => done(somebody(slack, &user)?.leaves(&channel)),
        Verb::InviteApp { user, channel } => done(somebody(slack, &user)?.invites_app(&channel, true)),
        Verb::RemoveApp { user, channel } => done(somebody(slack, &user)?.invites_app(&channel, false)),
        Verb::OpenHome { user } => done(somebody(slack, &user)?.opens_home()),
        Verb::OpenAssistant { user } => Ok(json!(somebody(slack, &user)?.opens_assistant())),
        _ => bail!("not something that people write"),
    }
}

async fn interact(slack: &SlackSim, verb: Verb) -> anyhow::Result<Receipt> {
    match verb {
        Verb::Command { user, channel, command, text } => {
            Ok(somebody(slack, &user)?.command(&channel, &command, &text).await)
        }
        Verb::Click { user, spot, label: Some(label), .. } => {
            somebody(slack, &user)?.click(&spot, &label).await
        }
        Verb::Click { user, spot, action, block, choice, .. } => {
            let (person, action) = (somebody(slack, &user)?, action.context("label or action is missing")?);
            person.click_in(&spot, block.as_deref(), &action, choice.as_deref()).await
        }
        Verb::ClickStale { user, spot, block, action, value } => {
            somebody(slack, &user)?.click_stale(&spot, &block, &action, &value).await
        }
        Verb::Shortcut { user, callback } => Ok(somebody(slack, &user)?.shortcut(&callback).await),
        Verb::MessageShortcut { user, spot, callback } => {
            somebody(slack, &user)?.message_shortcut(&spot, &callback).await
        }
        Verb::ClickHome { user, name, block } => {
            somebody(slack, &user)?.click_home_in(block.as_deref(), &name).await
        }
        Verb::ClickModal { user, name, block, choice, fields } => {
            let person = somebody(slack, &user)?;
            person.fill(&pairs(&fields))?;
            person.click_modal_in(block.as_deref(), &name, choice.as_deref()).await
        }
        Verb::Submit { user, fields } => somebody(slack, &user)?.submit(&pairs(&fields)).await,
        Verb::Close { user } => {
            let silent =
                Receipt { acked_after: Some(Duration::ZERO), answer: Value::Null, tries: 0, failure: None };
            Ok(somebody(slack, &user)?.close().await?.unwrap_or(silent))
        }
        _ => bail!("not an interaction"),
    }
}

fn pairs(fields: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn faults(slack: &SlackSim, verb: Verb) -> anyhow::Result<Value> {
    match verb {
        Verb::Fail { method, fault, value, next, chance } => {
            done(slack.fail(&method, fault_named(&fault, value.unwrap_or_default())?, often(next, chance)))
        }
        Verb::Mishap { mishap, next, chance } => {
            let mishap = match mishap.as_str() {
                "drop" => Mishap::Drop,
                "duplicate" => Mishap::Duplicate,
                "reorder" => Mishap::Reorder,
                other => bail!("there is no mishap {other}"),
            };
            done(slack.mishap(mishap, often(next, chance)))
        }
        Verb::Oddities { null_team, wild_metadata, extra_fields, unknown_frames, nameless_streams } => {
            done(slack.oddities(Oddities {
                null_team,
                wild_metadata,
                extra_fields,
                unknown_frames,
                nameless_streams,
            }))
        }
        _ => done(slack.heal()),
    }
}

fn fault_named(name: &str, value: Value) -> anyhow::Result<Fault> {
    let number = value.as_u64();
    let status = number.and_then(|number| u16::try_from(number).ok()).unwrap_or(503);
    Ok(match name {
        "rate_limited" => Fault::RateLimited(number.unwrap_or(1)),
        "status" => Fault::Status(status),
        "status_after" => Fault::StatusAfter(status),
        "error" => Fault::Error(value.as_str().unwrap_or("internal_error").to_owned()),
        "timeout_before" => Fault::TimeoutBefore,
        "timeout_after" => Fault::TimeoutAfter,
        "reset_before" => Fault::ResetBefore,
        "reset_after" => Fault::ResetAfter,
        "lagging" => Fault::Lagging,
        "slow" => Fault::Slow(Duration::from_millis(number.unwrap_or(1000))),
        other => bail!("there is no fault {other}"),
    })
}

fn often(next: Option<u32>, chance: Option<f64>) -> Often {
    chance.map_or(Often::Next(next.unwrap_or(1)), Often::Chance)
}

fn workspace(slack: &SlackSim, verb: Verb) -> anyhow::Result<Value> {
    match verb {
        Verb::Skip { seconds } => done(slack.skip(Duration::try_from_secs_f64(seconds)?)),
        Verb::RefreshSockets {} => done(slack.refresh_sockets()),
        Verb::DropSockets {} => done(slack.drop_sockets()),
        Verb::DisableLink {} => done(slack.disable_link()),
        Verb::RawFrame { frame } => done(slack.send_raw_frame(&frame.to_string())),
        Verb::Revoke {} => done(slack.revoke_tokens()),
        Verb::Scopes { scopes } => done(slack.world(|world| world.app.scopes = scopes.into_iter().collect())),
        Verb::Commands { commands } => {
            done(slack.world(|world| world.app.commands = commands.into_iter().collect()))
        }
        _ => bail!("not about the workspace"),
    }
}

async fn deliver_to(slack: &SlackSim, url: Option<String>) -> anyhow::Result<Value> {
    match url {
        Some(url) if slack.deliver_to(&url).await => Ok(json!({ "ok": true })),
        Some(url) => bail!("{url} did not echo the challenge"),
        None => done(slack.world(|world| world.app.request_url = None)),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the arms of the verbs have one type")]
fn done((): ()) -> anyhow::Result<Value> {
    Ok(json!({ "ok": true }))
}

fn receipt(receipt: &Receipt) -> Value {
    json!({ "acked": receipt.acked(), "acked_after_ms": receipt.acked_after.map(|after| after.as_secs_f64() * 1000.0),
        "answer": receipt.answer, "tries": receipt.tries, "failure": receipt.failure })
}
