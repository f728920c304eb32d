//! A row of the list and the project in it.

use super::table::Cells;
use crate::safe_name::SafeName;
use serde::{Deserialize, Serialize};

/// Longest name, category and channel.
pub(super) const MAX_TEXT: usize = 120;

/// Most repositories of one project.
const MAX_REPOSITORIES: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListedProject {
    pub id: SafeName,
    pub name: String,
    pub status: ProjectStatus,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<ListedRepository>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    #[default]
    Active,
    Paused,
    Done,
}

/// A repository as the list names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListedRepository {
    pub name: SafeName,
    /// Where it comes from; without it the configuration knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
}

pub(super) fn read_row(cells: &Cells) -> Result<ListedProject, String> {
    let cell = |name: &str| cells.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let id = cell("id").ok_or("the id is missing; use the next free one")?;
    let id = SafeName::parse(plain(id)).map_err(|bad| bad.to_string())?;
    let name = cell("name").ok_or_else(|| format!("project {id} has no name"))?;
    let repositories = cell("repositories").map(repositories).transpose()?.unwrap_or_default();
    Ok(ListedProject {
        id,
        name: text(name)?,
        status: cell("status").map(status).transpose()?.unwrap_or_default(),
        repositories,
        category: cell("category").map(text).transpose()?,
        channel: cell("channel").map(text).transpose()?,
    })
}

/// Without marks of Markdown around it.
pub(super) fn plain(cell: &str) -> &str {
    cell.trim_matches(['*', '`', ' '])
}

/// In one line, and not too long.
pub(super) fn fits(text: &str) -> bool {
    text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control)
}

fn text(cell: &str) -> Result<String, String> {
    let text = plain(cell);
    if !fits(text) {
        return Err(format!(
            "{:?}… is too long; use {MAX_TEXT} characters",
            text.chars().take(20).collect::<String>()
        ));
    }
    Ok(text.to_owned())
}

fn status(cell: &str) -> Result<ProjectStatus, String> {
    match plain(cell).to_lowercase().as_str() {
        "active" | "open" | "in progress" | "ongoing" | "planned" => Ok(ProjectStatus::Active),
        "paused" | "on hold" | "blocked" => Ok(ProjectStatus::Paused),
        "done" | "completed" | "closed" | "archived" => Ok(ProjectStatus::Done),
        other => Err(format!("unknown status {other:?}; use active, paused or done")),
    }
}

fn repositories(cell: &str) -> Result<Vec<ListedRepository>, String> {
    let names = cell.split(',').map(str::trim).filter(|name| !name.is_empty());
    let all = names.map(repository).collect::<Result<Vec<_>, _>>()?;
    if all.len() > MAX_REPOSITORIES {
        return Err(format!("{} repositories are too many for one project", all.len()));
    }
    Ok(all)
}

/// `web`, `[web](https://…)` or an address, whose last part is the name.
fn repository(text: &str) -> Result<ListedRepository, String> {
    let text = plain(text);
    let link = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(')')?.split_once("]("));
    let (name, remote) = match link {
        Some((name, remote)) => (name, Some(remote)),
        None if text.contains("://") || text.starts_with("git@") => (last_part(text), Some(text)),
        None => (text, None),
    };
    let name = SafeName::parse(name.trim_end_matches(".git")).map_err(|bad| bad.to_string())?;
    Ok(ListedRepository { name, remote: remote.map(checked_remote).transpose()? })
}

fn last_part(address: &str) -> &str {
    address.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or(address)
}

/// The list is kept in a repository: it may name servers, never places on this machine.
fn checked_remote(address: &str) -> Result<String, String> {
    let known = ["https://", "ssh://", "git@"].iter().any(|start| address.starts_with(start));
    if known && !address.chars().any(|sign| sign.is_whitespace() || sign.is_control()) {
        return Ok(address.to_owned());
    }
    Err(format!(
        "{:?} is not a valid repository address; use https://…, ssh://… or git@host:path",
        crate::mask(address)
    ))
}
