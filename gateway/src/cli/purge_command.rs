//! `gateway state purge`: a text leaves the state and its history. The gateway must be stopped.

use super::{Folder, output};
use crate::app::{self, Unsigned};
use crate::clock;
use crate::store::{Purge, PurgeSurvey, PurgeTarget, StoreError, TakeOver, Unwanted};
use anyhow::Context;
use clap::Args;
use gateway_domain::{SessionRecord, mask_text};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(super) struct PurgeArgs {
    /// File with the text, such as a secret; `-` reads it from standard input. Never an argument, since others can see those
    #[arg(long, value_name = "FILE", required_unless_present = "entry", conflicts_with = "entry")]
    text: Option<PathBuf>,
    /// Number of an entry of the audit log that is to lose its words, from `gateway audit show`
    #[arg(long, value_name = "NUMBER")]
    entry: Option<u64>,
    /// Why; stays in the audit log
    #[arg(long, value_name = "REASON", required_unless_present = "dry_run")]
    why: Option<String>,
    /// Only say where it is
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn purge(folder: &Folder, args: PurgeArgs) -> anyhow::Result<ExitCode> {
    let PurgeArgs { text, entry, why, dry_run } = args;
    let target = match (text, entry) {
        (Some(path), _) => PurgeTarget::Text(Unwanted::new(&read(&path)?)?),
        (None, Some(number)) => PurgeTarget::Entry(number),
        (None, None) => anyhow::bail!("Say what has to go: --text FILE, or --entry NUMBER."),
    };
    if dry_run {
        let keys = app::state_keys(&folder.state, folder.root_secret.as_deref())?;
        let purge = Purge::of(&folder.state, keys, target);
        let survey = blocking(move || Ok(purge.survey::<SessionRecord>()?)).await?;
        show(folder, &survey, &Afterwards::default())?;
        return Ok(ExitCode::SUCCESS);
    }
    carry_out(folder, target, why.unwrap_or_default()).await
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path).with_context(|| format!("Can't read the text from {}", path.display()));
    }
    let mut text = vec![];
    std::io::stdin().read_to_end(&mut text).context("Can't read the text from standard input")?;
    Ok(text)
}

/// The store is opened first: what waits in the journal is in records and history then, and who has not the key of this state goes no
/// further.
async fn carry_out(folder: &Folder, target: PurgeTarget, why: String) -> anyhow::Result<ExitCode> {
    let (clock, state) = (clock::system(), folder.state.clone());
    open(folder).await?.close().await;
    let keys = app::state_keys(&folder.state, folder.root_secret.as_deref())?;
    let purge = Arc::new(Purge::of(&state, keys, target));
    let looking = Arc::clone(&purge);
    let survey = blocking(move || Ok(looking.survey::<SessionRecord>()?)).await?;
    if survey.is_nowhere() {
        output::line("It is nowhere in the state that a purge may change. Nothing was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let user = std::env::var("USER").unwrap_or_else(|_| "operator".to_owned());
    let entry = purge.entry(&survey, clock.now(), &format!("cli:{user}"), &mask_text(&why))?;
    let store = open(folder).await?;
    let logged = async {
        store.audit(entry).await?;
        store.flush().await
    };
    let logged: Result<(), StoreError> = logged.await;
    store.close().await;
    logged?;
    drop(store);
    let afterwards = blocking(move || {
        let left = purge.carry_out::<SessionRecord>(clock.as_ref())?;
        Ok(Afterwards { left, not_looked_into: purge.folders_of_others()? })
    });
    let afterwards = afterwards.await?;
    show(folder, &survey, &afterwards)?;
    Ok(if afterwards.left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(folder: &Folder) -> anyhow::Result<crate::store::Store> {
    let (clock, secret) = (clock::system(), folder.root_secret.as_deref());
    let opened = app::open_store(&folder.state, secret, TakeOver::WhenFree, Unsigned::Refused, &clock).await;
    Ok(opened?.0)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// What a purge couldn't do.
#[derive(Default)]
struct Afterwards {
    left: Vec<String>,
    not_looked_into: Vec<String>,
}

fn show(folder: &Folder, survey: &PurgeSurvey, afterwards: &Afterwards) -> anyhow::Result<()> {
    let Afterwards { left, not_looked_into } = afterwards;
    if folder.json {
        let told = serde_json::json!({ "found": survey, "left": left, "not_looked_into": not_looked_into });
        return Ok(output::json(&told)?);
    }
    let PurgeSurvey { entries, records, files, attachments, versions, .. } = survey;
    output::line(&format!(
        "Found in {entries} audit entries, {records} records, {files} other files, {attachments} attachments and {versions} \
            objects of the history."
    ))?;
    for place in left {
        output::line(&format!(
            "It may still be in {place}. The gateway's own secrets and files of others are left as they are."
        ))?;
    }
    if !not_looked_into.is_empty() {
        output::line(&format!("Not looked into: {}. Look there yourself.", not_looked_into.join(", ")))?;
    }
    Ok(())
}
