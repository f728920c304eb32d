//! The project list: a Markdown file that people keep by hand, read row by row and added to without touching the rest.

mod add;
mod infer;
mod row;
mod table;

pub use add::NewProject;
pub use infer::{Inference, infer};
pub use row::{ListedProject, ListedRepository, ProjectStatus};

use row::read_row;
use serde::Serialize;
use table::{Line, lines};

/// Kinds of work that every form offers; a project list may have others.
pub const CATEGORIES: [&str; 6] = ["Feature", "Fix", "Refactoring", "Tests", "Documentation", "Research"];

/// Most projects of one list; a form that offers more helps nobody.
const MAX_PROJECTS: usize = 1_000;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectList {
    pub projects: Vec<ListedProject>,
    /// Rows that could not be used. The others are.
    pub faults: Vec<RowFault>,
}

/// A row of the file with its project.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    line: usize,
    project: ListedProject,
}

/// A row that is wrong, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("line {line}: {why}")]
pub struct RowFault {
    pub line: usize,
    pub why: String,
}

impl ProjectList {
    /// Reads a table with a column `id`, or a list of `- id: …; name: …` items.
    pub fn parse(text: &str) -> Self {
        let mut rows: Vec<Row> = vec![];
        let mut faults = vec![];
        for Line { number, cells } in lines(text) {
            let read = read_row(&cells).and_then(|project| admitted(project, &rows));
            match read {
                Ok(project) => rows.push(Row { line: number, project }),
                Err(why) => faults.push(RowFault { line: number, why }),
            }
        }
        Self { projects: rows.into_iter().map(|row| row.project).collect(), faults }
    }

    pub fn get(&self, id: &str) -> Option<&ListedProject> {
        self.projects.iter().find(|project| project.id.as_str() == id)
    }

    pub fn active(&self) -> impl Iterator<Item = &ListedProject> {
        self.projects.iter().filter(|project| project.status == ProjectStatus::Active)
    }
}

/// Two projects of one id or name cannot be told apart: the first one counts.
fn admitted(project: ListedProject, before: &[Row]) -> Result<ListedProject, String> {
    if before.len() >= MAX_PROJECTS {
        return Err(format!("the list has more than {MAX_PROJECTS} projects; this one was skipped"));
    }
    for Row { line, project: known } in before {
        if known.id.folded() == project.id.folded() {
            return Err(format!(
                "line {line} already uses the id {}; give this project another one",
                project.id
            ));
        }
        if known.name.to_lowercase() == project.name.to_lowercase() {
            return Err(format!(
                "line {line} already uses the name {:?}; give this project another one",
                project.name
            ));
        }
    }
    Ok(project)
}
