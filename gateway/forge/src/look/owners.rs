//! Accounts that own what was changed, by the base branch's CODEOWNERS. Members of teams stand for them where we may read them.

use super::codeowners::{Codeowners, LARGEST};
use crate::client::Call;
use crate::fault::ForgeFault;
use crate::repo_name::{in_path, in_query};
use crate::rights;
use crate::shown::{Account, CompareShown, FileShown, PullShown};
use crate::visit::Visit;
use std::collections::BTreeSet;

const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/// A comparison lists at most so many.
const FILES_OF_COMPARISON: usize = 300;

pub(super) async fn of(
    visit: &Visit<'_>,
    pull: &PullShown,
    compared: &CompareShown,
) -> Result<Vec<String>, ForgeFault> {
    let Some(text) = codeowners(visit, &pull.base.branch).await? else { return Ok(Vec::new()) };
    let rules = Codeowners::parse(&text);
    let files = files(visit, pull, compared).await?;
    let paths = files.iter().flat_map(|file| std::iter::once(&file.filename).chain(&file.previous_filename));
    let named: BTreeSet<&String> = paths.flat_map(|path| rules.of(path)).collect();
    let mut owners = BTreeSet::new();
    for owner in named {
        let Some(name) = owner.strip_prefix('@') else { continue };
        match name.split_once('/') {
            Some((organisation, team)) => owners.extend(members(visit, organisation, team).await),
            None => _ = owners.insert(name.to_owned()),
        }
    }
    Ok(owners.into_iter().collect())
}

async fn codeowners(visit: &Visit<'_>, base: &str) -> Result<Option<String>, ForgeFault> {
    let (key, memo) = (format!("{} {base}", visit.repo.key()), &visit.forge.memory.codeowners);
    if let Some(known) = memo.get(&key, visit.now) {
        return Ok(known);
    }
    let mut found = None;
    for place in PLACES {
        let url = visit.url(&format!("/contents/{place}?ref={}", in_query(base)));
        let call = Call { accept: "application/vnd.github.raw+json", ..Call::get(url) };
        if let Some(answer) = visit.find_by(&call).await? {
            let fits = answer.body.len() < LARGEST;
            found = fits.then(|| String::from_utf8_lossy(&answer.body).into_owned());
            break;
        }
    }
    memo.put(&key, &found, visit.now);
    Ok(found)
}

async fn files(
    visit: &Visit<'_>,
    pull: &PullShown,
    compared: &CompareShown,
) -> Result<Vec<FileShown>, ForgeFault> {
    match compared.files.len() < FILES_OF_COMPARISON {
        true => Ok(compared.files.clone()),
        false => visit.list(&format!("/pulls/{}/files?per_page=100", pull.number), "").await,
    }
}

/// A team whose members can't be read stands for itself.
async fn members(visit: &Visit<'_>, organisation: &str, team: &str) -> Vec<String> {
    let (key, memo) = (format!("{organisation}/{team}").to_lowercase(), &visit.forge.memory.teams);
    if let Some(known) = memo.get(&key, visit.now) {
        return known;
    }
    let read = Box::pin(read_members(visit, organisation, team)).await;
    let members =
        read.filter(|members| !members.is_empty()).unwrap_or_else(|| vec![format!("{organisation}/{team}")]);
    memo.put(&key, &members, visit.now);
    members
}

async fn read_members(visit: &Visit<'_>, organisation: &str, team: &str) -> Option<Vec<String>> {
    let installation = visit.forge.installation(visit.repo, visit.now).await;
    let may_read =
        installation.map_or(true, |one| rights::missing(rights::MEMBERS, &one.permissions).is_empty());
    if !may_read {
        return None;
    }
    let visit = Visit { rights: rights::MEMBERS, ..*visit };
    let path = format!("/orgs/{}/teams/{}/members?per_page=100", in_path(organisation), in_path(team));
    let call = Call::get(visit.forge.client.address.rest(&path));
    let answer = visit.find_by(&call).await.ok()??;
    let members: Vec<Account> = answer.json().ok()?;
    Some(members.into_iter().map(|member| member.login).collect())
}
