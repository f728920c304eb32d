//! The house rules of the pages: ids that lead somewhere, decisions in one form, paths that exist.

use crate::tidy::{root, sources};
use std::collections::BTreeSet;
use std::fs::read_to_string;

/// The sections of a decision, in this order.
const SECTIONS: [&str; 3] = ["\n**Choice.**", "\n**Why.**", "\n**Price.**"];

/// `REQ-ASK-04` and the like.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("REQ-").filter_map(|(at, _)| {
        let id = &text[at..];
        let letters = id[4..].bytes().take_while(u8::is_ascii_uppercase).count();
        let digits = id.get(4 + letters + 1..)?.bytes().take_while(u8::is_ascii_digit).count();
        let dash = id[4 + letters..].starts_with('-');
        (letters > 0 && dash && digits == 2).then(|| &id[..4 + letters + 1 + digits])
    })
}

#[test]
fn every_requirement_that_is_cited_is_on_its_page() {
    // REQ-FRONT-03
    let page = read_to_string(root().join("docs/requirements.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| REQ-"));
    let known: BTreeSet<_> = rows.filter_map(|row| ids(row).next()).collect();
    assert!(known.len() > 150, "{}", known.len());
    for (file, text) in sources(&["*.rs", "*.ts", "*.tsx", "*.mjs", "*.py", "*.md", "*.toml", "*.sh"]) {
        for id in ids(&text) {
            assert!(known.contains(id), "{file} cites {id}, which docs/requirements.md does not have");
        }
    }
}

#[test]
fn decisions_have_one_form_and_a_row_in_the_index() {
    // REQ-FRONT-03
    let index = read_to_string(root().join("docs/decisions/README.md")).unwrap();
    for (file, text) in sources(&["docs/decisions/0*.md"]) {
        let name = file.rsplit('/').next().unwrap();
        let title = text.lines().next().unwrap().strip_prefix(&format!("# {} ", &name[..4]));
        let title = title.unwrap_or_else(|| panic!("{file} does not begin with `# {} Title`", &name[..4]));
        let places: Vec<_> = SECTIONS.iter().map(|section| text.find(section)).collect();
        assert!(
            places.iter().all(Option::is_some) && places.is_sorted(),
            "{file}: not the template's sections"
        );
        let row = index.lines().find(|line| line.contains(&format!("[{}]({name}) |", &name[..4])));
        assert!(row.is_some_and(|row| row.contains(title)), "{file} has no row with its title in the index");
    }
}

#[test]
fn the_tests_that_show_what_labs_promise_exist() {
    // REQ-FRONT-03: a test that got another name would show nothing.
    let page = read_to_string(root().join("docs/labs-criteria.md")).unwrap();
    let tree = sources(&["*.rs", "*.ts", "*.mjs"]);
    let cells = page.lines().filter(|line| line.contains("REQ-")).filter_map(|line| line.rsplit('|').nth(1));
    let names: Vec<_> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 60, "{}", names.len());
    for name in names.into_iter().filter(|name| !name.starts_with("make ")) {
        let named = [format!("fn {name}("), format!("\"{name}\"")];
        let there = tree.iter().any(|(_, text)| named.iter().any(|one| text.contains(one)));
        assert!(there, "docs/labs-criteria.md names the test {name}");
    }
}

#[test]
fn the_files_on_the_map_exist() {
    // REQ-FRONT-03: ARCHITECTURE.md names files by the end of their path
    let (page, tree) =
        (read_to_string(root().join("ARCHITECTURE.md")).unwrap(), sources(&["*.rs", "*.ts", "*.tsx"]));
    let words = page.split('`').skip(1).step_by(2);
    for path in words.filter(|word| word.ends_with(".rs") && word.contains('/') && !word.contains([' ', '{']))
    {
        let there = tree.iter().any(|(file, _)| file.ends_with(&format!("/{path}")) || file == path);
        assert!(there, "ARCHITECTURE.md names {path}");
    }
}

#[test]
fn the_paths_that_contributors_are_shown_exist() {
    // REQ-FRONT-03
    let page = read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let words = page.split('`').skip(1).step_by(2);
    let paths = words.filter(|word| word.contains('/') && !word.contains([' ', '…']));
    for path in paths {
        let there = ["", "gateway"].iter().any(|base| root().join(base).join(path).exists());
        assert!(there || path == "target/" || path == "target/debug", "CONTRIBUTING.md names {path}");
    }
}
