//! Where in a Markdown file rows are: tables with a header, and items of `key: value` pairs.

use std::collections::BTreeMap;

/// A row's cells by the name of their column, in small letters.
pub(super) type Cells = BTreeMap<String, String>;

pub(super) struct Line {
    /// From 1, as editors count.
    pub(super) number: usize,
    pub(super) cells: Cells,
}

/// Other words for the columns.
const NAMES: &[(&str, &str)] = &[
    ("project id", "id"),
    ("project", "name"),
    ("project name", "name"),
    ("title", "name"),
    ("state", "status"),
    ("repos", "repositories"),
    ("repository", "repositories"),
];

/// All rows of the file. What stands in a code block is an example, not a row.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let (mut found, mut header, mut fenced) = (vec![], None::<Vec<String>>, false);
    for (at, line) in text.lines().enumerate() {
        if is_fence(line) {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let number = at + 1;
        match (row_cells(line), &header) {
            (Some(cells), _) if is_rule(&cells) => {}
            (Some(cells), Some(header)) => found.push(Line { number, cells: named(header, cells) }),
            (Some(cells), None) => header = header_of(&cells),
            (None, _) => {
                header = None;
                found.extend(item(line).map(|cells| Line { number, cells }));
            }
        }
    }
    found
}

pub(super) fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

/// The columns, if this is the header of a table of projects.
pub(super) fn header_of(cells: &[String]) -> Option<Vec<String>> {
    let names: Vec<_> = cells.iter().map(|cell| column(cell)).collect();
    names.contains(&"id".to_owned()).then_some(names)
}

fn column(cell: &str) -> String {
    let plain = cell.trim().trim_matches(['*', '_', '`']).to_lowercase();
    // Its surface may be named with it.
    if plain.ends_with(" channel") {
        return "channel".to_owned();
    }
    NAMES.iter().find(|(other, _)| *other == plain).map_or(plain.clone(), |(_, name)| (*name).to_owned())
}

/// The cells of a line of a table; `\|` stands for the sign itself.
pub(super) fn row_cells(line: &str) -> Option<Vec<String>> {
    let line = line.trim().strip_prefix('|')?;
    let line = line.strip_suffix('|').unwrap_or(line);
    let (mut cells, mut cell, mut signs) = (vec![], String::new(), line.chars().peekable());
    while let Some(sign) = signs.next() {
        match sign {
            '\\' if signs.peek() == Some(&'|') => cell.extend(signs.next()),
            '|' => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            other => cell.push(other),
        }
    }
    cells.push(cell.trim().to_owned());
    Some(cells)
}

pub(super) fn is_rule(cells: &[String]) -> bool {
    let rule = |cell: &String| cell.contains('-') && cell.chars().all(|sign| matches!(sign, '-' | ':' | ' '));
    cells.iter().all(rule)
}

fn named(header: &[String], cells: Vec<String>) -> Cells {
    header.iter().cloned().zip(cells).collect()
}

/// `- id: P-001; name: Shop; …`; other items are ordinary text.
pub(super) fn item(line: &str) -> Option<Cells> {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?;
    let pairs = line.split(';').filter_map(|pair| pair.split_once(':'));
    let cells: Cells = pairs.map(|(name, value)| (column(name), value.trim().to_owned())).collect();
    cells.contains_key("id").then_some(cells)
}
