//! `requirements.txt` and `pyproject.toml`.

use super::cargo::{table, text};
use super::{Listed, add};
use toml::{Table, Value};

/// Each line is a package, an option or a remark.
pub(super) fn requirements(all: &str) -> Result<Listed, String> {
    let mut listed = Listed::new();
    let joined = all.replace("\\\r\n", " ").replace("\\\n", " ");
    for line in joined.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        match line {
            "" => {}
            line if line.starts_with('#') => {}
            // An index, a file of others, a folder: what it says counts as a whole.
            line if line.starts_with('-') => {
                let (option, value) = line.split_once([' ', '=']).unwrap_or((line, ""));
                add(&mut listed, option, value.trim());
            }
            line => {
                let (name, version) = requirement(line).ok_or("a line of it names no package")?;
                add(&mut listed, &name, &version);
            }
        }
    }
    Ok(listed)
}

/// `name[extra]>=1,<2 ; python_version > "3" --hash=…`, `name @ https://…`, or an address.
fn requirement(line: &str) -> Option<(String, String)> {
    let line = line.split(" --hash").next()?.trim();
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    let end = line.find(|sign| !is_name(sign)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if rest.starts_with(':') || rest.starts_with('/') || name.is_empty() && line.starts_with(['.', '/']) {
        return Some((line.to_owned(), String::new()));
    }
    // Names are one, however they are written.
    let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
    let starts = name.starts_with(|sign: char| sign.is_ascii_alphanumeric());
    starts.then(|| (name, rest.trim().to_owned()))
}

pub(super) fn project(all: &str) -> Result<Listed, String> {
    let all = table(all)?;
    let mut listed = Listed::new();
    let at = |path: &[&str]| path.iter().try_fold(&all, |table, part| table.get(*part)?.as_table());
    if let Some(project) = at(&["project"]) {
        strings(project.get("dependencies"), &mut listed)?;
        lists(project.get("optional-dependencies"), &mut listed)?;
    }
    if let Some(build) = at(&["build-system"]) {
        strings(build.get("requires"), &mut listed)?;
    }
    lists(all.get("dependency-groups"), &mut listed)?;
    if let Some(poetry) = at(&["tool", "poetry"]) {
        of_poetry(poetry, &mut listed);
        for group in poetry.get("group").and_then(Value::as_table).into_iter().flat_map(Table::values) {
            group.as_table().into_iter().for_each(|group| of_poetry(group, &mut listed));
        }
    }
    for path in [&["tool", "uv", "sources"][..], &["tool", "pdm", "source"]] {
        if let Some(sources) = at(path) {
            add(&mut listed, &path.join("."), &sources.to_string());
        }
    }
    Ok(listed)
}

fn lists(groups: Option<&Value>, listed: &mut Listed) -> Result<(), String> {
    groups
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::values)
        .try_for_each(|group| strings(Some(group), listed))
}

fn strings(list: Option<&Value>, listed: &mut Listed) -> Result<(), String> {
    let Some(list) = list else { return Ok(()) };
    for one in list.as_array().ok_or("its dependencies are no list")? {
        // A group may include another, which is listed by itself.
        if let Some(line) = one.as_str() {
            let (name, version) = requirement(line).ok_or("one of its dependencies names no package")?;
            add(listed, &name, &version);
        }
    }
    Ok(())
}

fn of_poetry(table: &Table, listed: &mut Listed) {
    for list in ["dependencies", "dev-dependencies"] {
        for (name, value) in table.get(list).and_then(Value::as_table).into_iter().flatten() {
            add(listed, &name.to_ascii_lowercase().replace(['_', '.'], "-"), &text(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read() {
        // REQ-DELIVER-06
        let text = "# web\nDjango_Rest>=3.1,<4  # why\nrequests[security]==2.0 \\\n  --hash=sha256:ab\n\n--extra-index-url https://x.test/simple\n\
                    -e ./local\nhttps://x.test/a.whl\nb @ https://x.test/b.whl\nc\n";
        let listed = requirements(text).unwrap();
        assert_eq!(listed["django-rest"], ">=3.1,<4");
        assert_eq!(listed["requests"], "[security]==2.0");
        assert_eq!(listed["--extra-index-url"], "https://x.test/simple");
        assert_eq!(listed["b"], "@ https://x.test/b.whl");
        assert_eq!(listed["c"], "");
        assert!(listed.contains_key("https://x.test/a.whl") && listed.contains_key("-e"));
        assert!(requirements("=== what\n").is_err());
    }

    #[test]
    fn projects_are_read() {
        // REQ-DELIVER-06
        let text = "[project]\ndependencies = ['a>=1', 'b']\n[project.optional-dependencies]\nx = ['c==2']\n\
                    [build-system]\nrequires = ['hatchling']\n[dependency-groups]\ndev = ['d', {include-group = 'x'}]\n\
                    [tool.poetry.dependencies]\nE_f = '^1'\n[tool.poetry.group.dev.dependencies]\ng = {version = '2'}\n";
        let listed = project(text).unwrap();
        assert_eq!(listed["a"], ">=1");
        assert_eq!(listed["c"], "==2");
        assert_eq!(listed["e-f"], "^1");
        assert!(["b", "hatchling", "d", "g"].iter().all(|name| listed.contains_key(*name)));
        assert!(project("[project]\ndependencies = 'a'\n").is_err());
    }
}
