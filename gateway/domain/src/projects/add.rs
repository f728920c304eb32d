//! A new project goes into the list under the next free id; every other character of the file stays.

use super::row::{ListedProject, MAX_TEXT, fits, plain};
use super::table::{header_of, is_fence, is_rule, item, row_cells};
use super::{ProjectList, RowFault};
use crate::safe_name::SafeName;
use serde::Deserialize;

/// What a person says of a new project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 120), regex(pattern = PROJECT_NAME)))]
    pub name: String,
    /// Names that the configuration knows, or addresses.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 50), inner(length(max = 64), regex(pattern = REPOSITORY))))]
    pub repositories: Vec<String>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 120), regex(pattern = LINE)))]
    pub category: Option<String>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 120), regex(pattern = LINE)))]
    pub channel: Option<String>,
}

/// In one line, with something that is no mark of Markdown.
#[cfg(feature = "schema")]
const PROJECT_NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s*`\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

#[cfg(feature = "schema")]
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

#[cfg(feature = "schema")]
const REPOSITORY: &str = r"^(https://[a-z0-9]+(\.[a-z0-9]+)*/)?[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$";

const HEADER: &str =
    "| id | name | status | repositories | category | channel |\n|---|---|---|---|---|---|\n";

const COLUMNS: [&str; 6] = ["id", "name", "status", "repositories", "category", "channel"];

/// How ids look in a list that has none yet.
const FIRST: &str = "P-001";

impl ProjectList {
    /// The file with the project in it, and the project as it is read from there.
    pub fn add(text: &str, new: &NewProject) -> Result<(String, ListedProject), RowFault> {
        let texts = [Some(&new.name), new.category.as_ref(), new.channel.as_ref()];
        texts.into_iter().flatten().try_for_each(|text| fits_a_cell(text))?;
        new.repositories.iter().try_for_each(|name| as_read_back(name))?;
        let id = next_id(text);
        let grown = inserted(text, &id, new);
        let (before, after) = (Self::parse(text), Self::parse(&grown));
        // It is read back, so that nothing is written which the next reading would refuse.
        if let Some(project) = after.get(&id).filter(|_| after.projects.len() == before.projects.len() + 1) {
            let project = project.clone();
            return Ok((grown, project));
        }
        let new_fault = after.faults.into_iter().find(|fault| !before.faults.contains(fault));
        Err(new_fault
            .unwrap_or(RowFault { line: 0, why: "the project can't be added to the list".to_owned() }))
    }
}

/// As it was given: what marks of Markdown make too long is not cut until it fits.
fn fits_a_cell(text: &str) -> Result<(), RowFault> {
    if fits(text) {
        return Ok(());
    }
    let shown: String = text.chars().take(20).collect();
    let why = format!("{shown:?}… must be one line of at most {MAX_TEXT} characters");
    Err(RowFault { line: 0, why })
}

/// A repository is written into a cell, where marks of Markdown, commas and blanks around it would not be its own.
fn as_read_back(repository: &str) -> Result<(), RowFault> {
    let bare = plain(repository).trim();
    if bare == repository && !bare.is_empty() && !bare.contains(',') {
        return Ok(());
    }
    let shown: String = repository.chars().take(80).collect();
    let why = format!(
        "{shown:?} is not a valid repository; use a name or an address, without commas, * or ` around it"
    );
    Err(RowFault { line: 0, why })
}

/// One more than the highest number, written as the last id is. Broken rows count too: their id may be in use.
fn next_id(text: &str) -> String {
    let ids: Vec<_> =
        super::table::lines(text).into_iter().filter_map(|line| line.cells.get("id").cloned()).collect();
    let numbered = ids.iter().filter_map(|id| {
        let id = plain(id);
        let digits = id.len() - id.trim_end_matches(|sign: char| sign.is_ascii_digit()).len();
        let (start, number) = id.split_at(id.len() - digits);
        Some((number.parse::<u64>().ok()?, start, digits))
    });
    match numbered.max_by_key(|(number, ..)| *number) {
        Some((number, start, width)) if SafeName::parse(&format!("{start}1")).is_ok() => {
            format!("{start}{:0width$}", number.saturating_add(1))
        }
        _ if ids.is_empty() => FIRST.to_owned(),
        _ => format!("P-{:03}", ids.len() + 1),
    }
}

/// Behind the last row of the first table; else behind the last item; else as a new table at the end.
fn inserted(text: &str, id: &str, new: &NewProject) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut all: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let (at, row) = match (last_row(&all), last_item(&all)) {
        (Some((at, header)), _) => (at + 1, table_row(&header, id, new)),
        (None, Some(at)) => (at + 1, item_row(id, new)),
        (None, None) => {
            let gap = if text.is_empty() { "" } else { end };
            let header: Vec<_> = COLUMNS.map(str::to_owned).to_vec();
            (all.len(), format!("{gap}{}{}", HEADER.replace('\n', end), table_row(&header, id, new)))
        }
    };
    if let Some(before) = at.checked_sub(1).and_then(|before| all.get_mut(before))
        && !before.ends_with('\n')
    {
        before.push_str(end);
    }
    all.insert(at, format!("{row}{end}"));
    all.concat()
}

/// The last line of the first table of projects (its rule, if it has no row), and its columns.
fn last_row(all: &[String]) -> Option<(usize, Vec<String>)> {
    let (mut found, mut fenced) = (None, false);
    for (at, line) in all.iter().enumerate() {
        fenced ^= is_fence(line);
        let cells = row_cells(line).filter(|_| !fenced);
        match (&mut found, cells) {
            (None, Some(cells)) => found = header_of(&cells).map(|header| (at, header)),
            (Some((last, _)), Some(cells)) if is_rule(&cells) || !cells.is_empty() => *last = at,
            (Some(_), _) => return found,
            (None, None) => {}
        }
    }
    found
}

fn last_item(all: &[String]) -> Option<usize> {
    let mut fenced = false;
    let mut last = None;
    for (at, line) in all.iter().enumerate() {
        fenced ^= is_fence(line);
        if !fenced && item(line).is_some() {
            last = Some(at);
        }
    }
    last
}

fn value(column: &str, id: &str, new: &NewProject) -> String {
    match column {
        "id" => id.to_owned(),
        "name" => new.name.trim().to_owned(),
        "status" => "active".to_owned(),
        "repositories" => new.repositories.join(", "),
        "category" => new.category.clone().unwrap_or_default(),
        "channel" => new.channel.clone().unwrap_or_default(),
        _ => String::new(),
    }
}

fn table_row(header: &[String], id: &str, new: &NewProject) -> String {
    let safe = |text: String| text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let cells: Vec<_> = header.iter().map(|column| safe(value(column, id, new))).collect();
    format!("| {} |", cells.join(" | "))
}

fn item_row(id: &str, new: &NewProject) -> String {
    let safe = |text: String| text.replace(['\n', '\r', ';'], " ");
    let pairs = COLUMNS.iter().map(|column| (column, safe(value(column, id, new))));
    let pairs: Vec<_> = pairs
        .filter(|(_, value)| !value.is_empty())
        .map(|(column, value)| format!("{column}: {value}"))
        .collect();
    format!("- {}", pairs.join("; "))
}
